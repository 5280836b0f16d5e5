import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consumerFixture, ExchangeFixture, environmentFixture, type RequestFixture, UNCHANGED } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, pass, problems } from '../testing/run-plugin.ts'
import { BUCKETS, bucketOf } from './bucket.ts'

const V2 = { upstream_host: 'v2.internal' }
const ID = '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10'
/** A bucket below 1 %, and one above 99 %, for the id of the fixture. */
const visitor = (wanted: (bucket: number) => boolean) => {
  for (let index = 0; ; index += 1) if (wanted(bucketOf(ID, `visitor-${index}`))) return `visitor-${index}`
}
const EARLY = visitor((bucket) => bucket < 1_000)
const LATE = visitor((bucket) => bucket >= 99_000)

async function side(config: Record<string, unknown>, request: RequestFixture = {}, environment = environmentFixture()): Promise<string> {
  return (await ask(createPlugin('canary', { ...V2, ...config }, environment), request)).exchange.upstream.variant
}

describe('the bucket of a key', () => {
  test('is the same for ever: first 48 bits of SHA-256 over plugin id, NUL and key, mod 100,000', () => {
    expect(bucketOf('plugin', 'key')).toBe(Number(BigInt(`0x${sha48('plugin\0key')}`) % BigInt(BUCKETS)))
  })

  test('differs between plugins, so that two canaries do not take the same callers', () => {
    const same = Array.from({ length: 1_000 }, (_, index) => bucketOf('one', `k${index}`) < 50_000 === bucketOf('two', `k${index}`) < 50_000).filter(Boolean).length
    expect(same).toBeGreaterThan(400)
    expect(same).toBeLessThan(600)
  })

  test('is spread evenly', () => {
    const tenths = new Array<number>(10).fill(0)
    for (let index = 0; index < 20_000; index += 1) {
      const tenth = Math.floor(bucketOf(ID, `key-${index}`) / (BUCKETS / 10))
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(250)
  })
})

function sha48(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

describe('percentage', () => {
  test('raised never takes anyone back, whatever steps says (property)', () => {
    const percentage = fc.integer({ min: 0, max: 1_000 }).map((tenths) => tenths / 10)
    const property = fc.asyncProperty(
      percentage,
      percentage,
      fc.string(),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      async (a, b, key, steps, otherSteps) => {
        const request = { headers: { 'x-visitor': key.replaceAll(/[\0\r\n]/g, '') } }
        const config = { hash: 'header', hash_header: 'x-visitor' }
        const before = await side({ ...config, percentage: Math.min(a, b), steps }, request)
        const after = await side({ ...config, percentage: Math.max(a, b), steps: otherSteps }, request)
        return before === 'stable' || after === 'canary'
      },
    )
    return fc.assert(property, { numRuns: 300 })
  })

  test.each([0.1, 1, 25, 50, 99.9])('%d takes its share of distinct keys', async (percentage) => {
    const plugin = createPlugin('canary', { ...V2, hash: 'header', hash_header: 'x-visitor', percentage }, environmentFixture())
    const total = 20_000
    let taken = 0
    for (let index = 0; index < total; index += 1) if ((await ask(plugin, { headers: { 'x-visitor': `v${index}` } })).exchange.upstream.variant === 'canary') taken += 1
    const share = percentage / 100
    // Five standard deviations of a binomial distribution.
    expect(Math.abs(taken / total - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / total))
  })

  test.each([
    [0, 'stable', 'stable'],
    [1, 'canary', 'stable'],
    [99, 'canary', 'stable'],
    [100, 'canary', 'canary'],
  ])('%d', async (percentage, early, late) => {
    const config = { percentage, hash: 'header', hash_header: 'x-visitor' }
    expect(await side(config, { headers: { 'x-visitor': EARLY } })).toBe(early)
    expect(await side(config, { headers: { 'x-visitor': LATE } })).toBe(late)
  })
})

describe('what keeps a caller on its side', () => {
  const half = (hash: string, request: RequestFixture, more: Record<string, unknown> = {}) => side({ percentage: 1, hash, ...more }, request)

  test('consumer: its id, else the address', async () => {
    expect(await half('consumer', { consumer: consumerFixture('x', { id: EARLY }) })).toBe('canary')
    expect(await half('consumer', { consumer: consumerFixture('x', { id: LATE }), clientIp: EARLY })).toBe('stable')
    expect(await half('consumer', { clientIp: EARLY })).toBe('canary')
  })

  test('ip: the address, whoever calls', async () => {
    expect(await half('ip', { consumer: consumerFixture('x', { id: LATE }), clientIp: EARLY })).toBe('canary')
  })

  test('header: its value, else the consumer, else the address', async () => {
    const more = { hash_header: 'x-visitor' }
    expect(await half('header', { headers: { 'X-Visitor': EARLY }, clientIp: LATE }, more)).toBe('canary')
    expect(await half('header', { consumer: consumerFixture('x', { id: EARLY }), clientIp: LATE }, more)).toBe('canary')
    expect(await half('header', { clientIp: EARLY }, more)).toBe('canary')
  })

  test('none: each request is drawn anew', async () => {
    const environment = environmentFixture()
    environment.draws.push(0.009_99, 0.01)
    expect(await side({ percentage: 1, hash: 'none' }, {}, environment)).toBe('canary')
    expect(await side({ percentage: 1, hash: 'none' }, {}, environment)).toBe('stable')
  })

  test('cookie: its value; a caller without one gets one that keeps it where it is now', async () => {
    const config = { ...V2, percentage: 50, hash: 'cookie' }
    const first = await pass(createPlugin('canary', config, environmentFixture()))
    const line = first.exchange.responseHeaders.get('set-cookie') ?? ''
    expect(line).toBe('sluice_canary=00000000-0000-4000-8000-000000000001; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax')
    const again = await pass(createPlugin('canary', config, environmentFixture()), { headers: { Cookie: `a=1; ${line.split(';')[0]}; b=2` } })
    expect(again.exchange.upstream.variant).toBe(first.exchange.upstream.variant)
    expect(again.exchange.responseHeaders.has('set-cookie')).toBe(false)
  })

  test('cookie: over https it is Secure, and hash_cookie names it', async () => {
    const { exchange } = await pass(createPlugin('canary', { ...V2, percentage: 50, hash: 'cookie', hash_cookie: 'side' }), { scheme: 'https' })
    expect(exchange.responseHeaders.get('set-cookie')).toMatch(/^side=.*; Secure$/)
  })

  test.each([
    ['allow', ['beta'], 'canary'],
    ['allow', ['other'], 'stable'],
    ['allow', [], 'stable'],
    ['deny', ['beta'], 'stable'],
    ['deny', ['other'], 'canary'],
  ])('%s: a member of %j is %s', async (hash, acl_groups, expected) => {
    expect(await side({ hash, groups: ['beta', 'staff'] }, { consumer: consumerFixture('x', { acl_groups }) })).toBe(expected)
  })

  test('allow and deny: a caller without consumer is in no group', async () => {
    expect(await side({ hash: 'allow', groups: ['beta'] })).toBe('stable')
    expect(await side({ hash: 'deny', groups: ['beta'] })).toBe('canary')
  })
})

describe('canary_by_header_name', () => {
  const config = { percentage: 1, hash: 'header', hash_header: 'x-visitor', canary_by_header_name: 'x-side' }
  test.each([
    ['always', LATE, 'canary'],
    ['never', EARLY, 'stable'],
    ['perhaps', EARLY, 'canary'],
    ['perhaps', LATE, 'stable'],
  ])('%s sends %s to %s', async (value, key, expected) => {
    expect(await side(config, { headers: { 'X-Side': value, 'x-visitor': key } })).toBe(expected)
  })

  test('decides over groups too', async () => {
    expect(await side({ hash: 'allow', groups: ['beta'], canary_by_header_name: 'x-side' }, { headers: { 'X-Side': 'always' } })).toBe('canary')
  })
})

describe('a ramp', () => {
  const start = Date.UTC(2030, 0, 1) / 1000
  const config = { start, duration: 1_000, steps: 4, hash: 'header', hash_header: 'x-visitor' }
  const share = async (elapsedS: number) => {
    const plugin = createPlugin('canary', { ...V2, ...config }, environmentFixture({ nowMs: (start + elapsedS) * 1000 }))
    let taken = 0
    for (let index = 0; index < 2_000; index += 1) if ((await ask(plugin, { headers: { 'x-visitor': `v${index}` } })).exchange.upstream.variant === 'canary') taken += 1
    return taken / 2_000
  }

  test.each([
    [-10, 0],
    [0, 0],
    [249, 0],
    [250, 0.25],
    [500, 0.5],
    [999, 0.75],
    [1_000, 1],
    [9_999, 1],
  ])('after %d s of 1,000 in 4 steps takes %d', async (elapsed, expected) => {
    expect(Math.abs((await share(elapsed)) - expected)).toBeLessThan(0.05)
  })

  test('never takes anyone back as time goes on (property)', () => {
    const property = fc.asyncProperty(fc.integer({ min: 0, max: 1_200 }), fc.integer({ min: 0, max: 1_200 }), fc.nat(), async (a, b, key) => {
      const at = (elapsed: number) => side(config, { headers: { 'x-visitor': String(key) } }, environmentFixture({ nowMs: (start + elapsed) * 1000 }))
      return (await at(Math.min(a, b))) === 'stable' || (await at(Math.max(a, b))) === 'canary'
    })
    return fc.assert(property, { numRuns: 200 })
  })

  test('a percentage counts instead of it where both are given', async () => {
    expect(await side({ ...config, percentage: 100 }, {}, environmentFixture({ nowMs: 0 }))).toBe('canary')
  })
})

describe('where the canary is', () => {
  test('host, port and path replace those of the service, and only where they are set', async () => {
    const { exchange } = await ask(createPlugin('canary', { percentage: 100, upstream_host: 'v2', upstream_port: 81, upstream_uri: '/v2' }))
    expect(exchange.upstream).toEqual({ ...UNCHANGED, host: 'v2', port: 81, path: '/v2', variant: 'canary' })
    const path = await ask(createPlugin('canary', { percentage: 100, upstream_uri: '/v2' }))
    expect(path.exchange.upstream).toEqual({ ...UNCHANGED, path: '/v2', variant: 'canary' })
  })

  test('what it does not set stays as a plugin before it said', async () => {
    const exchange = new ExchangeFixture()
    exchange.upstream.host = 'by-header'
    await createPlugin('canary', { percentage: 100, upstream_uri: '/v2' }).onRequest?.(exchange)
    expect(exchange.upstream).toEqual({ ...UNCHANGED, host: 'by-header', path: '/v2', variant: 'canary' })
  })

  test('a stable request is left as it was', async () => {
    const { exchange } = await ask(createPlugin('canary', { ...V2, percentage: 0 }))
    expect(exchange.upstream).toEqual(UNCHANGED)
  })

  test.each([
    ['an upstream that may take traffic', { v2: true }, true, 'canary'],
    ['an upstream without one target that may', { v2: false }, true, 'stable'],
    ['the same without upstream_fallback', { v2: false }, false, 'canary'],
    ['a host that is no upstream', {}, true, 'canary'],
  ])('upstream_fallback with %s', async (_, upstreams, upstream_fallback, expected) => {
    const environment = environmentFixture({ upstreams: upstreams as Record<string, boolean> })
    expect(await side({ percentage: 100, upstream_host: 'v2', upstream_fallback }, {}, environment)).toBe(expected)
  })
})

describe('configuration', () => {
  test.each<[string, unknown, string]>([
    ['nowhere to go', { percentage: 10 }, 'upstream_host: set at least one of upstream_host, upstream_port, upstream_uri'],
    ['no share', V2, 'percentage: set percentage, or start for a ramp'],
    ['steps finer than 0.1', { ...V2, percentage: 0.05 }, 'percentage: goes in steps of 0.1'],
    ['header without a name', { ...V2, percentage: 1, hash: 'header' }, 'hash_header: is needed when hash is header'],
    ['allow without groups', { ...V2, hash: 'allow' }, 'groups: is needed when hash is allow'],
    ['deny without groups', { ...V2, hash: 'deny', groups: [] }, 'groups: is needed when hash is deny'],
    ['a fallback without an upstream', { percentage: 1, upstream_port: 81, upstream_fallback: true }, 'upstream_host: upstream_fallback needs the name of an upstream here'],
    ['a path that is none', { percentage: 1, upstream_uri: 'v2' }, 'upstream_uri: must start with /'],
    ['a cookie name that is none', { ...V2, percentage: 1, hash: 'cookie', hash_cookie: 'a b' }, 'hash_cookie: must be a cookie name'],
    ['an unknown field', { ...V2, percentage: 1, percent: 2 }, ': percent'],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems('canary', config)).toContain(problem)
  })

  test('every tenth from 0 to 100 is good', () => {
    for (let tenths = 0; tenths <= 1_000; tenths += 1) expect(problems('canary', { ...V2, percentage: tenths / 10 })).toEqual([])
  })

  test.each([-0.1, 100.1, Number.NaN, '5'])('%s is no percentage', (percentage) => {
    expect(problems('canary', { ...V2, percentage })).not.toEqual([])
  })
})
