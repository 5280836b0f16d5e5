import { afterEach, describe, expect, test, vi } from 'vitest'
import { TABLE_FULL } from '../contract.ts'
import { consumerFixture, type EnvironmentFixture, ExchangeFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, pass, problems } from '../testing/run-plugin.ts'

const NAME = 'rate-limiting-advanced'
const MINUTE = Date.UTC(2030, 0, 1, 12, 0, 0)
const LEAST = { limit: [5], window_size: [60] }

async function statuses(config: Record<string, unknown>, requests: RequestFixture[], environment: EnvironmentFixture = environmentFixture()): Promise<number[]> {
  const plugin = createPlugin(NAME, { ...LEAST, ...config }, environment)
  const found = []
  for (const request of requests) found.push((await ask(plugin, request)).reply?.status ?? 200)
  return found
}

/** A plugin that is asked at moments of one minute and the next, in seconds. */
function asked(config: Record<string, unknown>) {
  const environment = environmentFixture({ nowMs: MINUTE })
  const plugin = createPlugin(NAME, { ...LEAST, ...config }, environment)
  return async (second: number, times = 1) => {
    environment.setNow(MINUTE + second * 1_000)
    let passed = 0
    for (let index = 0; index < times; index += 1) if ((await ask(plugin)).reply === undefined) passed += 1
    return passed
  }
}

describe('fixed windows', () => {
  test('begin at multiples of their length and start at zero', async () => {
    const at = asked({ window_type: 'fixed', limit: [3], window_size: [30] })
    expect([await at(29, 5), await at(30, 5), await at(59.9, 5), await at(60, 5)]).toEqual([3, 3, 0, 3])
  })

  test('a request that one window refuses counts in none', async () => {
    const at = asked({ window_type: 'fixed', limit: [1, 3], window_size: [1, 60] })
    expect([await at(0, 9), await at(1, 9), await at(2, 9), await at(3, 9)]).toEqual([1, 1, 1, 0])
  })
})

describe('sliding windows', () => {
  test('weigh the window before by what of it is still within reach', async () => {
    const at = asked({ limit: [100], disable_penalty: true })
    expect([await at(59, 200), await at(60, 200), await at(75, 200), await at(90, 200), await at(119, 200)]).toEqual([100, 0, 25, 25, 48])
  })

  test('count refused requests too, so who keeps asking stays out', async () => {
    const at = asked({ limit: [10] })
    expect([await at(0, 40), await at(60, 1), await at(75, 1), await at(107, 1)]).toEqual([10, 0, 0, 0])
    const patient = asked({ limit: [10], disable_penalty: true })
    expect([await patient(0, 40), await patient(60, 1), await patient(75, 1)]).toEqual([10, 0, 1])
  })

  test('never let more through within any window than the limit and what an even spread of the one before hides', async () => {
    const at = asked({ limit: [60], disable_penalty: true })
    const passed: number[] = []
    for (let second = 0; second < 240; second += 1) passed.push(await at(second, 3))
    expect(passed.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(60 * 5)
  })

  test('say when a request fits again', async () => {
    const environment = environmentFixture({ nowMs: MINUTE })
    const plugin = createPlugin(NAME, { limit: [10], window_size: [60], disable_penalty: true }, environment)
    for (let index = 0; index < 10; index += 1) await ask(plugin)
    const retryAfter = async (second: number) => {
      environment.setNow(MINUTE + second * 1_000)
      return Number((await ask(plugin)).reply?.headers?.['Retry-After'])
    }
    // All ten weigh less than nine and a tenth of the next window.
    expect([await retryAfter(0), await retryAfter(30), await retryAfter(61)]).toEqual([66, 36, 5])
    environment.setNow(MINUTE + 66_000)
    expect((await ask(plugin)).reply).toBeUndefined()
  })
})

describe('gcra', () => {
  const config = { window_type: 'gcra', limit: [60], window_size: [60], burst: [5] }

  test('lets a burst through, then one at the pace of the limit', async () => {
    const at = asked(config)
    expect([await at(0, 9), await at(0.5, 9), await at(1, 9), await at(3, 9), await at(100, 9)]).toEqual([5, 0, 1, 2, 5])
  })

  test('has a burst as large as the limit by itself', async () => {
    const at = asked({ window_type: 'gcra', limit: [7], window_size: [60] })
    expect([await at(0, 20), await at(9, 20), await at(1_000, 20)]).toEqual([7, 1, 7])
  })

  test('with several limits a request spends in all or in none', async () => {
    const at = asked({ window_type: 'gcra', limit: [10, 20], window_size: [1, 3_600], burst: [2, 5] })
    expect([await at(0, 9), await at(1, 9), await at(2, 9), await at(3, 9)]).toEqual([2, 2, 1, 0])
  })

  test('tells what is left, and when one fits', async () => {
    const environment = environmentFixture({ nowMs: MINUTE })
    const plugin = createPlugin(NAME, { ...config, burst: [2] }, environment)
    expect((await pass(plugin)).exchange.responseHeaders.get('X-RateLimit-Remaining-Minute')).toBe('1')
    await ask(plugin)
    environment.setNow(MINUTE + 200)
    expect((await ask(plugin)).reply?.headers).toEqual({
      'X-RateLimit-Limit-Minute': '60',
      'X-RateLimit-Remaining-Minute': '0',
      'RateLimit-Limit': '60',
      'RateLimit-Remaining': '0',
      'RateLimit-Reset': '1',
      'Retry-After': '1',
    })
  })
})

describe('headers', () => {
  test.each([
    [1, 'Second'],
    [60, 'Minute'],
    [3_600, 'Hour'],
    [86_400, 'Day'],
    [2_592_000, 'Month'],
    [31_536_000, 'Year'],
    [30, '30'],
  ])('a window of %d s is called %s', async (size, name) => {
    const { exchange } = await pass(createPlugin(NAME, { limit: [5], window_size: [size], window_type: 'fixed' }))
    expect(exchange.responseHeaders.get(`X-RateLimit-Limit-${name}`)).toBe('5')
    expect(exchange.responseHeaders.get(`X-RateLimit-Remaining-${name}`)).toBe('4')
  })

  test('the tightest is told, whatever the order they are written in', async () => {
    const { exchange } = await pass(createPlugin(NAME, { limit: [100, 2], window_size: [60, 10], window_type: 'fixed' }, environmentFixture({ nowMs: MINUTE + 3_000 })))
    expect(Object.fromEntries(exchange.responseHeaders.entries())).toMatchObject({ 'RateLimit-Limit': '2', 'RateLimit-Remaining': '1', 'RateLimit-Reset': '7' })
  })

  test('Retry-After has the jitter on top, and hiding hides all', async () => {
    const environment = Object.assign(environmentFixture({ nowMs: MINUTE }), { draws: [0.999] })
    const plugin = createPlugin(NAME, { limit: [1], window_size: [10], window_type: 'fixed', retry_after_jitter_max: 7, error_code: 503, error_message: 'later' }, environment)
    await ask(plugin)
    const { reply } = await ask(plugin)
    expect(reply).toMatchObject({ status: 503, message: 'later', headers: { 'RateLimit-Reset': '10', 'Retry-After': '17' } })
    const hiding = createPlugin(NAME, { limit: [1], window_size: [10], hide_client_headers: true })
    expect([...(await pass(hiding)).exchange.responseHeaders.entries()]).toEqual([])
    expect((await ask(hiding)).reply?.headers).toEqual({})
  })
})

describe('who shares a counter', () => {
  const anna = consumerFixture('anna', { groups: ['gold'], custom_id: 'firm' })
  const ben = consumerFixture('ben', { groups: ['gold'], custom_id: 'firm' })
  test.each<[string, Record<string, unknown>, RequestFixture[], number[]]>([
    ['a consumer by itself', {}, [{ consumer: anna }, { consumer: ben }, { consumer: anna }], [200, 200, 429]],
    ['consumers with one custom_id', { counter_key: 'consumer.custom_id' }, [{ consumer: anna }, { consumer: ben }], [200, 429]],
    ['consumers by username', { counter_key: 'consumer.username' }, [{ consumer: anna }, { consumer: ben }, { consumer: anna }], [200, 200, 429]],
    ['a consumer without that key by its id', { counter_key: 'consumer.custom_id' }, [{ consumer: consumerFixture('c') }, { consumer: consumerFixture('d') }], [200, 200]],
    ['members of a group', { identifier: 'consumer-group' }, [{ consumer: anna }, { consumer: ben }], [200, 429]],
    ['a route', { identifier: 'route' }, [{ clientIp: '192.0.2.1' }, { clientIp: '192.0.2.2' }], [200, 429]],
    ['a header', { identifier: 'header', header_name: 'x-t' }, [{ headers: { 'x-t': 'a' } }, { headers: { 'x-t': 'b' } }, { headers: { 'x-t': 'a' } }], [200, 200, 429]],
    [
      'several at once',
      { compound_identifier: ['consumer', 'ip'] },
      [
        { consumer: anna, clientIp: '192.0.2.1' },
        { consumer: anna, clientIp: '192.0.2.2' },
        { consumer: ben, clientIp: '192.0.2.1' },
        { consumer: anna, clientIp: '192.0.2.1' },
      ],
      [200, 200, 200, 429],
    ],
  ])('%s', async (_, config, requests, expected) => {
    expect(await statuses({ limit: [1], ...config }, requests)).toEqual(expected)
  })

  test('plugins of one namespace share, others do not', async () => {
    const environment = environmentFixture()
    const other = { ...environment, pluginId: 'another' }
    expect(await statuses({ limit: [1] }, [{}], environment)).toEqual([200])
    expect(await statuses({ limit: [1] }, [{}], other)).toEqual([200])
    expect(await statuses({ limit: [1], namespace: 'n' }, [{}], environment)).toEqual([200])
    expect(await statuses({ limit: [1], namespace: 'n' }, [{}], other)).toEqual([429])
  })
})

describe('where counters cannot be kept', () => {
  test.each([{ window_type: 'sliding' }, { window_type: 'fixed' }, { window_type: 'gcra' }])('%j: requests pass without headers', async (config) => {
    const { reply, exchange } = await ask(createPlugin(NAME, { ...LEAST, ...config }, Object.assign(environmentFixture(), { counterAnswer: TABLE_FULL })))
    expect([reply, [...exchange.responseHeaders.entries()]]).toEqual([undefined, []])
  })

  test.each([
    { window_type: 'sliding', sync_rate: 0 },
    { window_type: 'fixed', sync_rate: 0 },
    { window_type: 'gcra', sync_rate: 0 },
    { window_type: 'sliding', sync_rate: 3_600 },
  ])('%j with Redis away: the node counts for itself', async (config) => {
    expect(await statuses({ limit: [2], strategy: 'redis', ...config }, [{}, {}, {}])).toEqual([200, 200, 429])
  })
})

describe('throttling', () => {
  afterEach(() => {
    vi.useRealTimers()
  })
  const config = { limit: [1], window_size: [10], window_type: 'fixed', throttling: { enabled: true, interval: 4, queue_limit: 2, retry_times: 2 } }

  test('lets requests wait for room, and refuses those that tried often enough and those for whom the queue is full', async () => {
    vi.useFakeTimers()
    const environment = environmentFixture({ nowMs: MINUTE })
    const plugin = createPlugin(NAME, config, environment)
    await ask(plugin)
    const waiting = [ask(plugin), ask(plugin)]
    expect((await ask(plugin)).reply?.status).toBe(429)
    environment.setNow(MINUTE + 10_000)
    await vi.advanceTimersByTimeAsync(4_000)
    expect((await waiting[0])?.reply).toBeUndefined()
    await vi.advanceTimersByTimeAsync(4_000)
    expect((await waiting[1])?.reply?.status).toBe(429)
  })

  test('a request whose client goes away leaves its place', async () => {
    vi.useFakeTimers()
    const plugin = createPlugin(NAME, config, environmentFixture({ nowMs: MINUTE }))
    await ask(plugin)
    const exchanges = [new ExchangeFixture(), new ExchangeFixture()]
    const waiting = exchanges.map((exchange) => plugin.onRequest?.(exchange))
    for (const exchange of exchanges) exchange.end()
    expect(await Promise.all(waiting)).toEqual([undefined, undefined])
    expect(vi.getTimerCount()).toBe(0)
    const later = ask(plugin)
    await vi.advanceTimersByTimeAsync(8_000)
    expect((await later).reply?.status).toBe(429)
  })
})

describe('configuration', () => {
  const redis = { strategy: 'redis', sync_rate: 0 }
  test.each<[string, Record<string, unknown>, string]>([
    ['more limits than windows', { limit: [1, 2] }, 'window_size: You must provide the same number of windows and limits'],
    ['a window twice', { limit: [1, 2], window_size: [60, 60] }, 'window_size: names a window twice'],
    ['a burst without gcra', { burst: [1] }, 'burst: can only be used with window_type gcra'],
    ['another number of bursts', { window_type: 'gcra', burst: [1, 2] }, 'burst: must have as many entries as limit'],
    ['a sync rate without redis', { sync_rate: 1 }, 'sync_rate: can only be used with strategy redis'],
    [
      'redis without a sync rate',
      { strategy: 'redis' },
      'sync_rate: is needed with strategy redis: 0 to ask Redis for each request, or from 0.02 s on how often nodes exchange their counters',
    ],
    ['redis with local counters', { strategy: 'redis', sync_rate: -1 }, 'sync_rate: -1 would keep the counters in each node: use strategy local for that'],
    ['a sync rate too short', { strategy: 'redis', sync_rate: 0.01 }, 'sync_rate: must be 0, or 0.02 and more'],
    ['gcra that is exchanged', { strategy: 'redis', sync_rate: 1, window_type: 'gcra' }, 'sync_rate: must be 0 with gcra: it has no counts that nodes could exchange'],
    ['no host', { ...redis, redis: { host: null } }, 'redis.host: is needed where the counters are in Redis'],
    [
      'Sentinel',
      { ...redis, redis: { sentinel_master: 'm' } },
      'redis.sentinel_master: Sentinel is not there in this version: name one Redis, or an address that follows the primary',
    ],
    [
      'Redis Cluster',
      { ...redis, redis: { cluster_nodes: [] } },
      'redis.cluster_nodes: Redis Cluster is not there in this version: name one Redis, or a proxy in front of the cluster',
    ],
    ['a header without a name', { identifier: 'header' }, 'header_name: is needed when requests are told apart by header'],
    ['a path without one', { compound_identifier: ['path'] }, 'path: is needed when requests are told apart by path'],
    [
      'groups by name',
      { consumer_groups: ['gold'] },
      'consumer_groups: is done by scope: bind a rate-limiting-advanced plugin with the other limits to the consumer group, which goes before those of route, service and everybody',
    ],
    [
      'a dictionary of its own',
      { dictionary_name: 'mine' },
      'dictionary_name: cannot be chosen: counters of a node are in one table (SLUICE_COUNTER_SLOTS), so leave it out or write "kong_rate_limiting_counters"',
    ],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems(NAME, { ...LEAST, ...config })).toContain(problem)
  })

  test('cluster is refused with what there is', () => {
    expect(problems(NAME, { ...LEAST, strategy: 'cluster' }).join()).toMatch(/^strategy: must be "local" .* or "redis"/)
  })

  test.each([{ limit: [0] }, { limit: [] }, { window_size: [0.5] }, { throttling: { interval: 0 } }, { sync_rate: -2 }, { enforce_consumer_groups: true }])(
    '%j is refused',
    (config) => {
      expect(problems(NAME, { ...LEAST, ...config })).not.toEqual([])
    },
  )

  test('what Kong writes into dumps by itself is good', () => {
    const redis = { cluster_max_redirections: 5, cluster_nodes: null, connection_is_proxied: false, keepalive_pool_size: 256, keepalive_backlog: null, sentinel_master: null }
    expect(problems(NAME, { ...LEAST, redis, dictionary_name: 'kong_rate_limiting_counters', sync_rate: -1 })).toEqual([])
  })
})
