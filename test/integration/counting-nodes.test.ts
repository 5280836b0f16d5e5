import type { PluginInstance } from '@sluice/plugins/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCounterMemory, SharedCounterTable } from '../../apps/dataplane/src/memory/counter-table.ts'
import { RedisRoom } from '../../apps/dataplane/src/redis/redis-room.ts'
import { type EnvironmentFixture, environmentFixture } from '../../packages/plugins/testing/exchange-fixture.ts'
import { ask, createPlugin } from '../../packages/plugins/testing/run-plugin.ts'
import { until } from './harness/node-process.ts'
import { RedisProcess } from './harness/redis-process.ts'

/** Ten nodes that count through one Redis: each a handler with its own counters and its own connection, as a node makes it. */

const NODES = 10
let redis: RedisProcess
const rooms: RedisRoom[] = []

beforeAll(async () => {
  redis = await RedisProcess.start()
})
afterAll(async () => {
  await redis?.stop()
})
beforeEach(async () => {
  await redis.client.flushall()
})
afterEach(() => {
  for (const room of rooms.splice(0)) room.close()
})

/** On a busy machine nothing of what is counted here may be given up for want of time. */
const patience = (name: string) => (name === 'rate-limiting' ? { timeout: 60_000 } : { connect_timeout: 60_000, read_timeout: 60_000 })

interface FakeNode {
  plugin: PluginInstance
  environment: EnvironmentFixture
}

/** Time stands still unless a test moves it, so no window ends by itself. */
function startNode(name: string, config: Record<string, unknown>): FakeNode {
  const room = new RedisRoom({ random: Math.random, log: () => {} })
  rooms.push(room)
  const environment = environmentFixture({ redis: (settings) => room.store(settings) })
  Object.assign(environment, { counters: new SharedCounterTable(createCounterMemory(4096), environment.clock) })
  return { plugin: createPlugin(name, { redis: { ...redis.config, ...patience(name) }, ...config }, environment), environment }
}

const startNodes = (name: string, config: Record<string, unknown>) => Array.from({ length: NODES }, () => startNode(name, config))
const passed = async ({ plugin }: FakeNode): Promise<boolean> => (await ask(plugin)).reply === undefined
const passedOf = async (nodes: readonly FakeNode[], each: number) => {
  const results = await Promise.all(nodes.flatMap((node) => Array.from({ length: each }, () => passed(node))))
  return results.filter(Boolean).length
}

async function counted(): Promise<number> {
  const keys = await redis.client.keys('sluice:limit:*')
  const counts = await Promise.all(keys.map(async (key) => Number(await redis.client.get(key))))
  return counts.reduce((sum, count) => sum + count, 0)
}

const ADVANCED = { strategy: 'redis', sync_rate: 0 }

describe('strict', () => {
  test.each([
    ['rate-limiting', { minute: 500, policy: 'redis' }],
    ['rate-limiting', { second: 500, hour: 500, day: 700, policy: 'redis' }],
    ['rate-limiting-advanced', { limit: [500], window_size: [60], ...ADVANCED }],
    ['rate-limiting-advanced', { limit: [500], window_size: [60], disable_penalty: true, ...ADVANCED }],
    ['rate-limiting-advanced', { limit: [900, 500], window_size: [30, 3600], window_type: 'fixed', ...ADVANCED }],
    ['rate-limiting-advanced', { limit: [500, 700], window_size: [60, 3600], window_type: 'gcra', ...ADVANCED }],
    ['service-protection', { limit: [500], window_size: [60], ...ADVANCED }],
  ])('%s %j lets exactly its limit through ten nodes that ask at once', async (name, config) => {
    expect(await passedOf(startNodes(name, config), 100)).toBe(500)
  })

  test('the headers of all nodes tell one count, and refused requests use nothing up', async () => {
    const [first, second] = startNodes('rate-limiting', { minute: 2, hour: 10, policy: 'redis' }) as [FakeNode, FakeNode]
    const headers = async ({ plugin }: FakeNode) => {
      const { exchange, reply } = await ask(plugin)
      return reply?.headers ?? Object.fromEntries(exchange.responseHeaders.entries())
    }
    expect(await headers(first)).toMatchObject({ 'X-RateLimit-Remaining-Minute': '1', 'X-RateLimit-Remaining-Hour': '9' })
    expect(await headers(second)).toMatchObject({ 'X-RateLimit-Remaining-Minute': '0', 'X-RateLimit-Remaining-Hour': '8', 'RateLimit-Reset': '50' })
    for (const node of [first, second]) expect(await headers(node)).toMatchObject({ 'X-RateLimit-Remaining-Hour': '8', 'Retry-After': '50' })
  })

  test('what one node let through weighs in the next sliding window of another', async () => {
    const [first, second] = startNodes('rate-limiting-advanced', { limit: [100], window_size: [60], disable_penalty: true, ...ADVANCED }) as [FakeNode, FakeNode]
    expect(await passedOf([first], 120)).toBe(100)
    for (const { environment } of [first, second]) environment.setNow(environment.clock.nowMs() + 65_000)
    // A quarter of a minute into the next one.
    expect(await passedOf([first, second], 60)).toBe(25)
  })

  test('a pace is one for all nodes', async () => {
    const nodes = startNodes('rate-limiting-advanced', { limit: [60], window_size: [60], window_type: 'gcra', burst: [20], ...ADVANCED })
    expect(await passedOf(nodes, 5)).toBe(20)
    for (const { environment } of nodes) environment.setNow(environment.clock.nowMs() + 3_000)
    expect(await passedOf(nodes, 5)).toBe(3)
  })

  test('an advanced limit counts on each node while Redis is away', async () => {
    const nodes = startNodes('rate-limiting-advanced', { limit: [5], window_size: [60], ...ADVANCED })
    expect(await passedOf(nodes, 5)).toBe(5)
    await redis.kill()
    expect(await passedOf(nodes, 20)).toBe(50)
    await redis.restart()
    await until('the nodes to count in Redis again', async () => {
      await redis.client.flushall()
      return (await passedOf(nodes, 5)) === 5 ? true : null
    })
  })

  test('counters end with their windows, and name no caller', async () => {
    const [node] = startNodes('rate-limiting', { minute: 2, policy: 'redis', limit_by: 'ip' }) as [FakeNode]
    await passed(node)
    const keys = await redis.client.keys('*')
    expect(keys).toEqual([expect.stringMatching(/^sluice:limit:\{[\w-]{24}\}:minute:\d+$/)])
    const ttl = await redis.client.pttl(keys[0] as string)
    expect(ttl).toBeGreaterThan(40_000)
    expect(ttl).toBeLessThanOrEqual(55_000)
  })
})

describe('with a sync rate', () => {
  test.each([
    ['rate-limiting', { minute: 2_000, policy: 'redis', sync_rate: 0.02 }],
    ['rate-limiting-advanced', { limit: [2_000], window_size: [60], strategy: 'redis', sync_rate: 0.02, disable_penalty: true }],
    ['rate-limiting-advanced', { limit: [2_000], window_size: [60], window_type: 'fixed', strategy: 'redis', sync_rate: 0.02 }],
  ])('%s %j lets at most a hundredth more through ten nodes than the limit, where they are asked a hundredth of it in two intervals', async (name, config) => {
    const nodes = startNodes(name, config)
    const told = (total: number) => until('the nodes to have told Redis', async () => ((await counted()) === total ? true : null))
    let admitted = await passedOf(nodes, 180)
    await told(admitted)
    expect(admitted).toBe(1_800)
    // In each interval one request for each node: 10 of 2,000. An interval has passed when Redis knows of all that were let through.
    for (let now = 1; now > 0; ) {
      now = await passedOf(nodes, 1)
      admitted += now
      await told(admitted)
    }
    expect(admitted).toBeGreaterThanOrEqual(2_000)
    expect(admitted).toBeLessThanOrEqual(2_020)
  })

  test('what was counted while Redis was away is told when it is back', async () => {
    const config = { minute: 30, policy: 'redis', sync_rate: 0.02 }
    const nodes = startNodes('rate-limiting', config)
    expect(await passedOf(nodes, 1)).toBe(10)
    await until('Redis to know', async () => ((await counted()) === 10 ? true : null))
    await redis.kill()
    expect(await passedOf(nodes, 1)).toBe(10)
    await redis.restart()
    // Redis is empty now: it is told what was counted meanwhile.
    await until('Redis to know', async () => ((await counted()) === 10 ? true : null))
  })
})
