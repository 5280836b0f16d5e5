import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { RedisProcess } from './harness/redis-process.ts'

/** Counting through Redis in whole nodes of two workers each. */

let redis: RedisProcess
let origin: Origin
let nodes: NodeProcess[]

beforeAll(async () => {
  redis = await RedisProcess.start()
  origin = await Origin.start('origin', (_, response) => response.end('ok'))
  nodes = await Promise.all([0, 1].map(() => NodeProcess.start({ env: { SLUICE_WORKERS: '2' } })))
})
afterAll(async () => {
  await Promise.all((nodes ?? []).map((node) => node.stop()))
  await Promise.all([origin?.stop(), redis?.stop()])
})
beforeEach(async () => {
  await redis.client.flushall()
})
afterEach(async () => {
  redis.resume()
})

async function serve(config: Record<string, unknown>): Promise<void> {
  const plugins = [{ name: 'rate-limiting', config: { redis: { ...redis.config, timeout: 60_000 }, ...config } }]
  const document = { _format_version: '3.0', services: [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins }] }] }
  for (const node of nodes) expect((await node.postConfig(document)).status).toBe(201)
}

/** Statuses of requests to both nodes, each on a connection of its own so that both workers have some. */
function ask(each: number): Promise<number[]> {
  return Promise.all(nodes.flatMap(({ proxy }) => Array.from({ length: each }, async () => (await sendRaw({ base: proxy, path: '/', headers: ['Connection', 'close'] })).status)))
}

const count = (statuses: readonly number[], status: number) => statuses.filter((entry) => entry === status).length

test('two nodes of two workers let exactly the limit through together', async () => {
  await serve({ year: 40, policy: 'redis' })
  const statuses = await ask(50)
  expect([count(statuses, 200), count(statuses, 429)]).toEqual([40, 60])
  expect(await redis.connections()).toBeLessThanOrEqual(4)
})

test('a limit of a consumer group goes before that of the route, for its members on both nodes together', async () => {
  const limited = (limit: number) => ({
    name: 'rate-limiting-advanced',
    config: {
      limit: [limit],
      window_size: [31_536_000],
      window_type: 'fixed',
      strategy: 'redis',
      sync_rate: 0,
      redis: { ...redis.config, connect_timeout: 60_000, read_timeout: 60_000 },
    },
  })
  const document = {
    _format_version: '3.0',
    services: [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins: [{ name: 'key-auth' }, limited(2)] }] }],
    consumer_groups: [{ name: 'gold', plugins: [limited(6)] }],
    consumers: [
      { username: 'anna', keyauth_credentials: [{ key: 'key-of-anna' }], groups: [{ name: 'gold' }] },
      { username: 'ben', keyauth_credentials: [{ key: 'key-of-ben' }] },
    ],
  }
  for (const node of nodes) {
    const { status, body } = await node.postConfig(document)
    expect(status, JSON.stringify(body)).toBe(201)
  }
  const passed = async (key: string) => {
    const answers = await Promise.all(nodes.flatMap(({ proxy }) => Array.from({ length: 5 }, () => sendRaw({ base: proxy, path: '/', headers: ['apikey', key] }))))
    return answers.filter(({ status }) => status === 200).length
  }
  expect([await passed('key-of-anna'), await passed('key-of-ben')]).toEqual([6, 2])
})

test('with a sync rate the workers of a node share what they know at once', async () => {
  await serve({ year: 30, policy: 'redis', sync_rate: 3_600 })
  const statuses = await ask(40)
  // Nothing has been exchanged yet: each node lets its limit through, not each worker.
  expect([count(statuses, 200), count(statuses, 429)]).toEqual([60, 20])
})

test('connections outlive revisions', async () => {
  await serve({ year: 1_000, policy: 'redis' })
  await ask(10)
  const ids = async () => [...((await redis.client.call('CLIENT', ['LIST'])) as string).matchAll(/^id=(\d+) .* name=sluice /gm)].map(([, id]) => id)
  const before = await ids()
  await serve({ year: 2_000, policy: 'redis' })
  await ask(10)
  expect((await ids()).filter((id) => !before.includes(id)).length).toBeLessThanOrEqual(4 - before.length)
})

test.each([
  [true, 200],
  [false, 500],
])('Redis killed under load: with fault_tolerant %s requests are answered %d, none waits, and they are counted again when it is back', async (tolerant, status) => {
  await serve({ year: 100_000, policy: 'redis', fault_tolerant: tolerant })
  expect(count(await ask(10), 200)).toBe(20)
  const load = Array.from({ length: 5 }, () => ask(20))
  await redis.kill()
  const statuses = (await Promise.all(load)).flat()
  expect(statuses.every((entry) => entry === 200 || entry === status)).toBe(true)
  expect(count(await ask(20), status)).toBe(40)
  await redis.restart()
  await until('both nodes to count again', async () => {
    await redis.client.flushall()
    const statuses = await ask(4)
    const keys = await redis.client.keys('*')
    return count(statuses, 200) === 8 && keys.length === 1 && Number(await redis.client.get(keys[0] as string)) === 8 ? true : null
  })
})

test('Redis that hangs under load: a request waits for the timeout at most, and those after it not at all', async () => {
  await serve({ year: 100_000, policy: 'redis', redis: { ...redis.config, timeout: 500 } })
  await ask(10)
  redis.pause()
  const waits: number[] = []
  const asked = nodes.flatMap(({ proxy }) =>
    Array.from({ length: 40 }, async () => {
      const begun = performance.now()
      const { status } = await sendRaw({ base: proxy, path: '/', headers: ['Connection', 'close'] })
      waits.push(performance.now() - begun)
      return status
    }),
  )
  expect(count(await Promise.all(asked), 200)).toBe(80)
  // Twice the timeout where a worker had to connect first, and the machine may be busy.
  expect(Math.max(...waits)).toBeLessThan(5_000)
  redis.resume()
})
