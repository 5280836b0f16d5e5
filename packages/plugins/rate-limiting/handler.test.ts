import { describe, expect, test } from 'vitest'
import { TABLE_FULL } from '../contract.ts'
import { WINDOWS, windowEndMs } from '../counting/calendar-windows.ts'
import { consumerFixture, type EnvironmentFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, pass, problems } from '../testing/run-plugin.ts'

const at = (text: string) => Date.parse(`${text}Z`)

/** Statuses of requests in turn: 200 where one passed. */
async function statuses(config: unknown, requests: RequestFixture[], environment: EnvironmentFixture = environmentFixture()): Promise<number[]> {
  const plugin = createPlugin('rate-limiting', config, environment)
  const runs = []
  for (const request of requests) runs.push((await ask(plugin, request)).reply?.status ?? 200)
  return runs
}

describe('windows follow the UTC calendar', () => {
  test.each([
    ['second', '2030-01-01T12:00:10.250', '2030-01-01T12:00:11'],
    ['minute', '2030-01-01T12:59:59.999', '2030-01-01T13:00:00'],
    ['hour', '2030-01-01T23:10:00', '2030-01-02T00:00:00'],
    ['day', '2030-12-31T00:00:00', '2031-01-01T00:00:00'],
    ['month', '2028-02-29T12:00:00', '2028-03-01T00:00:00'],
    ['month', '2030-12-31T23:59:59', '2031-01-01T00:00:00'],
    ['year', '2030-06-01T00:00:00', '2031-01-01T00:00:00'],
  ] as const)('a %s that holds %s ends at %s', (window, now, end) => {
    expect(windowEndMs(window, at(now))).toBe(at(end))
  })

  test.each(WINDOWS)('a limit per %s refuses after it and starts anew with the next window', async (window) => {
    const environment = environmentFixture({ nowMs: at('2030-05-05T05:05:05') })
    const plugin = createPlugin('rate-limiting', { [window]: 2 }, environment)
    const one = async () => (await ask(plugin)).reply?.status ?? 200
    expect([await one(), await one(), await one()]).toEqual([200, 200, 429])
    environment.setNow(windowEndMs(window, environment.clock.nowMs()))
    expect(await one()).toBe(200)
  })
})

describe('headers', () => {
  const config = { minute: 2, hour: 100 }
  const environment = () => environmentFixture({ nowMs: at('2030-01-01T12:00:10') })

  test('name each window, and the tightest one', async () => {
    const { exchange } = await pass(createPlugin('rate-limiting', config, environment()))
    expect(Object.fromEntries(exchange.responseHeaders.entries())).toEqual({
      'X-RateLimit-Limit-Minute': '2',
      'X-RateLimit-Remaining-Minute': '1',
      'X-RateLimit-Limit-Hour': '100',
      'X-RateLimit-Remaining-Hour': '99',
      'RateLimit-Limit': '2',
      'RateLimit-Remaining': '1',
      'RateLimit-Reset': '50',
    })
  })

  test('of windows that are equally tight the longer one is named', async () => {
    const { exchange } = await pass(createPlugin('rate-limiting', { minute: 5, hour: 5 }, environment()))
    expect(exchange.responseHeaders.get('RateLimit-Reset')).toBe('3590')
  })

  test('a refusal has them too, with Retry-After, and uses nothing up', async () => {
    const plugin = createPlugin('rate-limiting', config, environment())
    await ask(plugin)
    await ask(plugin)
    const { reply } = await ask(plugin)
    expect(reply).toEqual({
      kind: 'error',
      status: 429,
      message: 'API rate limit exceeded',
      headers: {
        'X-RateLimit-Limit-Minute': '2',
        'X-RateLimit-Remaining-Minute': '0',
        'X-RateLimit-Limit-Hour': '100',
        'X-RateLimit-Remaining-Hour': '98',
        'RateLimit-Limit': '2',
        'RateLimit-Remaining': '0',
        'RateLimit-Reset': '50',
        'Retry-After': '50',
      },
    })
  })

  test('a request that a longer window refuses is given back to the shorter ones', async () => {
    const plugin = createPlugin('rate-limiting', { second: 1, minute: 1 }, environment())
    await ask(plugin)
    const moved = environmentFixture({ nowMs: at('2030-01-01T12:00:10') })
    const other = createPlugin('rate-limiting', { second: 5, minute: 5 }, moved)
    for (let index = 0; index < 5; index += 1) await ask(other)
    moved.setNow(at('2030-01-01T12:00:11'))
    const refused = await ask(other)
    expect(refused.reply?.headers).toMatchObject({ 'X-RateLimit-Remaining-Second': '5', 'X-RateLimit-Remaining-Minute': '0' })
  })

  test('hide_client_headers hides all of them, Retry-After too', async () => {
    const plugin = createPlugin('rate-limiting', { minute: 1, hide_client_headers: true }, environment())
    expect([...(await pass(plugin)).exchange.responseHeaders.entries()]).toEqual([])
    expect((await ask(plugin)).reply).toEqual({ kind: 'error', status: 429, message: 'API rate limit exceeded', headers: {} })
  })

  test('error_code and error_message replace status and text', async () => {
    const plugin = createPlugin('rate-limiting', { minute: 1, error_code: 503, error_message: 'slow down' }, environment())
    await ask(plugin)
    expect((await ask(plugin)).reply).toMatchObject({ status: 503, message: 'slow down' })
  })

  test('cost one access to the table for each window', async () => {
    const counted = environment()
    await ask(createPlugin('rate-limiting', config, counted))
    expect(counted.counterCalls).toBe(2)
  })
})

describe('limit_by says who shares a counter', () => {
  const anna = consumerFixture('anna', { groups: ['gold'] })
  const ben = consumerFixture('ben', { groups: ['gold'] })
  const credential = (id: string) => ({ id, identifier: id, fields: {} })
  test.each<[string, Record<string, unknown>, RequestFixture[], number[]]>([
    ['consumer: each has its own', { limit_by: 'consumer' }, [{ consumer: anna }, { consumer: ben }, { consumer: anna, clientIp: '192.0.2.9' }], [200, 200, 429]],
    ['consumer: without one the address counts', { limit_by: 'consumer' }, [{}, { clientIp: '192.0.2.2' }, {}], [200, 200, 429]],
    ['consumer-group: members share', { limit_by: 'consumer-group' }, [{ consumer: anna }, { consumer: ben }], [200, 429]],
    [
      'credential: two of one consumer',
      { limit_by: 'credential' },
      [
        { consumer: anna, credential: credential('a') },
        { consumer: anna, credential: credential('b') },
      ],
      [200, 200],
    ],
    ['ip', { limit_by: 'ip' }, [{ consumer: anna }, { consumer: ben }, { clientIp: '192.0.2.2' }], [200, 429, 200]],
    ['service: all callers share', { limit_by: 'service' }, [{ clientIp: '192.0.2.1' }, { clientIp: '192.0.2.2' }], [200, 429]],
    ['service: without one the address counts', { limit_by: 'service' }, [{ service: null }, { service: null, clientIp: '192.0.2.2' }], [200, 200]],
    [
      'header: by its value',
      { limit_by: 'header', header_name: 'x-tenant' },
      [{ headers: { 'X-Tenant': 'a' } }, { headers: { 'X-Tenant': 'b' } }, { headers: { 'X-Tenant': 'a' } }],
      [200, 200, 429],
    ],
    ['header: without it the address counts', { limit_by: 'header', header_name: 'x-tenant' }, [{}, { clientIp: '192.0.2.2' }, {}], [200, 200, 429]],
    [
      'path: callers of exactly it share',
      { limit_by: 'path', path: '/a' },
      [{ path: '/a' }, { path: '/a', clientIp: '192.0.2.2' }, { path: '/a/b', clientIp: '192.0.2.3' }],
      [200, 429, 200],
    ],
  ])('%s', async (_, config, requests, expected) => {
    expect(await statuses({ minute: 1, ...config }, requests)).toEqual(expected)
  })

  test('two plugins never share one', async () => {
    const environment = environmentFixture()
    await statuses({ minute: 1 }, [{}], environment)
    expect(await statuses({ minute: 1 }, [{}], { ...environment, pluginId: 'another' })).toEqual([200])
  })
})

describe('where a counter cannot be kept', () => {
  const full = () => Object.assign(environmentFixture(), { counterAnswer: TABLE_FULL })

  test('requests pass without headers when the plugin is fault tolerant', async () => {
    const { reply, exchange } = await ask(createPlugin('rate-limiting', { minute: 1 }, full()))
    expect(reply).toBeUndefined()
    expect([...exchange.responseHeaders.entries()]).toEqual([])
  })

  test('the same holds for a Redis that is away, with the former as Kong', async () => {
    const config = { minute: 1, policy: 'redis', redis: { host: 'away.test' } }
    const { reply, exchange } = await ask(createPlugin('rate-limiting', config))
    expect([reply, [...exchange.responseHeaders.entries()]]).toEqual([undefined, []])
    expect((await ask(createPlugin('rate-limiting', { ...config, fault_tolerant: false }))).reply).toMatchObject({ status: 500, message: 'An unexpected error occurred' })
  })

  test('with a sync rate the node counts by itself meanwhile', async () => {
    expect(await statuses({ minute: 1, policy: 'redis', sync_rate: 3_600, redis: { host: 'away.test' } }, [{}, {}])).toEqual([200, 429])
  })

  test('they are answered 500 when it is not', async () => {
    const { reply } = await ask(createPlugin('rate-limiting', { minute: 1, fault_tolerant: false }, full()))
    expect(reply).toMatchObject({ status: 500, message: 'An unexpected error occurred' })
  })
})

describe('configuration', () => {
  test.each<[string, unknown, string]>([
    ['no limit', {}, 'minute: set at least one of second, minute, hour, day, month, year'],
    ['a longer window with a lower limit', { second: 2, minute: 1 }, 'minute: The limit for minute(1.0) cannot be lower than the limit for second(2.0)'],
    ['the same over a gap', { second: 5, year: 4 }, 'year: The limit for year(4.0) cannot be lower than the limit for second(5.0)'],
    [
      'cluster',
      { minute: 1, policy: 'cluster' },
      'policy: must be "local" (counted on each node) or "redis" (counted for all nodes): "cluster" would count in a database of the gateway, which nodes of Sluice do not have',
    ],
    ['redis without a host', { minute: 1, policy: 'redis' }, 'redis.host: is needed where the counters are in Redis'],
    ['a username alone', { minute: 1, policy: 'redis', redis: { host: 'r', username: 'u' } }, 'redis.password: is needed with a username'],
    ['a sync rate without redis', { minute: 1, sync_rate: 1 }, 'sync_rate: sync_rate can only be used with the redis policy'],
    ['a sync rate too short', { minute: 1, policy: 'redis', redis: { host: 'r' }, sync_rate: 0 }, 'sync_rate: sync_rate must be greater than 0.02, or -1 to disable'],
    ['a timeout of nothing', { minute: 1, redis: { timeout: 0 } }, 'redis.timeout: Too small: expected number to be >=1'],
    [
      'signing in by a cloud',
      { minute: 1, redis: { cloud_authentication: {} } },
      'redis.cloud_authentication: signing in by a cloud account is not there in this version: give username and password',
    ],
    ['a field that no Redis has', { minute: 1, redis: { sentinel_master: 'm' } }, 'redis: sentinel_master'],
    ['header without a name', { minute: 1, limit_by: 'header' }, 'header_name: is needed when limit_by is header'],
    ['path without a path', { minute: 1, limit_by: 'path' }, 'path: is needed when limit_by is path'],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems('rate-limiting', config)).toContain(problem)
  })

  test.each([{ minute: 0 }, { minute: -1 }, { minute: 1.5 }, { minute: '5' }, { minute: 1, error_code: 600 }, { minute: 1, limit_by: 'mood' }])('%j is refused', (config) => {
    expect(problems('rate-limiting', config)).not.toEqual([])
  })

  test('equal limits are good, as in Kong', () => {
    expect(problems('rate-limiting', { second: 5, minute: 5, hour: 5 })).toEqual([])
  })
})
