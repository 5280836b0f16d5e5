import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DirectIo, findDirectIo } from '../socket/direct-io.ts'
import { type ClientInput, StreamInput, withSharedReads } from './client-input.ts'
import { sharedReadsWork } from './shared-reads-probe.ts'

let server: Server
let opened: Socket[]

beforeEach(() => {
  opened = []
})
afterEach(() => {
  for (const socket of opened) socket.destroy()
  server?.close()
})

async function accept(isShared: boolean, directIo: DirectIo | null): Promise<{ client: Socket; socket: Socket; input: ClientInput }> {
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, allowHalfOpen: true })
  const [plain] = (await accepted) as [Socket]
  const made = isShared ? withSharedReads(plain, directIo) : { socket: plain, input: new StreamInput(plain) }
  if (made === null) throw new Error('this Node.js has no such parts')
  opened.push(client, made.socket)
  return { client, ...made }
}

test('this Node.js can', async () => {
  expect(await sharedReadsWork(null)).toBe(true)
  expect(await sharedReadsWork(findDirectIo())).toBe(true)
})

describe.each([
  ['into shared memory', true, null],
  ['into shared memory past the stream', true, findDirectIo()],
  ['as a stream', false, null],
])('a client that is read %s', (_, isShared, directIo) => {
  test('is heard, answered, and its end is told', async () => {
    const { client, socket, input } = await accept(isShared, directIo)
    const reads: string[] = []
    input.attach({
      onInput: (buffer, length, isOfAll) => {
        expect(isOfAll).toBe(isShared)
        reads.push(buffer.toString('latin1', 0, length))
        socket.write('heard')
        return false
      },
    })
    socket.resume()
    client.write('hello')
    const [answer] = (await once(client, 'data')) as [Buffer]
    expect(String(answer)).toBe('heard')
    client.end()
    await once(socket, 'end')
    socket.end()
    await once(client, 'end')
    expect(reads.join('')).toBe('hello')
  })

  test('is not read before somebody resumes, nor while paused', async () => {
    const { client, socket, input } = await accept(isShared, directIo)
    let heard = ''
    input.attach({
      onInput: (buffer, length) => {
        heard += buffer.toString('latin1', 0, length)
        socket.pause()
        return false
      },
    })
    client.write('one')
    // What a second connection hears comes after what the first would have heard.
    await roundTrip()
    expect(heard).toBe('')
    socket.resume()
    await waitFor(() => heard === 'one')
    client.write('two')
    await roundTrip()
    expect(heard).toBe('one')
    socket.resume()
    await waitFor(() => heard === 'onetwo')
  })

  test('a long body is read into memory of its own once more of it is announced', async () => {
    const { client, socket, input } = await accept(isShared, directIo)
    const body = Buffer.alloc(1024 * 1024, 'b')
    const kept: Buffer[] = []
    let bytes = 0
    input.attach({
      onInput: (buffer, length, isOfAll) => {
        const read = buffer.subarray(0, length)
        kept.push(isOfAll ? Buffer.from(read) : read)
        bytes += length
        return bytes < body.byteLength
      },
    })
    socket.resume()
    client.write(body)
    await waitFor(() => bytes === body.byteLength)
    expect(Buffer.concat(kept).equals(body)).toBe(true)
  })

  test('the server knows when its last connection is closed', async () => {
    const { client, socket } = await accept(isShared, directIo)
    const closed = once(server, 'close')
    server.close()
    socket.destroy()
    client.destroy()
    await closed
  })
})

async function roundTrip(): Promise<void> {
  const other = createServer((socket) => socket.end('x'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  for (let turn = 0; turn < 3; turn++) {
    const socket = connect((other.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'data')
    socket.destroy()
  }
  other.close()
}

async function waitFor(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
