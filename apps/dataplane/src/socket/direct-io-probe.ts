import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type DirectIo, findDirectIo } from './direct-io.ts'
import { SocketWriter } from './socket-writer.ts'

const TIMEOUT_MS = 2_000
const TEXT = 'written as text, '
const BYTES = Buffer.from('written as bytes')

/**
 * How this Node.js can be used past its streams, tried on a connection of our own over loopback: text and bytes arrive in their order, and the
 * end after them. Null where anything is otherwise, and where loopback cannot be had.
 */
export function probeDirectIo(): Promise<DirectIo | null> {
  const direct = findDirectIo()
  if (direct === null) return Promise.resolve(null)
  return new Promise((resolve) => {
    const sockets: Socket[] = []
    const server = createServer()
    const decide = (works: boolean) => {
      clearTimeout(timer)
      for (const socket of sockets) socket.destroy()
      server.close()
      resolve(works ? direct : null)
    }
    const timer = setTimeout(() => decide(false), TIMEOUT_MS)
    const take = (socket: Socket) => {
      sockets.push(socket)
      socket.on('error', () => decide(false))
    }
    server.on('error', () => decide(false))
    server.on('connection', (accepted) => {
      take(accepted)
      try {
        const writer = new SocketWriter(accepted, direct, () => {})
        if (!writer.writeText(TEXT) || !writer.writeBytes(BYTES) || accepted.bytesWritten !== TEXT.length + BYTES.byteLength) decide(false)
        else accepted.end()
      } catch {
        decide(false)
      }
    })
    server.listen(0, '127.0.0.1', () => take(readWhole((server.address() as AddressInfo).port, (heard) => decide(heard === TEXT + BYTES.toString('latin1')))))
  })
}

function readWhole(port: number, onEnd: (heard: string) => void): Socket {
  const client = connect({ host: '127.0.0.1', port })
  let heard = ''
  client.on('data', (bytes: Buffer) => {
    heard += bytes.toString('latin1')
  })
  client.once('end', () => onEnd(heard))
  return client
}
