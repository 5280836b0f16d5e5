import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess } from './harness/node-process.ts'
import { Origin, type Received } from './harness/origin.ts'
import { answerHeads, RawOrigin } from './harness/raw-origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { RawSocket, statusOf } from './harness/raw-socket.ts'

/** How a node reads requests, what it writes upstream, and what it writes back. */

let node: NodeProcess
let origin: Origin
let raw: RawOrigin

const echo = (received: Received) => JSON.stringify(received)

async function apply(document: Record<string, unknown>): Promise<void> {
  const answer = await node.postConfig({ _format_version: '3.0', ...document })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

beforeAll(async () => {
  origin = await Origin.start('echo', (_, response, received) => response.end(echo(received)))
  raw = await RawOrigin.start(answerHeads)
  node = await NodeProcess.start()
  await apply({
    services: [
      {
        name: 'echo',
        url: origin.url,
        routes: [
          { name: 'echo', paths: ['/echo'] },
          { name: 'kept', paths: ['/kept'], strip_path: false, preserve_host: true },
        ],
      },
      { name: 'raw', url: raw.url, read_timeout: 1_000, retries: 0, routes: [{ name: 'raw', paths: ['/raw'], request_buffering: false }] },
      {
        name: 'secure',
        url: origin.url,
        routes: [
          { paths: ['/secure'], protocols: ['https'] },
          { paths: ['/moved'], protocols: ['https'], https_redirect_status_code: 301 },
        ],
      },
      { name: 'down', host: '127.0.0.1', port: 1, retries: 0, routes: [{ paths: ['/down'] }] },
    ],
    routes: [{ name: 'nowhere', paths: ['/nowhere'] }],
  })
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
  await raw?.stop()
})

describe('a body goes upstream with the framing of one message', () => {
  test.each(['GET', 'DELETE', 'OPTIONS', 'HEAD', 'POST'])('%s with a chunked body that looks like another request', async (method) => {
    const hidden = 'GET /admin HTTP/1.1\r\nHost: internal\r\n\r\n'
    const client = await RawSocket.open(node.proxy)
    const before = raw.connections.length
    client.write(`${method} /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`)
    await client.until(/^HTTP\/1\.1 200/)
    client.destroy()
    const text = raw.connections[before]?.text ?? raw.text
    expect(text).toContain('Transfer-Encoding: chunked\r\n')
    expect(text.slice(text.lastIndexOf(`${method} / HTTP/1.1`))).toMatch(new RegExp(`\\r\\n\\r\\n${hidden.length.toString(16)}\\r\\n`))
  })

  test('a length that the client gave is kept, and none is made up', async () => {
    const withLength = JSON.parse((await sendRaw({ base: node.proxy, method: 'POST', path: '/echo', body: 'abc' })).body)
    expect(withLength.headers).toMatchObject({ 'content-length': '3' })
    const withZero = JSON.parse((await sendRaw({ base: node.proxy, method: 'POST', path: '/echo', headers: ['Content-Length', '0'] })).body)
    expect(withZero.headers).toMatchObject({ 'content-length': '0' })
    const without = JSON.parse((await sendRaw({ base: node.proxy, method: 'GET', path: '/echo' })).body)
    expect(Object.keys(without.headers)).not.toEqual(expect.arrayContaining(['content-length']))
    expect(Object.keys(without.headers)).not.toEqual(expect.arrayContaining(['transfer-encoding']))
  })

  test('chunk extensions are left out, and trailers do not become header fields', async () => {
    const client = await RawSocket.open(node.proxy)
    client.write('POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;name=value\r\nabc\r\n0\r\nX-Trailer: late\r\n\r\n')
    const answer = await client.until(/"body":"abc"/)
    client.destroy()
    expect(answer).not.toContain('late')
  })
})

describe('answers come in the order of the requests', () => {
  test('to pipelined requests', async () => {
    const client = await RawSocket.open(node.proxy)
    client.write(['one', 'two', 'three'].map((name) => `GET /echo/${name} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
    const text = await client.until(/one[\s\S]*two[\s\S]*three/)
    client.destroy()
    expect(text.match(/HTTP\/1\.1 200/g)?.length).toBe(3)
  })

  test('a good request before a bad one is answered first', async () => {
    const text = await RawSocket.talk(node.proxy, 'GET /echo/first HTTP/1.1\r\nHost: a\r\n\r\nNONSENSE\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 200[\s\S]*\/first[\s\S]*HTTP\/1\.1 400/)
  })

  test('a bad request on a kept connection is answered 400, not only cut', async () => {
    const client = await RawSocket.open(node.proxy)
    client.write('GET /echo/first HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.until(/\/first/)
    client.write('NONSENSE\r\n\r\n')
    await client.closed
    expect(client.received).toMatch(/HTTP\/1\.1 400 Bad Request[\s\S]*Connection: close/)
  })

  test('to HTTP/1.0, with the connection closed after it', async () => {
    const text = await RawSocket.talk(node.proxy, 'GET /echo HTTP/1.0\r\n\r\n')
    expect(statusOf(text)).toBe(200)
    expect(text).not.toContain('chunked')
  })
})

describe('the head that goes upstream', () => {
  const received = async (headers: string[], path = '/echo/x') => JSON.parse((await sendRaw({ base: node.proxy, path, headers })).body) as Received

  test('says who asked whom for what', async () => {
    const { headers, url } = await received(['Host', 'shop.test:8000', 'Accept', 'text/css'], '/echo/a%20b?x=1&x=2?')
    expect(url).toBe('/a%20b?x=1&x=2?')
    expect(headers).toMatchObject({
      host: `127.0.0.1:${origin.port}`,
      via: '1.1 sluice',
      accept: 'text/css',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.test',
      'x-forwarded-port': new URL(node.proxy).port,
      'x-forwarded-path': '/echo/a%20b',
      'x-forwarded-prefix': '/echo',
      'x-real-ip': '127.0.0.1',
      'x-sluice-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(headers['user-agent']).toBeUndefined()
  })

  test('keeps the Host where the route says so, and has no prefix where none was stripped', async () => {
    const { headers } = await received(['Host', 'shop.test:8000'], '/kept/x')
    expect(headers.host).toBe('shop.test:8000')
    expect(headers['x-forwarded-prefix']).toBeUndefined()
  })

  test('believes nothing about the client from a peer that is not trusted', async () => {
    const { headers } = await received([
      ...['X-Forwarded-For', '203.0.113.9', 'X-Real-IP', '203.0.113.9', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'bank.test'],
      ...['X-Forwarded-Port', '443', 'X-Forwarded-Path', '/other', 'X-Forwarded-Prefix', '/p', 'X-Sluice-Request-Id', 'mine', 'Via', '1.0 before'],
    ])
    expect(headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': '127.0.0.1',
      'x-forwarded-port': new URL(node.proxy).port,
      'x-forwarded-path': '/echo/x',
      'x-forwarded-prefix': '/echo',
      via: '1.0 before, 1.1 sluice',
    })
    expect(headers['x-sluice-request-id']).not.toBe('mine')
  })

  test('loses what concerns one connection only, and what Connection names', async () => {
    const { headers } = await received([
      ...['Connection', 'keep-alive, X-Secret', 'X-Secret', '1', 'Keep-Alive', 'timeout=5', 'Proxy-Connection', 'close', 'Proxy', 'http://evil.test'],
      ...['TE', 'trailers, deflate', 'Upgrade', 'h2c', 'Proxy-Authorization', 'Basic x', 'Accept-Encoding', 'gzip'],
    ])
    for (const gone of ['x-secret', 'keep-alive', 'proxy-connection', 'proxy', 'upgrade', 'transfer-encoding']) expect(headers[gone], gone).toBeUndefined()
    expect(headers).toMatchObject({ connection: 'keep-alive', te: 'trailers', 'proxy-authorization': 'Basic x', 'accept-encoding': 'gzip' })
  })

  test('holds no line break that was escaped in the path', async () => {
    const { headers, url } = await received([], '/echo/a%0d%0aX-Injected:%20yes')
    expect(url).toBe('/a%0D%0AX-Injected:%20yes')
    expect(headers['x-injected']).toBeUndefined()
    expect(headers['x-forwarded-path']).toBe('/echo/a%0d%0aX-Injected:%20yes')
  })

  test('takes the authority of an absolute target as Host', async () => {
    const text = await RawSocket.talk(node.proxy, 'GET http://shop.test/echo?q=1 HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n')
    expect(text).toContain('"x-forwarded-host":"shop.test"')
    expect(text).toContain('"url":"/?q=1"')
  })
})

describe('answers of the gateway itself', () => {
  test.each([
    ['no route', '/none', 404, 'no Route matched with those values'],
    ['a route without a service', '/nowhere', 503, 'no Service found with those values'],
    ['https only', '/secure', 426, 'Please use HTTPS protocol'],
  ])('%s: Kong’s status and text in JSON, with our headers', async (_, path, status, message) => {
    const answer = await sendRaw({ base: node.proxy, path })
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toEqual({ message, request_id: answer.headers['x-sluice-request-id'] })
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', server: 'sluice', 'content-length': String(Buffer.byteLength(answer.body)) })
    expect(answer.headers['x-sluice-response-latency']).toMatch(/^\d+$/)
    expect(Date.parse(String(answer.headers.date))).toBeGreaterThan(0)
    for (const absent of ['via', 'x-sluice-upstream-latency', 'x-sluice-proxy-latency']) expect(answer.headers[absent], absent).toBeUndefined()
  })

  test.each([
    ['text/html', 'text/html; charset=utf-8', /^<!doctype html>[\s\S]*<p>no Route matched with those values\.<\/p>/],
    ['application/xml', 'application/xml; charset=utf-8', /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<error>\n {2}<message>no Route/],
    ['text/plain', 'text/plain; charset=utf-8', /^no Route matched with those values\nrequest_id: [0-9a-f]{32}\n$/],
    ['text/*', 'text/plain; charset=utf-8', /^no Route/],
    ['*/*', 'application/json; charset=utf-8', /^\{\n {2}"message"/],
    ['image/png', 'application/json; charset=utf-8', /^\{/],
    ['text/html;q=0.3, application/xml;q=0.9', 'application/xml; charset=utf-8', /^<\?xml/],
  ])('Accept %s gets %s', async (accept, type, body) => {
    const answer = await sendRaw({ base: node.proxy, path: '/none', headers: ['Accept', accept] })
    expect(answer.headers['content-type']).toBe(type)
    expect(answer.body).toMatch(body)
  })

  test('a HEAD has the length of the GET and no body', async () => {
    const answer = await sendRaw({ base: node.proxy, path: '/none', method: 'HEAD' })
    expect(answer.status).toBe(404)
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(50)
    expect(answer.body).toBe('')
  })

  test('a failed attempt follows the request’s Content-Type, else plain text, and says how long it took', async () => {
    const plain = await sendRaw({ base: node.proxy, path: '/down' })
    expect(plain.status).toBe(502)
    expect(plain.body).toMatch(/^An invalid response was received from the upstream server\nrequest_id: /)
    expect(plain.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', via: '1.1 sluice', server: 'sluice' })
    expect(plain.headers['x-sluice-upstream-latency']).toMatch(/^\d+$/)
    expect(plain.headers['x-sluice-response-latency']).toBeUndefined()
    const json = await sendRaw({ base: node.proxy, path: '/down', method: 'POST', headers: ['Content-Type', 'application/json'], body: '{}' })
    expect(JSON.parse(json.body)).toMatchObject({ message: 'An invalid response was received from the upstream server' })
  })

  test('an https-only route over http is told to upgrade, or redirected to the same place', async () => {
    const upgrade = await sendRaw({ base: node.proxy, path: '/secure' })
    expect(upgrade.headers).toMatchObject({ connection: expect.stringContaining('Upgrade'), upgrade: 'TLS/1.2, HTTP/1.1' })
    const moved = await sendRaw({ base: node.proxy, path: '/moved/a%20b%0d%0ax?q=1', headers: ['Host', 'shop.test:8000'] })
    expect(moved.status).toBe(301)
    expect(moved.headers).toMatchObject({ location: 'https://shop.test/moved/a%20b%0d%0ax?q=1', 'content-type': 'text/html' })
  })
})

describe('the head that goes to the client', () => {
  let answering: Origin
  beforeAll(async () => {
    answering = await Origin.start('answering', (request, response) => {
      const [status = '200', ...fields] = (request.url ?? '').slice(1).split('&').map(decodeURIComponent)
      const headers = fields.flatMap((field) => field.split(/=(.*)/).slice(0, 2))
      response.sendDate = false
      response.writeHead(Number(status), headers)
      response.end(request.method === 'HEAD' || status === '204' || status === '304' ? undefined : 'body')
    })
    await apply({ services: [{ name: 'answering', url: answering.url, routes: [{ paths: ['/'] }] }] })
  })
  afterAll(async () => answering?.stop())
  const ask = (path: string, method = 'GET') => sendRaw({ base: node.proxy, path: path.replaceAll(' ', '%20'), method })

  test('carries our latencies, request id and Via beside the upstream’s fields', async () => {
    const { headers } = await ask('/200&X-Own=1&Via=1.1 inner&X-Sluice-Request-Id=theirs')
    expect(headers).toMatchObject({ 'x-own': '1', via: '1.1 inner, 1.1 sluice', server: 'sluice' })
    expect(headers['x-sluice-upstream-latency']).toMatch(/^\d+$/)
    expect(headers['x-sluice-proxy-latency']).toMatch(/^\d+$/)
    expect(headers['x-sluice-request-id']).toMatch(/^[0-9a-f]{32}$/)
    expect(headers['x-sluice-response-latency']).toBeUndefined()
    expect(headers.date).toBeUndefined()
  })

  test('keeps the Server of the upstream and repeated fields', async () => {
    const { headers, rawHeaders } = await ask('/200&Server=caddy&Set-Cookie=a=1&Set-Cookie=b=2')
    expect(headers.server).toBe('caddy')
    expect(rawHeaders.filter((field) => field.toLowerCase() === 'set-cookie').length).toBe(2)
  })

  test('loses what concerns the upstream’s connection only', async () => {
    const { headers } = await ask('/200&Connection=close, X-Private&X-Private=1&Keep-Alive=timeout=9&Upgrade=h2c')
    for (const gone of ['x-private', 'upgrade']) expect(headers[gone], gone).toBeUndefined()
    expect(headers.connection).not.toBe('close, X-Private')
  })

  test.each([
    ['HEAD', '/200&Content-Length=4', 200, '4'],
    ['GET', '/204', 204, undefined],
    ['GET', '/304&Content-Length=4', 304, '4'],
  ])('a %s of %s has no body, and the connection serves the next request', async (method, path, status, length) => {
    const client = await RawSocket.open(node.proxy)
    client.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const text = await client.until(/\r\n\r\n/)
    expect(statusOf(text)).toBe(status)
    expect(/content-length: (\d+)/i.exec(text)?.[1]).toBe(length)
    client.write('GET /200&X-Next=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await client.closed
    expect(client.received.slice(text.length)).toMatch(/^HTTP\/1\.1 200[\s\S]*X-Next: 1/)
    client.destroy()
  })
})

describe('behind a trusted proxy', () => {
  let trusting: NodeProcess
  beforeAll(async () => {
    trusting = await NodeProcess.start({ env: { SLUICE_TRUSTED_IPS: '127.0.0.0/8', SLUICE_REAL_IP_HEADER: 'X-Forwarded-For', SLUICE_REAL_IP_RECURSIVE: 'on' } })
    await trusting.postConfig({
      _format_version: '3.0',
      services: [{ name: 'echo', url: origin.url, routes: [{ paths: ['/echo'] }, { paths: ['/secure'], protocols: ['https'], https_redirect_status_code: 302 }] }],
    })
  })
  afterAll(async () => trusting?.stop())

  test('what it says about the client is passed on', async () => {
    const said = {
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'shop.test',
      'X-Forwarded-Port': '443',
      'X-Forwarded-Path': '/outer',
      'X-Forwarded-Prefix': '/p',
      'X-Real-IP': '203.0.113.9',
    }
    const { body } = await sendRaw({ base: trusting.proxy, path: '/echo', headers: ['X-Forwarded-For', '203.0.113.9', ...Object.entries(said).flat()] })
    const { headers } = JSON.parse(body) as Received
    expect(headers).toMatchObject({ ...Object.fromEntries(Object.entries(said).map(([name, value]) => [name.toLowerCase(), value])), 'x-forwarded-for': '203.0.113.9, 127.0.0.1' })
  })

  test('an https-only route believes it about https, and redirects to the host that it names', async () => {
    const over = (proto: string) => sendRaw({ base: trusting.proxy, path: '/secure', headers: ['X-Forwarded-Proto', proto, 'X-Forwarded-Host', 'shop.test'] })
    expect((await over('https')).status).toBe(200)
    const plain = await over('http')
    expect(plain.status).toBe(302)
    expect(plain.headers.location).toBe('https://shop.test/secure')
  })
})
