import type { ServerResponse } from 'node:http'
import { connect } from 'node:http2'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { closeSession, fetchHttp2 } from './harness/http2-client.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin, type Received } from './harness/origin.ts'
import { type RawAnswer, sendRaw } from './harness/raw-request.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** What a cache does over time and between requests. What it keeps, by the fields of messages, is in test/conformance/cache. */

let node: NodeProcess
let origin: Origin
/** Requests that the upstream has not answered, in order of their coming. */
let open: { received: Received; response: ServerResponse }[] = []
/** True: the upstream leaves its answers to the test. */
let holds = false

beforeAll(async () => {
  origin = await Origin.start('cached', (_, response, received) => {
    if (holds) open.push({ received, response })
    else answer(response, `${received.method} ${origin.received.length}`)
  })
  node = await NodeProcess.start({ env: { SLUICE_LIMIT_CACHE_BYTES: '300000', SLUICE_LIMIT_CACHE_ENTRY_BYTES: '100000', SLUICE_H2C: 'on' } })
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})
afterEach(() => {
  for (const { response } of open) response.destroy()
  open = []
  holds = false
  origin.received.length = 0
})

function answer(response: ServerResponse, body: string, headers: Record<string, string | string[]> = { 'cache-control': 'max-age=3600' }): void {
  for (const [name, value] of Object.entries({ 'content-type': 'text/plain', ...headers })) response.setHeader(name, value)
  response.end(body)
}

async function serve(config: Record<string, unknown> = {}, at: NodeProcess = node): Promise<void> {
  const plugin = { name: 'proxy-cache', config: { cache_control: true, content_type: ['text/plain'], ...config } }
  const applied = await at.postConfig({ _format_version: '3.0', services: [{ name: 's', url: origin.url, retries: 0, routes: [{ name: 'r', paths: ['/'], plugins: [plugin] }] }] })
  if (applied.status !== 201) throw new Error(JSON.stringify(applied.body))
}

const ask = (path: string, more: { method?: string; headers?: string[]; body?: string; base?: string } = {}): Promise<RawAnswer> => sendRaw({ base: node.proxy, path, ...more })
const many = (count: number, path: string) => Array.from({ length: count }, () => ask(path))
const untilOpen = (count: number) => until(`${count} requests upstream`, () => (open.length >= count ? true : null))
const words = (answers: RawAnswer[]) => answers.map(({ headers }) => headers['x-cache-status']).sort()

describe('several requests for what is not there', () => {
  test('go upstream as one, and get the same answer', async () => {
    await serve()
    holds = true
    const answers = many(20, '/collapse')
    await untilOpen(1)
    answer(open[0]?.response as ServerResponse, 'one')
    const got = await Promise.all(answers)
    expect(got.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, () => 'one'))
    expect(origin.received.length).toBe(1)
    expect(words(got)).toEqual([...Array.from({ length: 19 }, () => 'Hit'), 'Miss'])
    expect(got.filter(({ headers }) => String(headers['cache-status']).includes('collapsed')).length).toBeGreaterThan(0)
  })

  test('go upstream side by side once the first answer is none to keep', async () => {
    await serve()
    holds = true
    const answers = many(10, '/uncacheable')
    await untilOpen(1)
    answer(open[0]?.response as ServerResponse, 'mine', { 'cache-control': 'private' })
    await untilOpen(10)
    for (const { response } of open.slice(1)) answer(response, 'other', { 'cache-control': 'private' })
    expect((await Promise.all(answers)).map(({ body }) => body).sort()).toEqual(['mine', ...Array.from({ length: 9 }, () => 'other')])
  })

  test('do not wait for each other where it is known that nothing is kept', async () => {
    await serve()
    holds = true
    const first = ask('/known')
    await untilOpen(1)
    answer(open[0]?.response as ServerResponse, '', { 'cache-control': 'no-store' })
    await first
    const answers = many(5, '/known')
    await untilOpen(6)
    for (const { response } of open.slice(1)) answer(response, 'x', { 'cache-control': 'no-store' })
    await Promise.all(answers)
  })

  test('wait no longer than they may', async () => {
    await serve({ collapse_timeout: 50 })
    holds = true
    const answers = many(3, '/slow')
    await untilOpen(3)
    for (const { response } of open) answer(response, 'own')
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['own', 'own', 'own'])
  })

  test('go on with another where the client of the first goes away', async () => {
    await serve()
    holds = true
    const leaving = await RawSocket.open(node.proxy)
    leaving.write('GET /leaving HTTP/1.1\r\nHost: shop.test\r\n\r\n')
    await untilOpen(1)
    const answers = many(3, '/leaving')
    leaving.destroy()
    await untilOpen(2)
    answer(open[1]?.response as ServerResponse, 'second')
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['second', 'second', 'second'])
    expect(origin.received.length).toBe(2)
  })

  test('all go upstream where they are not to be collapsed', async () => {
    await serve({ collapse: false })
    holds = true
    const answers = many(3, '/apart')
    await untilOpen(3)
    for (const { response } of open) answer(response, 'x')
    await Promise.all(answers)
  })

  test('ask about what is stale as one', async () => {
    await serve()
    holds = true
    const first = ask('/stale')
    await untilOpen(1)
    answer(open[0]?.response as ServerResponse, 'kept', { 'cache-control': 'max-age=60', age: '100', etag: '"a"' })
    await first
    const answers = many(8, '/stale')
    await untilOpen(2)
    const response = open[1]?.response as ServerResponse
    response.writeHead(304, { 'cache-control': 'max-age=60', etag: '"a"' }).end()
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(Array.from({ length: 8 }, () => 'kept'))
    expect(origin.received.length).toBe(2)
  })
})

describe('a kept answer', () => {
  test('comes to the client while it is still coming to the node', async () => {
    await serve()
    holds = true
    const client = await RawSocket.open(node.proxy)
    client.write('GET /stream HTTP/1.1\r\nHost: shop.test\r\n\r\n')
    await untilOpen(1)
    const response = open[0]?.response as ServerResponse
    response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'max-age=60' })
    response.write('begin,')
    await client.until(/begin,/)
    response.end('end')
    await client.until(/end/)
    client.destroy()
    expect(await ask('/stream', { headers: ['Host', 'shop.test'] })).toMatchObject({ body: 'begin,end', headers: { 'x-cache-status': 'Hit' } })
  })

  test('is given while a fresh one is fetched, once for all who ask, and then the fresh one is', async () => {
    await serve()
    holds = true
    const first = ask('/swr')
    await untilOpen(1)
    answer(open[0]?.response as ServerResponse, 'old', { 'cache-control': 'max-age=60, stale-while-revalidate=600', age: '100' })
    await first
    expect((await Promise.all(many(5, '/swr'))).map(({ body }) => body)).toEqual(['old', 'old', 'old', 'old', 'old'])
    await untilOpen(2)
    answer(open[1]?.response as ServerResponse, 'new')
    await until('the fresh answer', async () => ((await ask('/swr')).body === 'new' ? true : null))
    expect(origin.received.length).toBe(2)
  })

  test('goes when its room is needed, the one that was not asked for longest first', async () => {
    await serve()
    holds = true
    const fill = async (path: string) => {
      const count = open.length
      const got = ask(path)
      await untilOpen(count + 1)
      answer(open[count]?.response as ServerResponse, 'x'.repeat(90_000))
      await got
    }
    for (const path of ['/lru-1', '/lru-2', '/lru-3']) await fill(path)
    expect((await ask('/lru-1')).headers['x-cache-status']).toBe('Hit')
    await fill('/lru-4')
    const hits = await Promise.all(['/lru-1', '/lru-3', '/lru-4'].map((path) => ask(path)))
    expect(words(hits)).toEqual(['Hit', 'Hit', 'Hit'])
    await fill('/lru-2')
  })

  test('is none where it is larger than one may be', async () => {
    await serve()
    holds = true
    for (const count of [1, 2]) {
      const got = ask('/large')
      await untilOpen(count)
      const response = open[count - 1]?.response as ServerResponse
      response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'max-age=60' })
      response.write('x'.repeat(60_000))
      response.end('x'.repeat(60_000))
      expect((await got).body.length).toBe(120_000)
    }
  })

  test('lasts over a change of configuration that leaves its plugin', async () => {
    const id = '7c9a3f7e-3a0e-4d0f-9f5e-0a2b3c4d5e6f'
    const document = (name: string) => ({
      _format_version: '3.0',
      services: [
        {
          id: '1f9a3f7e-3a0e-4d0f-9f5e-0a2b3c4d5e6f',
          name: 's',
          url: origin.url,
          routes: [{ id: '2f9a3f7e-3a0e-4d0f-9f5e-0a2b3c4d5e6f', name: 'r', paths: ['/'], plugins: [{ id, name: 'proxy-cache', config: { cache_control: true } }] }],
        },
      ],
      consumers: [{ username: name }],
    })
    await node.postConfig(document('a'))
    await ask('/lasting')
    await node.postConfig(document('b'))
    expect((await ask('/lasting')).headers['x-cache-status']).toBe('Hit')
  })
})

describe('without Cache-Control, as Kong', () => {
  const plain = { cache_control: false, cache_ttl: 300 }

  async function get(path: string, headers: string[] = [], answered: Record<string, string | string[]> = {}): Promise<string> {
    holds = true
    const count = open.length
    const got = ask(path, { headers })
    const first = await Promise.race([got, untilOpen(count + 1)])
    if (first === true) answer(open[count]?.response as ServerResponse, 'x', answered)
    return String((await got).headers['x-cache-status'])
  }

  test('whatever the fields say is kept', async () => {
    await serve(plain)
    expect(await get('/kong', [], { 'cache-control': 'no-store' })).toBe('Miss')
    expect(await get('/kong', ['Cache-Control', 'no-cache'])).toBe('Hit')
  })

  test('but for another content type, parameters included', async () => {
    await serve(plain)
    expect(await get('/type', [], { 'content-type': 'text/plain; charset=utf-8' })).toBe('Bypass')
    expect(await get('/type', [], { 'content-type': 'text/html' })).toBe('Bypass')
  })

  test('what sets a cookie is for the one who asked', async () => {
    await serve(plain)
    expect(await get('/cookie', [], { 'set-cookie': 'session=1' })).toBe('Bypass')
  })

  test('callers with other credentials for the upstream have other answers', async () => {
    await serve(plain)
    expect(await get('/authorized', ['Authorization', 'Bearer a'])).toBe('Miss')
    expect(await get('/authorized', ['Authorization', 'Bearer b'])).toBe('Miss')
    expect(await get('/authorized')).toBe('Miss')
    expect(await get('/authorized', ['Authorization', 'Bearer a'])).toBe('Hit')
  })

  test('an answer lasts for cache_ttl, and with storage_ttl it is asked about then', async () => {
    await serve({ ...plain, cache_ttl: 1 })
    expect(await get('/ttl', [], { etag: '"a"' })).toBe('Miss')
    await until('the end of the answer', async () => ((await get('/ttl')) === 'Miss' ? true : null))
    await serve({ ...plain, cache_ttl: 1, storage_ttl: 60 })
    expect(await get('/storage', [], { etag: '"a"' })).toBe('Miss')
    await until('the end of its freshness', async () => ((await get('/storage')) === 'Refresh' ? true : null))
    expect(origin.received.at(-1)?.headers['if-none-match']).toBe('"a"')
  })

  test('chosen arguments and headers make the key', async () => {
    await serve({ ...plain, vary_query_params: ['a'], vary_headers: ['X-Tenant'], ignore_uri_case: true })
    expect(await get('/key?a=1&b=1')).toBe('Miss')
    expect(await get('/KEY?b=2&a=1')).toBe('Hit')
    expect(await get('/key?a=2')).toBe('Miss')
    expect(await get('/key?a=1', ['X-Tenant', 't'])).toBe('Miss')
  })

  test('a body is part of the key of POST', async () => {
    await serve({ ...plain, request_method: ['POST'] })
    holds = false
    const post = async (body: string) => (await ask('/post', { method: 'POST', body })).headers['x-cache-status']
    expect([await post('a'), await post('b'), await post('a')]).toEqual(['Miss', 'Miss', 'Hit'])
  })
})

test('a client of HTTP/2 gets kept answers, parts of them, and 304', async () => {
  await serve()
  await ask('/h2', { headers: ['Host', 'shop.test'] })
  const session = connect(node.proxy)
  try {
    const get = (headers: Record<string, string> = {}) => fetchHttp2(session, { ':path': '/h2', ':authority': 'shop.test', ...headers })
    const whole = await get()
    expect([whole.status, whole.body.toString(), whole.headers['x-cache-status'], whole.headers['content-length']]).toEqual([200, 'GET 1', 'Hit', '5'])
    const part = await get({ range: 'bytes=0-2' })
    expect([part.status, part.body.toString(), part.headers['content-range']]).toEqual([206, 'GET', 'bytes 0-2/5'])
    const none = await get({ 'if-none-match': '*' })
    expect([none.status, none.body.toString()]).toEqual([304, ''])
    const head = await get({ ':method': 'HEAD' })
    expect([head.status, head.body.toString(), head.headers['content-length']]).toEqual([200, '', '5'])
  } finally {
    await closeSession(session)
  }
})

describe('emptying the cache of a plugin', () => {
  const id = '7c9a3f7e-3a0e-4d0f-9f5e-0a2b3c4d5e6f'
  const empty = (plugin: string, init: RequestInit = {}) => fetch(`${node.status}/caches/${plugin}`, { method: 'DELETE', ...init })

  test('makes the next request for it a miss, and leaves other plugins', async () => {
    const plugin = (own: string) => ({ id: own, name: 'proxy-cache', config: { cache_control: true } })
    const routes = [
      { name: 'a', paths: ['/emptied'], plugins: [plugin(id)] },
      { name: 'b', paths: ['/other'], plugins: [plugin('8c9a3f7e-3a0e-4d0f-9f5e-0a2b3c4d5e6f')] },
    ]
    expect((await node.postConfig({ _format_version: '3.0', services: [{ name: 's', url: origin.url, routes }] })).status).toBe(201)
    const both = async () => [(await ask('/emptied')).headers['x-cache-status'], (await ask('/other')).headers['x-cache-status']]
    await both()
    expect(await both()).toEqual(['Hit', 'Hit'])
    expect((await empty(id)).status).toBe(204)
    expect(await both()).toEqual(['Miss', 'Hit'])
    expect(await both()).toEqual(['Hit', 'Hit'])
  })

  test('is refused to pages of a browser, and by another method', async () => {
    expect((await empty(id, { headers: { origin: 'http://evil.test' } })).status).toBe(403)
    expect((await empty(id, { method: 'POST' })).status).toBe(405)
    expect((await empty('no-id')).status).toBe(405)
  })
})

test('what one worker learns is invalid is invalid for all at once', async () => {
  const pair = await NodeProcess.start({ env: { SLUICE_WORKERS: '2' } })
  try {
    await serve({}, pair)
    const get = () => ask('/shared', { base: pair.proxy })
    // Each connection goes to either worker: both have kept it once it was a miss twice.
    let misses = 0
    await until('both workers to keep it', async () => {
      misses += (await get()).headers['x-cache-status'] === 'Miss' ? 1 : 0
      return misses === 2 ? true : null
    })
    for (let round = 0; round < 10; round++) expect((await get()).headers['x-cache-status']).toBe('Hit')
    await ask('/shared', { base: pair.proxy, method: 'POST', body: 'x' })
    const posted = origin.received.length
    for (let round = 0; round < 10; round++) expect(Number((await get()).body.split(' ')[1])).toBeGreaterThan(posted)
  } finally {
    await pair.stop()
  }
})
