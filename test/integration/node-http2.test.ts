import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificate } from './harness/certificates.ts'
import { answerOf, closeSession, fetchHttp2 } from './harness/http2-client.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'

/** HTTP/2 of clients, over TLS and with prior knowledge on the plain address, in front of an HTTP/1.1 upstream. */

let node: NodeProcess
let origin: Origin
let secure = ''
const certificate = makeCertificate(['shop.test'])
const sessions: ClientHttp2Session[] = []
const held: (() => void)[] = []
const aborted: string[] = []

function open(base = node.proxy): ClientHttp2Session {
  const session = connect(base, { rejectUnauthorized: false, servername: 'shop.test' })
  session.on('error', () => {})
  sessions.push(session)
  return session
}

const documentOf = (url: string) => ({
  _format_version: '3.0',
  services: [{ name: 'origin', url, routes: [{ name: 'all', paths: ['/'] }] }],
  certificates: [{ ...certificate, snis: [{ name: 'shop.test' }] }],
})

beforeAll(async () => {
  origin = await Origin.start('origin', (request, response, received) => {
    if (received.url.startsWith('/held')) {
      response.on('close', () => {
        if (!response.writableFinished) aborted.push(received.url)
      })
      response.write('first')
      held.push(() => response.end('last'))
    } else if (received.url.startsWith('/large')) response.end(Buffer.alloc(4 * 1024 * 1024, 'x'))
    else if (received.url.startsWith('/trailers')) {
      response.writeHead(200, { Trailer: 'X-Sum' })
      response.write('body')
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    } else if (received.url.startsWith('/none')) response.writeHead(204).end()
    else response.setHeader('Set-Cookie', ['a=1', 'b=2']).end(request.method === 'HEAD' ? undefined : JSON.stringify(received))
  })
  node = await NodeProcess.start({ env: { SLUICE_H2C: 'on', SLUICE_PROXY_TLS_LISTEN: '127.0.0.1:0' } })
  const { status, body } = await node.postConfig(documentOf(origin.url))
  if (status !== 201) throw new Error(JSON.stringify(body.issues))
  secure = `https://${(JSON.parse(readFileSync(join(node.dataDir, 'listen.json'), 'utf8')) as { tls: string }).tls}`
})
afterEach(async () => {
  for (const release of held.splice(0)) release()
  for (const session of sessions.splice(0)) await closeSession(session)
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

describe.each([['h2c'], ['h2']])('a request over %s', (kind) => {
  const base = () => (kind === 'h2' ? secure : node.proxy)

  test('reaches the upstream as HTTP/1.1, and its answer comes back whole', async () => {
    const answer = await fetchHttp2(open(base()), { ':path': '/a/b?c=d', 'x-one': ['1', '2'], cookie: ['a=1', 'b=2'] })
    expect(answer.status).toBe(200)
    expect(answer.rstCode).toBe(0)
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(answer.headers['x-sluice-request-id']).toMatch(/^[0-9a-f]{32}$/)
    expect(answer.headers.connection).toBeUndefined()
    const received = JSON.parse(answer.body.toString())
    expect(received.url).toBe('/a/b?c=d')
    expect(received.headers['x-one']).toBe('1, 2')
    expect(received.headers.via).toMatch(/^2\.0 /)
    expect(received.headers['x-forwarded-proto']).toBe(kind === 'h2' ? 'https' : 'http')
    expect(received.headers.cookie).toBe('a=1; b=2')
    expect(received.headers['transfer-encoding']).toBeUndefined()
    expect(received.headers['content-length']).toBeUndefined()
  })

  test('with a body of known and of unknown length', async () => {
    const session = open(base())
    const known = await fetchHttp2(session, { ':method': 'POST', ':path': '/', 'content-length': '5' }, 'hello')
    expect(JSON.parse(known.body.toString())).toMatchObject({ body: 'hello', headers: { 'content-length': '5' } })
    const large = Buffer.alloc(1024 * 1024, 'y')
    const unknown = await fetchHttp2(session, { ':method': 'POST', ':path': '/' }, large)
    const received = JSON.parse(unknown.body.toString())
    expect(received.headers['transfer-encoding']).toBe('chunked')
    expect(received.body.length).toBe(large.byteLength)
  })

  test('HEAD, 204 and a large answer', async () => {
    const session = open(base())
    const [head, none, large] = await Promise.all([
      fetchHttp2(session, { ':method': 'HEAD', ':path': '/' }),
      fetchHttp2(session, { ':path': '/none' }),
      fetchHttp2(session, { ':path': '/large' }),
    ])
    expect([head.status, head.body.byteLength, head.rstCode]).toEqual([200, 0, 0])
    expect([none.status, none.body.byteLength, none.rstCode]).toEqual([204, 0, 0])
    expect([large.status, large.body.byteLength, large.rstCode]).toEqual([200, 4 * 1024 * 1024, 0])
    expect(large.headers['content-length']).toBe(String(4 * 1024 * 1024))
  })

  test('no route: the error of the gateway', async () => {
    await node.postConfig({ ...documentOf(origin.url), services: [] })
    const answer = await fetchHttp2(open(base()), { ':path': '/' })
    await node.postConfig(documentOf(origin.url))
    expect(answer.status).toBe(404)
    expect(JSON.parse(answer.body.toString()).message).toBe('no Route matched with those values')
  })
})

describe('one connection', () => {
  test('carries many requests at once, and an answer that waits holds nobody up', async () => {
    const session = open()
    const waiting = session.request({ ':path': '/held' })
    const waited = answerOf(waiting)
    await new Promise((resolve) => waiting.once('response', resolve))
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => fetchHttp2(session, { ':path': `/n/${index}` })))
    expect(answers.map(({ body }) => JSON.parse(body.toString()).url)).toEqual(answers.map((_, index) => `/n/${index}`))
    for (const release of held.splice(0)) release()
    expect((await waited).body.toString()).toBe('firstlast')
  })

  test('announces at most 100 streams, and refuses what is above', async () => {
    const session = open()
    await new Promise((resolve) => session.once('remoteSettings', resolve))
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100)
    expect(session.remoteSettings.maxHeaderListSize).toBe(32 * 1024)
  })

  test('takes no part in what HTTP/1.1 clients get on the same address', async () => {
    expect((await sendRaw({ base: node.proxy, path: '/h1' })).status).toBe(200)
    expect((await sendRaw({ base: node.proxy, path: '/h1', method: 'POST', body: 'PRI' })).body).toContain('"body":"PRI"')
    const odd = connectPlain(Number(new URL(node.proxy).port), '127.0.0.1')
    let text = ''
    odd.on('data', (bytes: Buffer) => {
      text += bytes.toString()
    })
    odd.write('PRI * HTTP/2.0\r\n\r')
    odd.write('\nXX\r\n\r\n')
    await new Promise((resolve) => odd.once('close', resolve))
    expect(text).toMatch(/^HTTP\/1\.1 (400|505) /)
  })

  test('is chosen by ALPN: a client that offers HTTP/1.1 alone gets that', async () => {
    const { hostname, port } = new URL(secure)
    const socket = connectTls({ host: hostname, port: Number(port), servername: 'shop.test', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.write('GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n')
    const text = await new Promise<string>((resolve) => socket.once('data', (bytes: Buffer) => resolve(bytes.toString())))
    expect(text).toContain('HTTP/1.1 200')
    socket.destroy()
  })
})

describe('streams', () => {
  test('trailers of the upstream come at the end', async () => {
    const answer = await fetchHttp2(open(), { ':path': '/trailers', te: 'trailers' })
    expect(answer.body.toString()).toBe('body')
    expect(answer.trailers).toMatchObject({ 'x-sum': '42' })
  })

  test('a client that takes its request back ends the one upstream', async () => {
    const session = open()
    const stream = session.request({ ':path': '/held/cancelled' })
    const answer = answerOf(stream)
    await new Promise((resolve) => stream.once('response', resolve))
    stream.close(constants.NGHTTP2_CANCEL)
    await answer
    await until('the upstream to see it', () => (aborted.includes('/held/cancelled') ? true : null))
    expect((await fetchHttp2(session, { ':path': '/after' })).status).toBe(200)
  })

  test('an upstream that breaks off in the middle resets the stream and nothing else', async () => {
    const session = open()
    const stream = session.request({ ':path': '/held/broken' })
    const answer = answerOf(stream)
    await new Promise((resolve) => stream.once('response', resolve))
    origin.server.closeAllConnections()
    expect((await answer).rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    expect((await fetchHttp2(session, { ':path': '/after' })).status).toBe(200)
  })
})

describe('an answer before the end of the upload', () => {
  test('comes whole, and the client is told to stop', async () => {
    await node.postConfig({ ...documentOf(origin.url), services: [] })
    const stream = open().request({ ':method': 'POST', ':path': '/' })
    const answered = answerOf(stream)
    stream.write('the beginning of much')
    const answer = await answered
    await node.postConfig(documentOf(origin.url))
    expect([answer.status, answer.rstCode]).toEqual([404, constants.NGHTTP2_NO_ERROR])
    expect(JSON.parse(answer.body.toString()).message).toBe('no Route matched with those values')
  })
})

describe('drain', () => {
  test('tells clients to go elsewhere, and ends what runs first', async () => {
    const draining = await NodeProcess.start({ env: { SLUICE_H2C: 'on' } })
    await draining.postConfig({ ...documentOf(origin.url), certificates: [] })
    const session = open(draining.proxy)
    const stream = session.request({ ':path': '/held/drain' })
    const answer = answerOf(stream)
    await new Promise((resolve) => stream.once('response', resolve))
    const away = new Promise<number>((resolve) => session.once('goaway', resolve))
    const stopped = draining.stop()
    expect(await away).toBe(constants.NGHTTP2_NO_ERROR)
    for (const release of held.splice(0)) release()
    const { body, rstCode } = await answer
    expect([body.toString(), rstCode]).toEqual(['firstlast', 0])
    await stopped
  })
})
