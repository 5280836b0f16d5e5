import { connect } from 'node:http2'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeSession, fetchHttp2 } from './harness/http2-client.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { RawOrigin } from './harness/raw-origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** What plugins ask of the node beyond a reply: bodies within bounds, another request upstream, another body for the client. */

let node: NodeProcess
let origin: Origin
const raws: RawOrigin[] = []

beforeAll(async () => {
  origin = await Origin.start('echo', (_, response, received) => {
    if (received.url.startsWith('/json')) {
      response.setHeader('content-type', 'application/json')
      // Two writes without a length: it comes in chunks.
      response.write('{"id":12345678901234567890,')
      response.end('"secret":1}')
    } else response.end('plain')
  })
  node = await NodeProcess.start({ env: { SLUICE_ACCESS_LOG: 'stdout', SLUICE_H2C: 'on' } })
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})
beforeEach(() => {
  origin.received.length = 0
})
afterEach(async () => {
  await Promise.all(raws.splice(0).map((raw) => raw.stop()))
})

interface Plugin {
  name: string
  config: Record<string, unknown>
}

async function serve(plugins: Plugin[], service: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<void> {
  const document = { _format_version: '3.0', services: [{ name: 's', url: origin.url, ...service, routes: [{ name: 'r', paths: ['/'], plugins }] }], ...more }
  const answer = await node.postConfig(document)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

const ask = (path = '/', more: { method?: string; headers?: string[]; body?: string } = {}) => sendRaw({ base: node.proxy, path, ...more })
const INVALID = 'An invalid response was received from the upstream server'

async function rawOrigin(answer: string): Promise<RawOrigin> {
  const raw = await RawOrigin.start(({ socket, text }) => {
    if (text.endsWith('\r\n\r\n')) socket.end(answer)
  })
  raws.push(raw)
  return raw
}

describe('request-size-limiting', () => {
  const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`
  const upload = 'POST / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'

  test('cuts off a streaming body that passes a limit above 1 MiB, with 413, and the upstream never sees its end', async () => {
    await serve([{ name: 'request-size-limiting', config: { allowed_payload_size: 2 } }])
    const answer = await RawSocket.talk(node.proxy, `${upload}${chunk(1_500_000)}${chunk(1_500_000)}0\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('Request size limit exceeded')
    expect(origin.received).toEqual([])
    const fits = await RawSocket.talk(node.proxy, `${upload}${chunk(1_000_000)}${chunk(1_000_000)}0\r\n\r\n`)
    expect(fits).toMatch(/^HTTP\/1\.1 200 /)
    expect(origin.received.map(({ body }) => body.length)).toEqual([2_000_000])
  })

  test('tells a client that waits for 100 Continue to keep its body: 417', async () => {
    await serve([{ name: 'request-size-limiting', config: { allowed_payload_size: 10, size_unit: 'bytes' } }])
    const answer = await RawSocket.talk(node.proxy, 'POST / HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 417 /)
    expect(answer).not.toContain('100 Continue')
  })

  test('has its own limit, whatever a plugin before it took of the body', async () => {
    await serve(
      [
        { name: 'key-auth', config: { key_in_body: true, anonymous: 'anna' } },
        { name: 'request-size-limiting', config: { allowed_payload_size: 512, size_unit: 'kilobytes' } },
      ],
      {},
      { consumers: [{ username: 'anna' }] },
    )
    const answer = await RawSocket.talk(node.proxy, `${upload}${chunk(50_000)}${chunk(50_000)}${chunk(50_000)}0\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(origin.received.map(({ body }) => body.length)).toEqual([150_000])
  })
})

describe('request-transformer', () => {
  test('sends another method, path, Host and body, with the length of that body', async () => {
    const config = { http_method: 'PUT', replace: { uri: '/v2/$(query_params.id)', headers: ['host:other.test'] }, add: { body: ['added:ü'] } }
    await serve([{ name: 'request-transformer', config }], { path: '/base' })
    await ask('/x?id=a%20b', { method: 'POST', headers: ['Content-Type', 'application/json'], body: '{"a":1}' })
    const [received] = origin.received
    expect(received).toMatchObject({ method: 'PUT', url: '/v2/a%20b?id=a%20b', body: '{"a":1,"added":"ü"}' })
    expect(received?.headers).toMatchObject({ host: 'other.test', 'content-length': '20', 'x-forwarded-path': '/x' })
  })

  test('answers HEAD without a body where the upstream was asked with GET', async () => {
    await serve([{ name: 'request-transformer', config: { http_method: 'GET' } }])
    const answer = await RawSocket.talk(node.proxy, 'HEAD / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/)
    expect(origin.received.map(({ method }) => method)).toEqual(['GET'])
  })
})

describe('response-transformer', () => {
  const without = { name: 'response-transformer', config: { remove: { json: ['secret'] }, max_body_size: 100 } }

  test('sends another JSON body with its length, and asks the upstream for a readable one', async () => {
    await serve([without])
    const answer = await ask('/json', { headers: ['Accept-Encoding', 'gzip'] })
    expect(answer).toMatchObject({ status: 200, body: '{"id":12345678901234567890}' })
    expect(answer.headers['content-length']).toBe('27')
    expect(answer.headers['transfer-encoding']).toBeUndefined()
    expect(origin.received[0]?.headers['accept-encoding']).toBeUndefined()
  })

  test('leaves HEAD and other types alone', async () => {
    await serve([without])
    expect((await ask('/text')).body).toBe('plain')
    expect(await ask('/json', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  })

  test('changes replies of the gateway too', async () => {
    await serve([without, { name: 'request-termination', config: { status_code: 403, content_type: 'application/json', body: '{"secret":1,"a":2}' } }])
    expect(await ask()).toMatchObject({ status: 403, body: '{"a":2}' })
  })

  test.each([
    ['that is longer than it may be held', `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 101\r\n\r\n{"secret":"${'x'.repeat(88)}"}`],
    ['that breaks off', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"secret":1'],
    ['whose chunks are too many', `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${`32\r\n${'x'.repeat(50)}\r\n`.repeat(4)}0\r\n\r\n`],
  ])('an answer %s becomes 502, and nothing of it gets out', async (_, text) => {
    const raw = await rawOrigin(text)
    await serve([without], { url: raw.url })
    const answer = await ask()
    expect(answer.status).toBe(502)
    expect(answer.body).toContain(INVALID)
    expect(answer.headers['content-length']).toBe(String(answer.body.length))
    expect(await ask()).toMatchObject({ status: 502 })
  })

  test('an answer that is nested too deep becomes 500, and nothing of it gets out', async () => {
    const body = `{"secret":${'['.repeat(300_000)}${']'.repeat(300_000)}}`
    const raw = await rawOrigin(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    await serve([{ name: 'response-transformer', config: { remove: { json: ['secret'] } } }], { url: raw.url })
    const answer = await ask()
    expect(answer.status).toBe(500)
    expect(answer.body).not.toContain('secret')
    expect(await node.line('a plugin could not handle a body')).toContain('RangeError')
  })
})

describe('upstream-timeout, redirect and route-by-header', () => {
  test('a read timeout of a route comes before that of its service: 504', async () => {
    const silent = await RawOrigin.start()
    raws.push(silent)
    await serve([{ name: 'upstream-timeout', config: { read_timeout: 100 } }], { url: silent.url, retries: 0 })
    expect((await ask()).status).toBe(504)
  })

  test('a redirect has Kong’s body, without a type', async () => {
    await serve([{ name: 'redirect', config: { location: 'https://shop.test', keep_incoming_path: true, status_code: 308 } }])
    const answer = await ask('/a%20b?c=1')
    expect(answer).toMatchObject({ status: 308, body: 'redirecting' })
    expect(answer.headers).toMatchObject({ location: 'https://shop.test/a%20b?c=1', 'content-length': '11' })
    expect(answer.headers['content-type']).toBeUndefined()
  })

  test('a header chooses the upstream', async () => {
    const other = await Origin.start('other')
    const upstreams = [{ name: 'other', targets: [{ target: `127.0.0.1:${other.port}` }] }]
    await serve([{ name: 'route-by-header', config: { rules: [{ condition: { 'x-side': 'other' }, upstream_name: 'other' }] } }], {}, { upstreams })
    expect((await ask('/', { headers: ['X-Side', 'other'] })).body).toBe('other')
    expect((await ask('/', { headers: ['X-Side', 'none'] })).body).toBe('plain')
    await other.stop()
  })
})

describe('fault-injection and security-headers', () => {
  test('an injected error has the headers of every answer, and the log names the fault', async () => {
    await serve([
      { name: 'fault-injection', config: { abort_status: 503, delay: 1 } },
      { name: 'security-headers', config: {} },
    ])
    const answer = await ask('/', { headers: ['Accept', 'application/json'] })
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.body)).toMatchObject({ message: 'fault injected' })
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(origin.received).toEqual([])
    expect(await node.line(String(answer.headers['x-sluice-request-id']))).toContain('delay,abort')
  })

  test('a client that leaves while it is held costs nothing more', async () => {
    await serve([{ name: 'fault-injection', config: { delay: 300 } }])
    const socket = await RawSocket.open(node.proxy)
    socket.write('GET /left HTTP/1.1\r\nHost: shop.test\r\n\r\n')
    socket.destroy()
    const stayed = await ask('/stayed')
    expect(stayed.status).toBe(200)
    await until('the one that left to be told', () => (node.output.includes('/left') ? true : null))
    expect(origin.received.map(({ url }) => url)).toEqual(['/stayed'])
  })
})

describe('over HTTP/2', () => {
  test('a body of unknown length is limited, and one of an answer is rewritten, for GET and HEAD', async () => {
    await serve([
      { name: 'request-size-limiting', config: { allowed_payload_size: 2 } },
      { name: 'response-transformer', config: { remove: { json: ['secret'] } } },
    ])
    const session = connect(node.proxy)
    session.on('error', () => {})
    const json = { ':path': '/json', ':authority': 'shop.test' }
    const get = await fetchHttp2(session, json)
    expect([get.status, get.body.toString(), get.headers['content-length']]).toEqual([200, '{"id":12345678901234567890}', '27'])
    const head = await fetchHttp2(session, { ...json, ':method': 'HEAD' })
    expect([head.status, head.body.byteLength, head.headers['content-length']]).toEqual([200, 0, undefined])
    const fits = await fetchHttp2(session, { ...json, ':path': '/', ':method': 'POST' }, Buffer.alloc(2 * 2 ** 20, 'x'))
    expect(fits.status).toBe(200)
    const tooLong = await fetchHttp2(session, { ...json, ':path': '/', ':method': 'POST' }, Buffer.alloc(2 * 2 ** 20 + 1, 'x'))
    expect(tooLong.status).toBe(413)
    expect(origin.received.map(({ body }) => body.length)).toEqual([0, 0, 2 * 2 ** 20])
    await closeSession(session)
  })
})
