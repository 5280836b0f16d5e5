import { describe, expect, test } from 'vitest'
import { consumerFixture, type EnvironmentFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, pass, problems } from '../testing/run-plugin.ts'

const NAME = 'response-ratelimiting'
const VIDEO = { limits: { video: { minute: 6 } } }

/** One request whose answer costs something. */
function answered(config: Record<string, unknown>, environment: EnvironmentFixture = environmentFixture()) {
  const plugin = createPlugin(NAME, { ...VIDEO, ...config }, environment)
  return async (cost: string | null, request: RequestFixture = {}) => (await pass(plugin, { ...request, responseHeaders: cost === null ? {} : { 'X-Kong-Limit': cost } })).exchange
}

describe('what an answer costs', () => {
  test.each<[string, string | null, string]>([
    ['a number of one name', 'video=2', '4'],
    ['with spaces', ' video = 2 ', '4'],
    ['beside others', 'image=5, video=1,audio=2', '5'],
    ['the last of one name', 'video=5, video=1', '5'],
    ['nothing', null, '6'],
    ['no number', 'video=many', '6'],
    ['a negative number', 'video=-3', '6'],
    ['a fraction', 'video=1.5', '6'],
    ['no cost', 'video', '6'],
    ['more than there is', 'video=9', '0'],
  ])('%s', async (_, cost, left) => {
    const exchange = await answered({})(cost)
    expect(exchange.responseHeaders.get('X-RateLimit-Limit-video-minute')).toBe('6')
    expect(exchange.responseHeaders.get('X-RateLimit-Remaining-video-minute')).toBe(left)
    expect(exchange.responseHeaders.has('x-kong-limit')).toBe(false)
    expect([exchange.responseStatus, exchange.dropsBody]).toEqual([200, false])
  })

  test('is counted, told to the upstream, and starts anew with the window', async () => {
    const environment = environmentFixture()
    const one = answered({ limits: { video: { minute: 6, hour: 100 }, image: { hour: 4 } } }, environment)
    await one('video=2, image=1')
    const { requestHeaders } = await one('video=1')
    expect([requestHeaders.get('X-RateLimit-Remaining-video'), requestHeaders.get('X-RateLimit-Remaining-image')]).toEqual(['4', '3'])
    environment.setNow(environment.clock.nowMs() + 60_000)
    expect((await one(null)).requestHeaders.get('X-RateLimit-Remaining-video')).toBe('6')
  })

  test('an answer that costs of what is used up becomes 429 without a body, and is counted nowhere', async () => {
    const one = answered({ limits: { video: { minute: 1, hour: 10 } } })
    await one('video=3')
    const exchange = await one('video=2')
    expect([exchange.responseStatus, exchange.dropsBody]).toEqual([429, true])
    expect(exchange.responseHeaders.get('X-RateLimit-Remaining-video-hour')).toBe('5')
    const next = await one(null)
    expect([next.responseStatus, next.responseHeaders.get('X-RateLimit-Remaining-video-hour')]).toEqual([200, '7'])
  })

  test('an upgrade is never taken back', async () => {
    const plugin = createPlugin(NAME, { limits: { video: { minute: 1 } } })
    await pass(plugin, { responseHeaders: { 'x-kong-limit': 'video=1' } })
    const { exchange } = await ask(plugin, { responseHeaders: { 'x-kong-limit': 'video=1' } })
    exchange.responseStatus = 101
    plugin.onResponse?.(exchange)
    expect([exchange.responseStatus, exchange.dropsBody]).toEqual([101, false])
  })

  test('a reply of the gateway costs nothing, whatever its fields say', async () => {
    const plugin = createPlugin(NAME, VIDEO)
    const { exchange } = await ask(plugin, { responseHeaders: { 'x-kong-limit': 'video=3' } })
    exchange.replied = true
    plugin.onResponse?.(exchange)
    expect(exchange.responseHeaders.get('X-RateLimit-Remaining-video-minute')).toBe('6')
  })
})

test('block_on_first_violation refuses before the upstream is asked', async () => {
  const environment = environmentFixture()
  await answered({ block_on_first_violation: true }, environment)('video=6')
  expect((await ask(createPlugin(NAME, { ...VIDEO, block_on_first_violation: true }, environment))).reply).toEqual({
    kind: 'error',
    status: 429,
    message: "API rate limit exceeded for 'video'",
  })
})

test('hide_client_headers hides what clients would get, not what upstreams get', async () => {
  const exchange = await answered({ hide_client_headers: true })('video=1')
  expect([...exchange.responseHeaders.entries()]).toEqual([])
  expect(exchange.requestHeaders.get('X-RateLimit-Remaining-video')).toBe('6')
})

test('another header may say it', async () => {
  const plugin = createPlugin(NAME, { ...VIDEO, header_name: 'x-cost' })
  const { exchange } = await pass(plugin, { responseHeaders: { 'X-Cost': 'video=6', 'X-Kong-Limit': 'video=1' } })
  expect(Object.fromEntries(exchange.responseHeaders.entries())).toEqual({
    'X-Kong-Limit': 'video=1',
    'X-RateLimit-Limit-video-minute': '6',
    'X-RateLimit-Remaining-video-minute': '0',
  })
})

test.each<[string, Record<string, unknown>, RequestFixture, RequestFixture]>([
  ['consumer', {}, { consumer: consumerFixture('anna') }, { consumer: consumerFixture('ben') }],
  ['credential', { limit_by: 'credential' }, { credential: { id: 'a', identifier: 'a', fields: {} } }, { credential: { id: 'b', identifier: 'b', fields: {} } }],
  ['ip', { limit_by: 'ip' }, { clientIp: '192.0.2.1' }, { clientIp: '192.0.2.2' }],
])('limit_by %s: each has its own', async (_, config, one, other) => {
  const ask = answered(config)
  await ask('video=2', one)
  expect((await ask(null, one)).requestHeaders.get('X-RateLimit-Remaining-video')).toBe('4')
  expect((await ask(null, other)).requestHeaders.get('X-RateLimit-Remaining-video')).toBe('6')
})

describe('with Redis away', () => {
  const config = { ...VIDEO, policy: 'redis', redis: { host: 'away.test' } }

  test('requests pass without headers, and the cost is hidden all the same', async () => {
    const { exchange, reply } = await pass(createPlugin(NAME, config), { responseHeaders: { 'x-kong-limit': 'video=1' } })
    expect([reply, [...exchange.responseHeaders.entries()]]).toEqual([undefined, []])
  })

  test('they are answered 500 where the plugin is not fault tolerant', async () => {
    expect((await ask(createPlugin(NAME, { ...config, fault_tolerant: false }))).reply).toMatchObject({ status: 500, message: 'An unexpected error occurred' })
  })
})

describe('configuration', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no limits', { limits: {} }, 'limits: name 1 to 32 limits'],
    ['a limit without a window', { limits: { video: {} } }, 'limits.video: set at least one of second, minute, hour, day, month, year'],
    ['a longer window with a lower limit', { limits: { video: { minute: 5, day: 4 } } }, 'limits.video.day: The limit for day(4.0) cannot be lower than the limit for minute(5.0)'],
    ['a window that is none', { limits: { video: { week: 4 } } }, 'limits.video: week'],
    ['a limit of nothing', { limits: { video: { minute: 0 } } }, 'limits.video.minute: Too small: expected number to be >=1'],
    ['redis without a host', { policy: 'redis' }, 'redis.host: is needed where the counters are in Redis'],
    ['a header that is none', { header_name: 'a b' }, 'header_name: must be a header name'],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems(NAME, { ...VIDEO, ...config })).toContain(problem)
  })

  test.each([{ limits: { 'a b': { minute: 1 } } }, { policy: 'cluster' }, { limit_by: 'service' }])('%j is refused', (config) => {
    expect(problems(NAME, { ...VIDEO, ...config })).not.toEqual([])
  })
})
