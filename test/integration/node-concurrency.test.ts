import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { closeSession } from './harness/http2-client.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin, type Received } from './harness/origin.ts'
import { RawOrigin } from './harness/raw-origin.ts'
import { type RawAnswer, sendRaw } from './harness/raw-request.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** Places among the requests under way, in a node of two workers: never more than the limit, and none lost whatever becomes of a request. */

const folder = mkdtempSync(join(tmpdir(), 'sluice-crash-'))
const CRASH_FILE = join(folder, 'now')
/** The worker that finds this file first crashes. */
const CRASH = `
  import { unlinkSync } from 'node:fs'
  import { isMainThread } from 'node:worker_threads'
  const look = () => {
    try { unlinkSync(${JSON.stringify(CRASH_FILE)}) } catch { return }
    throw new Error('crashed as it was asked to')
  }
  if (!isMainThread) setInterval(look, 20).unref()`

let node: NodeProcess
let origin: Origin
/** Requests that the upstream has and has not answered. */
let open: { response: ServerResponse; url: string }[] = []
let most = 0

function hold(response: ServerResponse, { url }: Received): void {
  const entry = { response, url }
  open.push(entry)
  most = Math.max(most, open.length)
  response.once('close', () => {
    open = open.filter((other) => other !== entry)
  })
}

beforeAll(async () => {
  origin = await Origin.start('held', (_, response, received) => (received.url.startsWith('/at-once') ? response.end('ok') : hold(response, received)))
  node = await NodeProcess.start({ env: { SLUICE_WORKERS: '2', SLUICE_H2C: 'on', NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(CRASH)}"` } })
})
afterAll(async () => {
  await Promise.all([node?.stop(), origin?.stop()])
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  most = 0
})
afterEach(() => {
  for (const { response } of open) response.destroy()
})

async function serve(config: Record<string, unknown>, more: { plugins?: unknown[]; service?: Record<string, unknown>; document?: Record<string, unknown> } = {}): Promise<void> {
  const plugins = [{ name: 'concurrency-limiting', config }, ...(more.plugins ?? [])]
  const services = [{ name: 's', url: origin.url, retries: 0, ...more.service, routes: [{ name: 'r', paths: ['/'], plugins }] }]
  const answer = await node.postConfig({ _format_version: '3.0', services, ...more.document })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
}

const ask = (path = '/', headers: string[] = []): Promise<RawAnswer> => sendRaw({ base: node.proxy, path, headers: ['Connection', 'close', ...headers] })
const opened = (count: number) => until(`${count} requests at the upstream`, () => (open.length === count ? true : null))
const answerAll = () => {
  for (const { response } of open) response.end('ok')
}
/** The place is free when a request gets through; a limit of one is not passed meanwhile. */
const freed = () => until('a free place', async () => ((await ask('/at-once')).status === 200 ? true : null))

test('as many as the limit are under way in both workers together; the others get 503 with Retry-After', async () => {
  await serve({ limit: 4, retry_after: 7 })
  const first = Array.from({ length: 4 }, () => ask())
  await opened(4)
  const others = await Promise.all(Array.from({ length: 12 }, () => ask()))
  for (const { status, headers, body } of others) {
    expect([status, headers['retry-after']]).toEqual([503, '7'])
    expect(body).toContain('Too many requests at a time')
  }
  answerAll()
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(most).toBe(4)
})

test('a client that asks again as soon as it has its answer is never refused, whichever worker it comes to', async () => {
  await serve({ limit: 1 })
  for (let index = 0; index < 100; index += 1) expect((await ask('/at-once')).status).toBe(200)
})

test('those in the queue go on when places are free, in whichever worker they wait', async () => {
  await serve({ limit: 2, queue_limit: 30, queue_timeout: 60_000 })
  const all = Array.from({ length: 32 }, () => ask())
  let answered = 0
  const counted = all.map((one) =>
    one.then(({ status }) => {
      answered += 1
      return status
    }),
  )
  await until('all to be answered', () => {
    answerAll()
    return answered === 32 ? true : null
  })
  expect(new Set(await Promise.all(counted))).toEqual(new Set([200]))
  expect(most).toBe(2)
})

test('a request waits for the queue timeout at most; one more than the queue takes does not wait', async () => {
  await serve({ limit: 1, queue_limit: 1, queue_timeout: 300, error_code: 429 })
  const first = ask()
  await opened(1)
  const begun = performance.now()
  const [slow, full] = (await Promise.all([ask(), ask()])).map(({ status }) => status)
  expect([slow, full]).toEqual([429, 429])
  expect(performance.now() - begun).toBeGreaterThanOrEqual(290)
  answerAll()
  expect((await first).status).toBe(200)
})

/** A place for one; a request that finds it taken by another for a moment gets it next. */
const ONE = { limit: 1, queue_limit: 5, queue_timeout: 300 }
const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`

test('a client that goes away gives its place back, whether its request was under way or waited', async () => {
  await serve({ limit: 1, queue_limit: 5, queue_timeout: 60_000 })
  const first = await RawSocket.open(node.proxy)
  first.write(GET('/'))
  await opened(1)
  const second = await RawSocket.open(node.proxy)
  second.write(GET('/'))
  const third = ask('/at-once')
  second.destroy()
  first.destroy()
  expect((await third).status).toBe(200)
  await freed()
})

test('a place comes back after an upstream that fails, is too slow, or breaks off', async () => {
  const failing = await RawOrigin.start(({ socket, text }) => {
    if (!text.endsWith('\r\n\r\n')) return
    if (text.startsWith('GET /breaks')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    else if (text.startsWith('GET /closes')) socket.destroy()
    else if (text.startsWith('GET /at-once')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
  await serve({ limit: 1 }, { service: { url: failing.url, read_timeout: 100 } })
  expect(await RawSocket.talk(node.proxy, GET('/breaks').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).toMatch(/^HTTP\/1\.1 200 /)
  await freed()
  expect((await ask('/closes')).status).toBe(502)
  await freed()
  expect((await ask('/silent')).status).toBe(504)
  await freed()
  await failing.stop()
  expect((await ask('/at-once')).status).toBe(502)
  expect((await ask('/at-once')).status).toBe(502)
})

test('a place comes back after a plugin that refused the request, or waited when its client left', async () => {
  await serve({ limit: 1 }, { plugins: [{ name: 'request-termination', config: { status_code: 418, trigger: 'x-stop' } }] })
  for (let index = 0; index < 3; index += 1) expect((await ask('/', ['X-Stop', '1'])).status).toBe(418)
  await serve(ONE, { plugins: [{ name: 'fault-injection', config: { delay: 60_000, header_name: 'x-slow' } }] })
  const slow = await RawSocket.open(node.proxy)
  slow.write(GET('/').replace('\r\n\r\n', '\r\nX-Slow: 1\r\n\r\n'))
  await until('the place to be taken', async () => ((await ask('/at-once')).status === 503 ? true : null))
  slow.destroy()
  await freed()
})

test('a plugin of a consumer gives its places back too when its client leaves while another plugin waits', async () => {
  const consumers = [{ username: 'anna', keyauth_credentials: [{ key: 'key-of-anna' }], plugins: [{ name: 'concurrency-limiting', config: { limit_by: 'consumer', ...ONE } }] }]
  const plugins = [{ name: 'key-auth' }, { name: 'fault-injection', config: { delay: 60_000, header_name: 'x-slow' } }]
  await serve({ limit: 100 }, { plugins, document: { consumers } })
  const status = async () => (await ask('/at-once', ['apikey', 'key-of-anna'])).status
  const slow = await RawSocket.open(node.proxy)
  slow.write(GET('/').replace('\r\n\r\n', '\r\napikey: key-of-anna\r\nX-Slow: 1\r\n\r\n'))
  await until('the place to be taken', async () => ((await status()) === 503 ? true : null))
  slow.destroy()
  await until('a free place', async () => ((await status()) === 200 ? true : null))
})

test('an upgraded connection keeps its place until it ends', async () => {
  const upgrading = await RawOrigin.start(({ socket, text }) => {
    if (text.includes('pgrade: echo')) socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    else if (text.endsWith('\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
  await serve({ limit: 1 }, { service: { url: upgrading.url } })
  const tunnel = await RawSocket.open(node.proxy)
  tunnel.write('GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  await tunnel.until(/101/)
  expect((await ask('/at-once')).status).toBe(503)
  tunnel.destroy()
  await freed()
  await upgrading.stop()
})

test('a stream of HTTP/2 that its client resets gives its place back', async () => {
  await serve({ limit: 1 })
  const session = connect(node.proxy)
  const stream = session.request({ ':path': '/' })
  stream.on('error', () => undefined)
  await opened(1)
  expect((await ask('/at-once')).status).toBe(503)
  stream.close(8)
  await freed()
  await closeSession(session)
})

test('places of a worker that crashed are free when another has taken its place, and no more than those', async () => {
  await serve({ limit: 16 })
  // On connections of their own, so that each worker has some.
  const first = Array.from({ length: 16 }, () => ask().catch(() => null))
  await opened(16)
  writeFileSync(CRASH_FILE, '')
  await until('a worker to crash', () => (open.length < 16 ? true : null))
  await node.line('worker crashed and is replaced')
  const survivors = open.length
  const next: Promise<unknown>[] = []
  // Each of them has its place, or is refused until the new worker has begun.
  await until(
    'all places to be taken again',
    async () => {
      if (open.length < 16) next.push(ask().catch(() => null))
      return open.length === 16 ? true : null
    },
    60_000,
  )
  expect(survivors).toBeGreaterThan(0)
  expect((await ask('/at-once')).status).toBe(503)
  expect(most).toBe(16)
  answerAll()
  await Promise.all([...first, ...next])
})
