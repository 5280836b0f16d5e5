import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { RawOrigin } from './harness/raw-origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { RawSocket, statusOf } from './harness/raw-socket.ts'

/** Bodies stream: nothing is held back, nothing is lost, and nothing that broke looks finished. */

const MIB = 1024 * 1024
const LARGE = 200 * MIB
/** Room for the collector of the two runtimes in a node, which lets garbage lie for a while; far below the body. */
const FLAT = 80 * MIB

let node: NodeProcess
let server: Server
let handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end()

beforeAll(async () => {
  server = createServer((incoming, response) => handle(incoming, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  node = await NodeProcess.start()
  await serve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
afterAll(async () => {
  await node?.stop()
  server?.closeAllConnections()
  server?.close()
})

async function serve(url: string, plugins: unknown[] = [], extra: Record<string, unknown> = {}): Promise<void> {
  const answer = await node.postConfig({
    _format_version: '3.0',
    services: [{ name: 'origin', url, plugins, routes: [{ name: 'r', paths: ['/'], request_buffering: false }] }],
    ...extra,
  })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

/** Resident memory of the node, in bytes. */
const residentBytes = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1]) * 1024

/** Waits until a growing number has stopped growing, and gives it. */
function untilStill(what: string, read: () => number): Promise<number> {
  let before = -1
  let looks = 0
  return until(what, () => {
    const now = read()
    looks = now === before ? looks + 1 : 0
    before = now
    return looks >= 10 ? now : null
  })
}

/** Writes `total` bytes as fast as the stream takes them; counts what it took. */
function pour(stream: ServerResponse | ReturnType<typeof request>, total: number): { written(): number } {
  const piece = Buffer.alloc(64 * 1024, 'x')
  let written = 0
  const more = () => {
    while (written < total) {
      written += piece.byteLength
      if (!stream.write(piece)) {
        stream.once('drain', more)
        return
      }
    }
    stream.end()
  }
  more()
  return { written: () => written }
}

function open(method: string, path = '/', headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(node.proxy)
  return request({ hostname, port, method, path, headers, agent: false })
}

describe('200 MiB', () => {
  test('to a client that pauses wait at the upstream, not in the node', async () => {
    let poured: { written(): number } | null = null
    handle = (_, response) => {
      poured = pour(response, LARGE)
    }
    const outgoing = open('GET')
    const response = await new Promise<IncomingMessage>((resolve) => outgoing.once('response', resolve).end())
    response.pause()
    const stopped = await untilStill('the upstream to be held up', () => poured?.written() ?? 0)
    expect(stopped).toBeLessThan(LARGE / 2)
    const before = residentBytes()
    let received = 0
    let peak = before
    response.on('data', (chunk: Buffer) => {
      received += chunk.byteLength
      if (received % (4 * MIB) < chunk.byteLength) peak = Math.max(peak, residentBytes())
    })
    const ended = new Promise((resolve) => response.once('end', resolve))
    response.resume()
    await ended
    expect(received).toBe(LARGE)
    expect(peak - before).toBeLessThan(FLAT)
  })

  test('to an upstream that pauses wait at the client', async () => {
    let incoming: IncomingMessage | null = null
    let received = 0
    handle = (request, response) => {
      incoming = request
      request.on('data', (chunk: Buffer) => {
        received += chunk.byteLength
      })
      request.pause()
      request.once('end', () => response.end('whole'))
    }
    const before = residentBytes()
    const outgoing = open('POST', '/', { 'content-length': String(LARGE) })
    const answered = new Promise<IncomingMessage>((resolve) => outgoing.once('response', resolve))
    const poured = pour(outgoing, LARGE)
    await until('the upstream to have the head', () => incoming)
    const stopped = await untilStill('the client to be held up', poured.written)
    expect(stopped).toBeLessThan(LARGE / 2)
    expect(residentBytes() - before).toBeLessThan(FLAT)
    ;(incoming as IncomingMessage | null)?.resume()
    expect((await answered).statusCode).toBe(200)
    expect(received).toBe(LARGE)
  })
})

describe('an answer that breaks off', () => {
  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'],
    ['in the middle of a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\npart'],
    ['in unreadable chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nxyz\r\n'],
  ])('%s never looks finished to the client', async (_, text) => {
    const origin = await RawOrigin.start(({ socket }) => socket.end(text))
    await serve(origin.url)
    const received = await RawSocket.talk(node.proxy, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await origin.stop()
    expect(statusOf(received)).toBe(200)
    expect(received).toContain('part')
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/)
  })

  test.each([
    ['nothing', ''],
    ['something that is not HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a length beside chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n'],
    ['an upgrade that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['interim answers without end', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(40)],
  ])('an upstream that answers %s is a 502', async (_, text) => {
    const origin = await RawOrigin.start(({ socket }) => socket.end(text))
    await serve(origin.url)
    const answer = await sendRaw({ base: node.proxy, path: '/' })
    await origin.stop()
    expect(answer.status).toBe(502)
    expect(answer.body).toContain('An invalid response was received from the upstream server')
  })
})

describe('a client that goes away', () => {
  test.each([
    ['while the upstream thinks', ''],
    ['in the middle of the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart'],
  ])('%s ends the attempt at once', async (_, text) => {
    const origin = await RawOrigin.start(({ socket }) => {
      socket.write(text)
    })
    await serve(origin.url)
    const client = await RawSocket.open(node.proxy)
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const connection = await until('the request upstream', () => origin.connections[0] ?? null)
    if (text !== '') await client.until(/part/)
    const closed = new Promise((resolve) => connection.socket.once('close', resolve))
    client.destroy()
    await closed
    await origin.stop()
  })

  test('in the middle of its body leaves the upstream without the end of one', async () => {
    const origin = await RawOrigin.start()
    await serve(origin.url)
    const client = await RawSocket.open(node.proxy)
    client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n')
    const connection = await until('the part upstream', () => origin.connections.find(({ text }) => text.includes('part')) ?? null)
    const closed = new Promise((resolve) => connection.socket.once('close', resolve))
    client.destroy()
    await closed
    expect(connection.text).not.toContain('\r\n0\r\n')
    await origin.stop()
  })
})

describe('an answer before the end of the upload', () => {
  test('reaches the client, and the upload ends', async () => {
    let received = 0
    const origin = await RawOrigin.start(({ socket, text }) => {
      received = text.length
      if (socket.bytesWritten === 0) socket.write('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\n\r\nbig')
    })
    await serve(origin.url)
    const outgoing = open('POST', '/', { 'content-length': String(20 * MIB) })
    outgoing.on('error', () => {})
    const response = await new Promise<IncomingMessage>((resolve) => {
      outgoing.once('response', resolve)
      pour(outgoing, 20 * MIB)
    })
    expect(response.statusCode).toBe(413)
    await until('the connection to the upstream to end', () => (origin.connections[0]?.socket.destroyed === true ? true : null))
    expect(received).toBeLessThan(20 * MIB)
    outgoing.destroy()
    await origin.stop()
  })

  test('of the gateway itself leaves the connection usable once the rest has come', async () => {
    await serve('http://127.0.0.1:1', [{ name: 'key-auth' }])
    const client = await RawSocket.open(node.proxy)
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf')
    await client.until(/^HTTP\/1\.1 401/)
    client.write('rest')
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.until(/HTTP\/1\.1 401[\s\S]*HTTP\/1\.1 401/)
    client.destroy()
  })

  test('closes the connection of a client that does not come to an end', async () => {
    await serve('http://127.0.0.1:1', [{ name: 'key-auth' }])
    const received = await RawSocket.talk(node.proxy, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf')
    expect(statusOf(received)).toBe(401)
  })
})

describe('a body that a plugin looked into', () => {
  const keyed = {
    consumers: [{ username: 'anna', keyauth_credentials: [{ key: 'anna-key' }] }, { username: 'anyone' }],
  }
  const plugins = [{ name: 'key-auth', config: { key_in_body: true, anonymous: 'anyone' } }]
  let origin: Origin
  beforeAll(async () => {
    origin = await Origin.start('origin', (_, response, received) => response.end(received.headers['x-consumer-username']))
    await serve(origin.url, plugins, keyed)
  })
  afterAll(async () => origin?.stop())

  test.each([
    ['with a length', ['Content-Type', 'application/json'], '{"apikey":"anna-key","n":1}', 'anna'],
    ['in chunks', ['Content-Type', 'application/json', 'Transfer-Encoding', 'chunked'], '{"apikey":"anna-key","n":1}', 'anna'],
    ['that is too long to look into', ['Content-Type', 'application/json'], `{"apikey":"anna-key","n":"${'x'.repeat(200_000)}"}`, 'anyone'],
    ['that is too long, in chunks', ['Content-Type', 'application/json', 'Transfer-Encoding', 'chunked'], `{"n":"${'x'.repeat(200_000)}"}`, 'anyone'],
    ['that is empty', ['Content-Type', 'application/json'], '', 'anyone'],
  ])('%s goes upstream whole', async (_, headers, body, who) => {
    const answer = await sendRaw({ base: node.proxy, method: 'POST', path: '/', headers, body })
    expect(answer).toMatchObject({ status: 200, body: who })
    expect(origin.received.at(-1)?.body).toBe(body)
  })
})

describe('Expect: 100-continue', () => {
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n'

  test('is granted when the body is wanted', async () => {
    const origin = await Origin.start('origin', (_, response, received) => response.end(`${received.body} ${String(received.headers.expect)}`))
    await serve(origin.url)
    const client = await RawSocket.open(node.proxy)
    client.write(head)
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    client.write('body')
    await client.until(/HTTP\/1\.1 200 OK[\s\S]*body undefined/)
    client.destroy()
    await origin.stop()
  })

  test('is not granted to a request that is refused, and its connection ends', async () => {
    await serve('http://127.0.0.1:1', [{ name: 'key-auth' }])
    const received = await RawSocket.talk(node.proxy, head)
    expect(statusOf(received)).toBe(401)
    expect(received).toContain('Connection: close')
  })
})

test('early hints are passed on before the answer', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload; as=style\r\n\r\n'
  const origin = await RawOrigin.start(({ socket }) => socket.write(`${hints}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`))
  await serve(origin.url)
  const client = await RawSocket.open(node.proxy)
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const text = await client.until(/200 OK[\s\S]*ok$/)
  client.destroy()
  await origin.stop()
  expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload; as=style\r\n\r\nHTTP\/1\.1 200/i)
})
