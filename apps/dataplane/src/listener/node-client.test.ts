import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { NodeClient } from './node-client.ts'
import { BodyTimeout, StreamBody } from './request-body.ts'

/** What a slow client costs, with limits short enough to see them. */

let server: Server
let socket: Socket
let handle: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  server = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
})
afterEach(() => {
  socket.destroy()
  server.closeAllConnections()
  server.close()
})

/** Hands the next request over, with the client that a node would make. */
function nextClient(limits: { sendTimeoutMs?: number; lingerMs?: number } = {}): Promise<{ client: NodeClient; request: IncomingMessage }> {
  return new Promise((resolve) => {
    handle = (request, response) => resolve({ request, client: new NodeClient(request, response, { closesAfter: () => false, ...limits }) })
  })
}

describe('a client that takes nothing of its answer', () => {
  test('is cut off after the send timeout, and the upstream is not blamed', async () => {
    const waiting = nextClient({ sendTimeoutMs: 200 })
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    socket.pause()
    const { client } = await waiting
    const endless = new Readable({ read: () => void endless.push(Buffer.alloc(256 * 1024)) })
    const { brokeOff, bytes } = await client.relay({ status: 200, reason: 'OK', headers: [], body: endless as IncomingMessage })
    expect(brokeOff).toBe(false)
    expect(bytes).toBeLessThan(64 * 1024 * 1024)
    expect(client.isGone).toBe(true)
    expect(endless.destroyed).toBe(true)
  })
})

describe('a client that does not go on with its body', () => {
  test('is cut off a while after it was answered', async () => {
    const waiting = nextClient({ lingerMs: 100 })
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
    const { client } = await waiting
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.resume()
    client.reply(401, ['Content-Length', '0'], null)
    await closed
  })

  test('fails the plugin that waits for the whole of it', async () => {
    const waiting = nextClient()
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
    const { request } = await waiting
    await expect(new StreamBody(request, { onWanted: () => {}, timeoutMs: 100 }).read(1_000)).rejects.toThrow(BodyTimeout)
  })
})

describe('a body that a plugin reads', () => {
  test.each([
    ['shorter than the limit', 10, 'whole body'],
    ['exactly as long as the limit', 10, '0123456789'],
  ])('%s is given whole', async (_, limit, text) => {
    const waiting = nextClient()
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`)
    const { client } = await waiting
    expect(Buffer.from((await client.body.read(limit)) ?? []).toString()).toBe(text)
  })

  test('longer than the limit is put back: the stream still has all of it', async () => {
    const waiting = nextClient()
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n')
    const { client } = await waiting
    expect(await client.body.read(3)).toBeNull()
    const pieces: Buffer[] = []
    for await (const piece of client.openBody()) pieces.push(piece as Buffer)
    expect(Buffer.concat(pieces).toString()).toBe('hello world')
  })

  test('that is announced as too long is not begun', async () => {
    const waiting = nextClient()
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n')
    const { client, request } = await waiting
    expect(await client.body.read(999)).toBeNull()
    expect(request.readableDidRead).toBe(false)
  })
})
