import { type RedisSettings, RedisUnavailableError } from '@sluice/plugins/contract'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { RedisRoom } from '../../apps/dataplane/src/redis/redis-room.ts'
import { makeCertificate } from './harness/certificates.ts'
import { until } from './harness/node-process.ts'
import { RawOrigin } from './harness/raw-origin.ts'
import { RedisProcess } from './harness/redis-process.ts'

/** What a worker promises its plugins about Redis, with a real one that is killed, hangs and comes back. */

let redis: RedisProcess
const rooms: RedisRoom[] = []

beforeAll(async () => {
  redis = await RedisProcess.start()
})
afterAll(async () => {
  await redis?.stop()
})
afterEach(() => {
  for (const room of rooms.splice(0)) room.close()
})

function room(idleMs?: number): { room: RedisRoom; lines: string[] } {
  const lines: string[] = []
  const made = new RedisRoom({ random: () => 0, log: (_, message) => lines.push(message), ...(idleMs === undefined ? {} : { idleMs }) })
  rooms.push(made)
  return { room: made, lines }
}

const settings = (more: Partial<RedisSettings> = {}): RedisSettings => ({
  host: '127.0.0.1',
  port: redis.port,
  database: 0,
  username: null,
  password: null,
  tls: null,
  connectTimeoutMs: 5_000,
  commandTimeoutMs: 5_000,
  ...more,
})

/** The error that a command gives. */
async function failureOf(command: Promise<unknown>): Promise<Error> {
  try {
    await command
  } catch (error) {
    return error as Error
  }
  throw new Error('it did not fail')
}

const works = (store: ReturnType<RedisRoom['store']>) =>
  until('Redis to be used again', () =>
    store.command('PING', []).then(
      () => true,
      () => null,
    ),
  )

test('equal settings share one connection, made with the first command; others have their own', async () => {
  const { room: own } = room()
  const [a, b] = [own.store(settings()), own.store(settings())]
  expect(await redis.connections()).toBe(0)
  expect(await Promise.all([a.command('PING', []), b.command('ECHO', ['é'])])).toEqual(['PONG', 'é'])
  expect(await redis.connections()).toBe(1)
  await own.store(settings({ database: 3 })).command('SET', ['key', 'in three'])
  expect(await redis.connections()).toBe(2)
  expect(await own.store(settings({ database: 3 })).command('GET', ['key'])).toBe('in three')
  expect(await a.command('GET', ['key'])).toBeNull()
})

test('a connection that is not used ends by itself, and comes back when it is', async () => {
  const { room: own } = room(100)
  const store = own.store(settings())
  await store.command('PING', [])
  await until('the connection to end', async () => ((await redis.connections()) === 0 ? true : null))
  expect(await store.command('PING', [])).toBe('PONG')
})

test('a script is sent once, and again to a Redis that has forgotten it', async () => {
  const store = room().room.store(settings())
  const lua = "return {ARGV[1], tonumber(ARGV[2]), redis.call('INCR', KEYS[1])}"
  expect(await store.run(lua, ['scripted'], ['text', 7])).toEqual(['text', 7, 1])
  await redis.client.call('SCRIPT', ['FLUSH'])
  expect(await store.run(lua, ['scripted'], ['text', 7])).toEqual(['text', 7, 2])
  const evals = /cmdstat_eval:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1]
  await Promise.all(Array.from({ length: 20 }, () => store.run(lua, ['scripted'], ['text', 7])))
  expect(/cmdstat_eval:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1]).toBe(evals)
})

test('bytes go and come as they are', async () => {
  const store = room().room.store(settings())
  const bytes = new Uint8Array([0, 255, 13, 10, 128])
  await store.command('SET', ['bytes', bytes])
  expect(await store.command('GET', ['bytes'], 'binary')).toEqual(Buffer.from(bytes))
})

test('a Redis that is killed fails what is under way, then everything at once, and is used again when it is back', async () => {
  const { room: own, lines } = room()
  const store = own.store(settings({ connectTimeoutMs: 30_000, commandTimeoutMs: 30_000 }))
  await store.command('PING', [])
  const waiting = failureOf(store.command('BLPOP', ['nothing', 0]))
  await redis.kill()
  expect(await waiting).toBeInstanceOf(RedisUnavailableError)
  const failures = await Promise.all(Array.from({ length: 200 }, () => failureOf(store.command('PING', []))))
  expect(failures.every((failure) => failure instanceof RedisUnavailableError)).toBe(true)
  await redis.restart()
  await works(store)
  expect(lines).toEqual(['Redis cannot be reached; plugins do without it as their settings say', 'Redis can be reached again'])
})

test('a Redis that hangs costs commands their timeout once, then nothing waits for it; it is used again when it goes on', async () => {
  const store = room().room.store(settings({ commandTimeoutMs: 1_000 }))
  await store.command('PING', [])
  redis.pause()
  const begun = performance.now()
  await Promise.all([failureOf(store.command('PING', [])), failureOf(store.command('PING', []))])
  expect(performance.now() - begun).toBeGreaterThanOrEqual(990)
  // Connecting would wait too: the kernel takes connections for a process that is stopped.
  const results = await Promise.all(Array.from({ length: 50 }, () => failureOf(store.command('PING', []))))
  expect(new Set(results.map(({ message }) => message))).toEqual(new Set(['Command timed out']))
  redis.resume()
  await works(store)
})

test('the time to connect bounds a peer that takes connections and never answers', async () => {
  const mute = await RawOrigin.start(() => undefined)
  const store = room().room.store(settings({ port: Number(new URL(mute.url).port), connectTimeoutMs: 200, commandTimeoutMs: 60_000 }))
  expect((await failureOf(store.command('PING', []))).message).toBe('Redis could not be connected to in time')
  await mute.stop()
})

test('nothing listens: the first command says so, those after it at once', async () => {
  const store = room().room.store(settings({ port: 1 }))
  expect((await failureOf(store.command('PING', []))).message).toContain('ECONNREFUSED')
  expect((await failureOf(store.command('PING', []))).message).toContain('ECONNREFUSED')
})

test('a wrong password and a database that is not there are told as they are', async () => {
  const closed = await RedisProcess.start(['--requirepass', 'right', '--databases', '2'])
  try {
    const store = (more: Partial<RedisSettings>) => room().room.store(settings({ port: closed.port, ...more }))
    expect((await failureOf(store({ password: 'wrong' }).command('PING', []))).message).toMatch(/WRONGPASS|invalid/)
    expect((await failureOf(store({}).command('PING', []))).message).toMatch(/NOAUTH/)
    expect((await failureOf(store({ password: 'right', database: 2 }).command('PING', []))).message).toMatch(/out of range/)
    expect(await store({ password: 'right', database: 1 }).command('PING', [])).toBe('PONG')
    expect(await store({ username: 'default', password: 'right' }).command('PING', [])).toBe('PONG')
  } finally {
    await closed.stop()
  }
})

test('what Redis refuses fails that command alone, and the log says so once', async () => {
  const { room: own, lines } = room()
  const store = own.store(settings())
  await store.command('SET', ['text', 'a'])
  expect(await failureOf(store.command('INCR', ['text']))).toBeInstanceOf(RedisUnavailableError)
  expect(await failureOf(store.command('INCR', ['text']))).toBeInstanceOf(RedisUnavailableError)
  expect(await store.command('GET', ['text'])).toBe('a')
  expect(lines).toEqual(['Redis refused a command; plugins do without it as their settings say'])
})

test('no more than 10,000 commands wait at a time', async () => {
  const store = room().room.store(settings({ commandTimeoutMs: 60_000 }))
  await store.command('PING', [])
  redis.pause()
  const waiting = Array.from({ length: 10_000 }, () => store.command('PING', []))
  expect((await failureOf(store.command('PING', []))).message).toBe('more than 10000 commands wait for Redis')
  redis.resume()
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['PONG']))
})

test('TLS: a certificate that nobody known has signed is refused, unless it is not to be looked at', async () => {
  const secure = await RedisProcess.start([], makeCertificate(['redis.test']))
  try {
    const store = (verify: boolean) => room().room.store(settings({ port: secure.port, tls: { verify, serverName: 'redis.test' } }))
    expect((await failureOf(store(true).command('PING', []))).message).toMatch(/self.signed|unable to verify/)
    expect(await store(false).command('PING', [])).toBe('PONG')
  } finally {
    await secure.stop()
  }
})
