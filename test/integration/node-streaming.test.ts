import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, BulkOrigin, drain, MIB, pour, textOf } from './harness/bulk.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { MemoryWatch, residentBytes } from './harness/process-figures.ts'
import { RawOrigin } from './harness/raw-origin.ts'
import { RawSocket } from './harness/raw-socket.ts'

/** Bodies pass through a node: as fast as the slower side goes, piece by piece, in a memory that does not know how long they are. */

const LARGE = 256 * MIB
/** The guarantee is ± 32 MiB: from the lowest to the highest twice that. */
const BAND = 64 * MIB
/** What two pairs of sockets and the node itself may hold of a body that nobody takes: kernel buffers for the most part. */
const UNDERWAY = 32 * MIB

let node: NodeProcess
let bulk: BulkOrigin
let scripted: Server
let handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end()

beforeAll(async () => {
  bulk = await BulkOrigin.start()
  scripted = createServer((incoming, response) => handle(incoming, response))
  await new Promise<void>((resolve) => scripted.listen(0, '127.0.0.1', resolve))
  node = await NodeProcess.start()
  await serveAlso([])
})
afterAll(async () => {
  await node?.stop()
  await bulk?.stop()
  scripted?.closeAllConnections()
  scripted?.close()
})

async function serveAlso(more: unknown[]): Promise<void> {
  const services = [
    { name: 'bulk', url: bulk.url, routes: [{ name: 'bulk', paths: ['/bulk'] }] },
    { name: 'scripted', url: `http://127.0.0.1:${(scripted.address() as AddressInfo).port}`, routes: [{ name: 'scripted', paths: ['/scripted'] }] },
    ...more,
  ]
  const answer = await node.postConfig({ _format_version: '3.0', services })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

const download = async (bytes: number, isChunked: boolean) => drain(await ask(node.proxy, `/bulk/${bytes}${isChunked ? '?chunked' : ''}`))
const upload = async (bytes: number, isChunked: boolean) => Number(await textOf(await ask(node.proxy, '/bulk', { bytes, isChunked })))

describe('256 MiB pass in a memory that stays within ± 32 MiB', () => {
  // What a node needs once it has relayed anything long at all.
  beforeAll(async () => {
    await download(LARGE / 2, false)
    await upload(LARGE / 2, true)
  })

  test.each([
    ['down, with a length', () => download(LARGE, false)],
    ['down, in chunks', () => download(LARGE, true)],
    ['up, with a length', () => upload(LARGE, false)],
    ['up, in chunks', () => upload(LARGE, true)],
  ])('%s', async (_, pass) => {
    const watch = new MemoryWatch(node.pid)
    expect(await pass()).toBe(LARGE)
    expect(watch.stop().band).toBeLessThan(BAND)
  })
})

describe('who is slow holds the other side back', () => {
  test('a client that takes an answer step by step: the upstream is never more than the buffers ahead', async () => {
    let written = 0
    handle = (_, response) => pour(response, LARGE, (bytes) => (written = bytes))
    const answer = await ask(node.proxy, '/scripted')
    let taken = 0
    for (let step = 1; step <= 4; step += 1) {
      answer.pause()
      await untilStill(() => written)
      expect(written - taken).toBeLessThan(UNDERWAY)
      taken += await takeAtLeast(answer, 16 * MIB)
    }
    expect(taken + (await drain(answer))).toBe(LARGE)
  })

  test('an upstream that takes a body step by step: the client is never more than the buffers ahead', async () => {
    let incoming: IncomingMessage | null = null
    handle = (request, response) => {
      request.pause()
      incoming = request
      request.once('end', () => response.end('whole'))
    }
    let written = 0
    const outgoing = connect(Number(new URL(node.proxy).port), '127.0.0.1')
    outgoing.write(`POST /scripted HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE}\r\n\r\n`)
    const answered = new Promise<string>((resolve) => outgoing.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1'))))
    pourOpen(outgoing, LARGE, (bytes) => (written = bytes))
    const body = await until('the head upstream', () => incoming as IncomingMessage | null)
    let taken = 0
    for (let step = 1; step <= 4; step += 1) {
      body.pause()
      await untilStill(() => written)
      expect(written - taken).toBeLessThan(UNDERWAY)
      taken += await takeAtLeast(body, 16 * MIB)
    }
    expect(taken + (await drain(body))).toBe(LARGE)
    expect(await answered).toMatch(/^HTTP\/1\.1 200 /)
    outgoing.destroy()
  })

  test('50 clients that take nothing of 50 long answers cost the node less than 1 MiB each', async () => {
    const written: number[] = []
    handle = (_, response) => {
      const index = written.push(0) - 1
      pour(response, LARGE, (bytes) => (written[index] = bytes))
    }
    const before = residentBytes(node.pid)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(node.proxy, '/scripted')))
    for (const answer of answers) answer.pause()
    await untilStill(() => written.reduce((sum, bytes) => sum + bytes, 0))
    expect(residentBytes(node.pid) - before).toBeLessThan(50 * MIB)
    for (const answer of answers) answer.destroy()
  })

  test('a client that asks and asks and takes no answer is not answered on and on', async () => {
    let asked = 0
    const body = 'x'.repeat(8_000)
    handle = (_, response) => {
      asked += 1
      response.end(body)
    }
    const client = connect(Number(new URL(node.proxy).port), '127.0.0.1')
    client.pause()
    const count = 20_000
    client.write('GET /scripted HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(count))
    await untilStill(() => asked)
    expect(asked * body.length).toBeLessThan(UNDERWAY)
    const first = asked
    client.resume()
    await until('more requests upstream, now that answers are taken', () => (asked > first + 100 ? true : null))
    client.destroy()
  })
})

describe('events that a server sends one by one', () => {
  test.each([
    ['in chunks', 'Transfer-Encoding: chunked\r\n', (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`],
    ['until the end of the connection', '', (text: string) => text],
  ])('%s arrive each before the next is sent', async (_, field, framed) => {
    const origin = await RawOrigin.start(({ socket, text }) => {
      if (text.endsWith('\r\n\r\n')) socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${field}\r\n`)
    })
    await serveAlso([{ name: 'events', url: origin.url, routes: [{ name: 'events', paths: ['/events'] }] }])
    const client = await RawSocket.open(node.proxy)
    client.write('GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n')
    // The head does not wait for the first event either.
    await client.until(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n/)
    for (let event = 1; event <= 50; event += 1) {
      origin.connections[0]?.socket.write(framed(`id: ${event}\ndata: number ${event}\n\n`))
      await client.until(new RegExp(`data: number ${event}\n\n`))
    }
    client.destroy()
    await origin.stop()
  })

  test('a body that a client sends piece by piece reaches the upstream in the same way', async () => {
    const origin = await RawOrigin.start()
    await serveAlso([{ name: 'events', url: origin.url, routes: [{ name: 'events', paths: ['/events'], request_buffering: false }] }])
    const client = await RawSocket.open(node.proxy)
    client.write('POST /events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    for (let piece = 1; piece <= 20; piece += 1) {
      const text = `piece ${piece};`
      client.write(`${text.length.toString(16)}\r\n${text}\r\n`)
      await until(`piece ${piece} upstream`, () => (origin.text.includes(text) ? true : null))
    }
    client.destroy()
    await origin.stop()
  })

  test('both ways at once: an answer may begin before its request has ended', async () => {
    const origin = await RawOrigin.start(({ socket, text }) => {
      if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const asked = /ask (\d+);\r\n$/.exec(text)?.[1]
      if (asked !== undefined) socket.write(`${`got ${asked};`.length.toString(16)}\r\ngot ${asked};\r\n`)
    })
    await serveAlso([{ name: 'events', url: origin.url, routes: [{ name: 'events', paths: ['/events'], request_buffering: false }] }])
    const client = await RawSocket.open(node.proxy)
    client.write('POST /events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
    // The upstream looks at what has come so far: head and first piece in one read would be neither.
    await client.until(/^HTTP\/1\.1 200 OK\r\n/)
    for (let piece = 1; piece <= 20; piece += 1) {
      client.write(`${`ask ${piece};`.length.toString(16)}\r\nask ${piece};\r\n`)
      await client.until(new RegExp(`got ${piece};`))
    }
    client.destroy()
    await origin.stop()
  })
})

/** Waits until a growing number has stopped growing. */
function untilStill(read: () => number): Promise<true> {
  let before = -1
  let looks = 0
  return until('a stop', () => {
    const now = read()
    looks = now === before ? looks + 1 : 0
    before = now
    return looks >= 25 ? true : null
  })
}

/** Takes pieces until there are so many bytes; gives how many it took. */
function takeAtLeast(stream: IncomingMessage, bytes: number): Promise<number> {
  return new Promise((resolve) => {
    let taken = 0
    const take = (chunk: Buffer) => {
      taken += chunk.byteLength
      if (taken < bytes) return
      stream.pause()
      stream.removeListener('data', take)
      resolve(taken)
    }
    stream.on('data', take)
    stream.resume()
  })
}

/** As `pour`, and leaves the socket open at its end. */
function pourOpen(socket: ReturnType<typeof connect>, bytes: number, onWritten: (written: number) => void): void {
  const piece = Buffer.alloc(64 * 1024, 'x')
  let written = 0
  const more = () => {
    while (written < bytes) {
      written += piece.byteLength
      onWritten(written)
      if (!socket.write(piece)) return
    }
  }
  socket.on('drain', more)
  more()
}
