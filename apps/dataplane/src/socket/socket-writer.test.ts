import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { findDirectIo } from './direct-io.ts'
import { probeDirectIo } from './direct-io-probe.ts'
import { SocketWriter } from './socket-writer.ts'

/** More than the system takes for a peer that does not read. */
const MUCH = 32 * 1024 * 1024

let server: Server
const opened: Socket[] = []

afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy()
  server?.close()
})

async function pair(isDirect: boolean): Promise<{ reader: Socket; socket: Socket; writer: SocketWriter; drains: () => number }> {
  server = createServer({ allowHalfOpen: true, highWaterMark: 64 * 1024 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const reader = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, allowHalfOpen: true })
  reader.on('error', () => {})
  const [socket] = (await accepted) as [Socket]
  opened.push(reader, socket)
  let drained = 0
  const writer = new SocketWriter(socket, isDirect ? findDirectIo() : null, () => {
    drained += 1
    socket.emit('told')
  })
  return { reader, socket, writer, drains: () => drained }
}

async function readAll(reader: Socket): Promise<{ bytes: number; hash: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of reader) {
    hash.update(piece as Buffer)
    bytes += (piece as Buffer).byteLength
  }
  return { bytes, hash: hash.digest('hex') }
}

test('this Node.js can be written to past its streams', async () => {
  expect(await probeDirectIo()).not.toBeNull()
})

describe.each([
  ['past the stream', true],
  ['through the stream', false],
])('a socket that is written to %s', (_, isDirect) => {
  test('passes text and bytes on in their order, and one character is one byte', async () => {
    const { reader, socket, writer } = await pair(isDirect)
    expect(writer.writeText('text \xff\x00, ')).toBe(true)
    expect(writer.writeBytes(Buffer.from('bytes, '))).toBe(true)
    socket.write('stream, ')
    writer.writeText('text')
    socket.end()
    const pieces: Buffer[] = []
    for await (const piece of reader) pieces.push(piece as Buffer)
    expect(Buffer.concat(pieces).toString('latin1')).toBe('text \xff\x00, bytes, stream, text')
    expect(writer.pendingBytes).toBe(0)
    expect(socket.bytesWritten).toBe(28)
  })

  test('what is corked leaves in its order too', async () => {
    const { reader, socket, writer } = await pair(isDirect)
    writer.cork()
    writer.writeText('one ')
    writer.writeBytes(Buffer.from('two '))
    writer.uncork()
    writer.writeText('three')
    socket.end()
    expect(await readAll(reader)).toEqual({ bytes: 13, hash: createHash('sha256').update('one two three').digest('hex') })
  })

  test('says no while the reader does not take, counts what waits, and tells when there is room', async () => {
    const { reader, socket, writer, drains } = await pair(isDirect)
    reader.pause()
    const bytes = Buffer.alloc(MUCH, 'abcdefgh')
    expect(writer.writeBytes(bytes)).toBe(false)
    expect(writer.needsDrain).toBe(true)
    expect(writer.pendingBytes).toBeGreaterThan(0)
    expect(writer.pendingBytes).toBeLessThanOrEqual(MUCH)
    // What comes while something waits keeps its place behind it.
    expect(writer.writeText('and the rest')).toBe(false)
    expect(drains()).toBe(0)
    const told = once(socket, 'told')
    const read = readAll(reader)
    await told
    socket.end()
    expect(await read).toEqual({ bytes: MUCH + 12, hash: createHash('sha256').update(bytes).update('and the rest').digest('hex') })
    expect(writer.pendingBytes).toBe(0)
    expect(writer.needsDrain).toBe(false)
  })

  test('text and bytes leave together, whatever their size, and bytes that are used again are not sent twice', async () => {
    const { reader, socket, writer } = await pair(isDirect)
    const read = readAll(reader)
    const expected = createHash('sha256')
    const shared = Buffer.alloc(100_000)
    let sent = 0
    for (const size of [0, 1, 1024, 8192, 30_000, 100_000]) {
      shared.fill(97 + (size % 26))
      const text = `head of ${size}\r\n`
      writer.writeTogether(text, shared.subarray(0, size), true, 8192)
      expected.update(text).update(shared.subarray(0, size))
      sent += text.length + size
    }
    shared.fill(0)
    socket.end()
    expect(await read).toEqual({ bytes: sent, hash: expected.digest('hex') })
  })

  test('what waits of a small write is not written over by the next one', async () => {
    const { reader, socket, writer } = await pair(isDirect)
    reader.pause()
    const expected = createHash('sha256')
    let sent = 0
    for (let round = 0, waits = 0; waits < 3; round++) {
      const body = Buffer.alloc(20_000, 97 + (round % 26))
      if (!writer.writeTogether('head', body, true, 8192)) waits += 1
      expected.update('head').update(body)
      sent += 4 + body.byteLength
    }
    const read = readAll(reader)
    socket.end()
    expect(await read).toEqual({ bytes: sent, hash: expected.digest('hex') })
  })

  test('an end waits for what was written', async () => {
    const { reader, socket, writer } = await pair(isDirect)
    reader.pause()
    writer.writeBytes(Buffer.alloc(MUCH, 'x'))
    socket.destroySoon()
    expect((await readAll(reader)).bytes).toBe(MUCH)
    if (!socket.closed) await once(socket, 'close')
  })

  test('a reader that resets is told by the close of the socket', async () => {
    const { reader, socket, writer, drains } = await pair(isDirect)
    const failures: Error[] = []
    socket.on('error', (error) => failures.push(error))
    reader.pause()
    writer.writeBytes(Buffer.alloc(MUCH, 'x'))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    reader.resetAndDestroy()
    await closed
    expect(failures.map((error) => (error as NodeJS.ErrnoException).code)).toEqual([expect.stringMatching(/^(ECONNRESET|EPIPE)$/)])
    expect(drains()).toBe(0)
    writer.writeText('nobody reads this')
  })

  test('a socket that was destroyed while something waited tells nothing more', async () => {
    const { reader, socket, writer, drains } = await pair(isDirect)
    reader.pause()
    writer.writeBytes(Buffer.alloc(MUCH, 'x'))
    socket.destroy()
    await once(socket, 'close')
    expect(drains()).toBe(0)
  })

  test('many writes of all sizes, with a reader that stops now and then', async () => {
    const { reader, socket, writer } = await pair(isDirect)
    const expected = createHash('sha256')
    let seed = 20_261_125
    const random = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
      return seed / 0x7fffffff
    }
    let bytes = 0
    const read = readAll(reader)
    for (let round = 0; round < 400; round++) {
      const piece = Buffer.alloc(1 + Math.floor(random() ** 4 * 400_000), String.fromCharCode(97 + (round % 26)))
      expected.update(piece)
      bytes += piece.byteLength
      const goesOn = random() < 0.5 ? writer.writeBytes(piece) : writer.writeText(piece.toString('latin1'))
      if (!goesOn && random() < 0.8) await once(socket, 'told')
    }
    socket.end()
    expect(await read).toEqual({ bytes, hash: expected.digest('hex') })
  })
})
