import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { AcceptingOrigin, type RawTunnel } from './harness/accepting-origin.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { RawOrigin } from './harness/raw-origin.ts'
import { RawSocket, statusOf } from './harness/raw-socket.ts'
import { TapRelay } from './harness/tap-relay.ts'

/** Upgraded connections: bytes both ways, and no more open ends than there were. */

let node: NodeProcess
let server: Server
let sockets: WebSocketServer
/** Codes and reasons with which connections ended at the upstream. */
const closes: [number, string][] = []
const upgrades: { url: string; headers: Record<string, unknown> }[] = []

beforeAll(async () => {
  server = createServer((_, response) => response.writeHead(426, { 'X-Plain': 'yes' }).end('plain'))
  sockets = new WebSocketServer({ server, handleProtocols: (protocols) => [...protocols][0] ?? false })
  sockets.on('connection', (socket, request) => {
    upgrades.push({ url: request.url ?? '', headers: request.headers })
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    socket.on('close', (code, reason) => closes.push([code, reason.toString()]))
    if (request.url === '/bye') socket.close(4_001, 'enough')
    if (request.url === '/cut') socket.terminate()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  node = await NodeProcess.start()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await apply({
    services: [
      { name: 'echo', url, routes: [{ name: 'echo', paths: ['/echo'] }] },
      { name: 'keyed', url, routes: [{ name: 'keyed', paths: ['/keyed'] }], plugins: [{ name: 'key-auth' }] },
      { name: 'down', host: '127.0.0.1', port: 1, retries: 0, routes: [{ name: 'down', paths: ['/down'] }] },
    ],
    consumers: [{ username: 'anna', keyauth_credentials: [{ key: 'anna-key' }] }],
  })
})
afterAll(async () => {
  await node?.stop()
  for (const socket of sockets?.clients ?? []) socket.terminate()
  server?.closeAllConnections()
  server?.close()
})

async function apply(document: Record<string, unknown>): Promise<void> {
  const { status, body } = await node.postConfig({ _format_version: '3.0', ...document })
  if (status !== 201) throw new Error(JSON.stringify(body.issues))
}

async function open(path: string, protocols: string[] = [], headers: Record<string, string> = {}): Promise<WebSocket> {
  const client = new WebSocket(`${node.proxy.replace('http', 'ws')}${path}`, protocols, { headers })
  await once(client, 'open')
  return client
}

/** Status of the answer to an upgrade that was not accepted. */
async function refusal(path: string, headers: Record<string, string> = {}): Promise<number> {
  const client = new WebSocket(`${node.proxy.replace('http', 'ws')}${path}`, { headers })
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, { statusCode: number; destroy(): void }]
  client.on('error', () => {})
  response.destroy()
  return response.statusCode
}

const connections = async () => ((await (await fetch(`${node.status}/status`)).json()) as { connections: number }).connections
const untilNoneIsLeft = () => until('all connections to be gone', async () => ((await connections()) === 0 ? true : null))

describe('an accepted upgrade', () => {
  test.each([
    ['a text', 'grüße', false],
    ['bytes', Buffer.from([0, 1, 2, 255]), true],
    ['16 MiB', randomBytes(16 * 1024 * 1024), true],
  ])('carries %s both ways', async (_, message, isBinary) => {
    const client = await open('/echo/room?name=a%20b')
    client.send(message)
    const [data, binary] = (await once(client, 'message')) as [Buffer, boolean]
    expect(data.equals(Buffer.from(message as string))).toBe(true)
    expect(binary).toBe(isBinary)
    client.close()
    await once(client, 'close')
  })

  test('carries many small messages in their order', async () => {
    const client = await open('/echo')
    const received: number[] = []
    const all = new Promise<void>((resolve) =>
      client.on('message', (data) => {
        received.push(Number(data.toString()))
        if (received.length === 500) resolve()
      }),
    )
    for (let index = 0; index < 500; index += 1) client.send(String(index))
    await all
    expect(received).toEqual(Array.from({ length: 500 }, (_, index) => index))
    client.terminate()
  })

  test('has the path, the query, the forwarding headers and the protocol of any other request', async () => {
    const client = await open('/echo/room?name=a%20b', ['chat', 'other'])
    expect(client.protocol).toBe('chat')
    expect(upgrades.at(-1)).toMatchObject({
      url: '/room?name=a%20b',
      headers: { 'x-forwarded-prefix': '/echo', 'x-forwarded-for': '127.0.0.1', upgrade: 'websocket', via: '1.1 sluice' },
    })
    client.terminate()
  })

  test('goes through plugins first', async () => {
    expect(await refusal('/keyed')).toBe(401)
    const client = await open('/keyed', [], { apikey: 'anna-key' })
    expect(upgrades.at(-1)?.headers).toMatchObject({ 'x-consumer-username': 'anna' })
    client.terminate()
  })

  test('ends with the code and reason that the upstream gives', async () => {
    const client = await open('/echo/bye')
    const [code, reason] = (await once(client, 'close')) as [number, Buffer]
    expect([code, reason.toString()]).toEqual([4_001, 'enough'])
  })

  test.each([
    [1_000, ''],
    [3_000, 'on leave'],
    [4_999, 'ü'.repeat(61)],
  ])('ends with the code %s and the reason that the client gives', async (code, reason) => {
    const client = await open('/echo')
    const before = closes.length
    client.close(code, reason)
    const [answered] = (await once(client, 'close')) as [number]
    expect(answered).toBe(code)
    expect(await until('the end at the upstream', () => closes[before] ?? null)).toEqual([code, reason])
  })

  test('ends where the upstream is cut off', async () => {
    const client = await open('/echo/cut')
    const [code] = (await once(client, 'close')) as [number]
    expect(code).toBe(1_006)
  })

  test('ends at the upstream where the client goes away', async () => {
    const client = await open('/echo')
    const [peer] = [...sockets.clients].slice(-1)
    const closed = once(peer as WebSocket, 'close')
    client.terminate()
    await closed
  })

  test('lasts over a change of configuration', async () => {
    const client = await open('/echo')
    await apply({ services: [{ name: 'echo', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, routes: [{ name: 'echo', paths: ['/echo'] }] }] })
    client.send('still there')
    const [data] = (await once(client, 'message')) as [Buffer]
    expect(data.toString()).toBe('still there')
    client.terminate()
  })

  test('leaves no connection behind', untilNoneIsLeft)
})

describe('an upgrade that is not accepted', () => {
  const ask = (path: string, upgrade = 'websocket') =>
    RawSocket.talk(
      node.proxy,
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    )

  test.each([
    ['no route', '/none', 404],
    ['an upstream that is down', '/down', 502],
  ])('%s is answered as any request, and the connection ends', async (_, path, status) => {
    await apply({ services: [{ name: 'down', host: '127.0.0.1', port: 1, retries: 0, routes: [{ paths: ['/down'] }] }] })
    expect(statusOf(await ask(path))).toBe(status)
  })

  test('by the upstream: its answer is relayed', async () => {
    const origin = await RawOrigin.start(({ socket }) => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'))
    await apply({ services: [{ name: 'o', url: origin.url, routes: [{ paths: ['/'] }] }] })
    const text = await ask('/')
    await origin.stop()
    expect(statusOf(text)).toBe(403)
    expect(text).toMatch(/no$/)
  })

  test('to another protocol than the one that was asked for: 502', async () => {
    const origin = await RawOrigin.start(({ socket }) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'))
    await apply({ services: [{ name: 'o', url: origin.url, routes: [{ paths: ['/'] }] }] })
    expect(statusOf(await ask('/'))).toBe(502)
    await origin.stop()
  })

  test('because it is not to WebSocket: the request goes on without its Upgrade', async () => {
    const origin = await RawOrigin.start(({ socket, text }) => {
      if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain')
    })
    await apply({ services: [{ name: 'o', url: origin.url, routes: [{ paths: ['/'] }] }] })
    const text = await ask('/', 'h2c')
    expect(text).toMatch(/plain$/)
    expect(origin.text).not.toMatch(/^upgrade:/im)
    await origin.stop()
  })

  test('leaves no connection behind', untilNoneIsLeft)
})

test('what a client sends right behind its request reaches the upstream once it has accepted', async () => {
  const origin = await RawOrigin.start((connection) => {
    if (connection.text.endsWith('\r\n\r\n')) connection.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nwelcome')
  })
  await apply({ services: [{ name: 'o', url: origin.url, routes: [{ paths: ['/'] }] }] })
  const client = await RawSocket.open(node.proxy)
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly')
  await client.until(/^HTTP\/1\.1 101[\s\S]*welcome$/)
  await until('the early bytes upstream', () => (origin.text.endsWith('early') ? true : null))
  client.destroy()
  await origin.stop()
})

/** Both sides of the node are tapped: what goes in on one comes out on the other, frame by frame. */
describe('frames', () => {
  let deflating: WebSocketServer
  let behind: TapRelay
  let before: TapRelay

  beforeAll(async () => {
    deflating = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: { threshold: 0 } })
    await once(deflating, 'listening')
    behind = await TapRelay.start(() => new URL(`http://127.0.0.1:${(deflating.address() as AddressInfo).port}`))
    before = await TapRelay.start(() => new URL(node.proxy))
    await apply({ services: [{ name: 'frames', url: behind.url, routes: [{ name: 'frames', paths: ['/frames'] }] }] })
  })
  afterAll(async () => {
    for (const socket of deflating?.clients ?? []) socket.terminate()
    deflating?.close()
    await before?.stop()
    await behind?.stop()
  })
  afterEach(() => {
    for (const tap of [before, behind]) tap.forget()
  })

  async function openPair(perMessageDeflate: boolean): Promise<{ client: WebSocket; server: WebSocket }> {
    const accepted = once(deflating, 'connection') as Promise<[WebSocket]>
    const client = new WebSocket(`${before.url.replace('http', 'ws')}/frames`, { perMessageDeflate: perMessageDeflate ? { threshold: 0 } : false })
    await once(client, 'open')
    const [server] = await accepted
    return { client, server }
  }

  async function closePair({ client, server }: { client: WebSocket; server: WebSocket }): Promise<void> {
    const closed = [once(client, 'close'), once(server, 'close')]
    client.close()
    await Promise.all(closed)
    // A close event comes before the last bytes have passed the taps.
    await until('the same bytes on both sides', () => (before.sent.equals(behind.sent) && before.answered.equals(behind.answered) ? true : null))
    expect(before.sent.byteLength).toBeGreaterThan(0)
  }

  const COMPRESSED = 0x40

  /** The first byte of each frame, which says of what kind it is; for short frames (RFC 6455 5.2). */
  function framesOf(bytes: Buffer): number[] {
    const frames: number[] = []
    for (let at = 0; at < bytes.byteLength; ) {
      const second = bytes[at + 1] ?? 0
      frames.push(bytes[at] ?? 0)
      at += 2 + (second & 0x80 ? 4 : 0) + (second & 0x7f)
    }
    return frames
  }

  test('fragments stay fragments, with a ping and its pong between them, both ways', async () => {
    const pair = await openPair(false)
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      const message = once(to, 'message')
      const pinged = once(to, 'ping')
      const ponged = once(from, 'pong')
      from.send('one ', { fin: false })
      from.ping('are you there')
      const [asked] = (await pinged) as [Buffer]
      const [answered] = (await ponged) as [Buffer]
      from.send('two ', { fin: false })
      from.send('three', { fin: true })
      const [data] = (await message) as [Buffer]
      expect([data.toString(), asked.toString(), answered.toString()]).toEqual(['one two three', 'are you there', 'are you there'])
    }
    // A text begins and does not end, a ping, a piece, the last piece; the other side's pong.
    const [sent, answered] = [framesOf(behind.sent), framesOf(before.answered)]
    expect([sent, answered]).toEqual([
      [0x01, 0x89, 0x00, 0x80, 0x8a],
      [0x8a, 0x01, 0x89, 0x00, 0x80],
    ])
    await closePair(pair)
  })

  test('permessage-deflate is agreed on and used between client and upstream alone', async () => {
    const pair = await openPair(true)
    expect(pair.client.extensions).toContain('permessage-deflate')
    const text = 'the same again and again, '.repeat(10_000)
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      const message = once(to, 'message')
      from.send(text)
      const [data] = (await message) as [Buffer]
      expect(data.toString()).toBe(text)
    }
    for (const bytes of [behind.sent, before.answered]) {
      expect((bytes[0] as number) & COMPRESSED).toBe(COMPRESSED)
      expect(bytes.byteLength).toBeLessThan(text.length / 10)
    }
    await closePair(pair)
  })

  test('a client that does not offer compression gets none', async () => {
    const pair = await openPair(false)
    expect(pair.client.extensions).toBe('')
    const message = once(pair.client, 'message')
    pair.server.send('plain')
    await message
    expect(before.answered.subarray(2).toString()).toBe('plain')
    await closePair(pair)
  })
})

describe('one side that has said all', () => {
  async function openRaw(): Promise<RawTunnel> {
    const accepting = await AcceptingOrigin.start()
    await apply({ services: [{ name: 'raw', url: accepting.url, routes: [{ paths: ['/'] }] }] })
    return accepting.openThrough(node.proxy)
  }

  test('the client: the upstream sees the end and may go on', async () => {
    const { client, upstream, received, stop } = await openRaw()
    const ended = once(upstream, 'end')
    client.end('all that I have')
    await ended
    expect(received.upstream).toBe('all that I have')
    for (const piece of ['still ', 'going ', 'on']) {
      upstream.write(piece)
      await until(`${piece} at the client`, () => (received.client.endsWith(piece) ? true : null))
    }
    const over = once(client, 'end')
    upstream.end('.')
    await over
    expect(received.client).toBe('still going on.')
    await stop()
  })

  test('the upstream: the client sees the end and may go on', async () => {
    const { client, upstream, received, stop } = await openRaw()
    const ended = once(client, 'end')
    upstream.end('all that I have')
    await ended
    expect(received.client).toBe('all that I have')
    for (const piece of ['still ', 'going ', 'on']) {
      client.write(piece)
      await until(`${piece} upstream`, () => (received.upstream.endsWith(piece) ? true : null))
    }
    const over = once(upstream, 'end')
    client.end('.')
    await over
    expect(received.upstream).toBe('still going on.')
    await stop()
  })

  test('leaves no connection behind', untilNoneIsLeft)
})
