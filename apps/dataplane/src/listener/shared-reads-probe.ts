import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { DirectIo } from '../socket/direct-io.ts'
import { withSharedReads } from './client-input.ts'

const TIMEOUT_MS = 2_000
const ASKED = 'are reads shared'

/**
 * Whether `withSharedReads` does on this Node.js what it is used for, tried on a connection of our own over loopback: both directions pass bytes, a
 * pause holds, the end of the client is told. False where anything is otherwise, and where loopback cannot be had.
 */
export function sharedReadsWork(directIo: DirectIo | null): Promise<boolean> {
  return new Promise((resolve) => {
    const sockets: Socket[] = []
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
    const decide = (works: boolean) => {
      clearTimeout(timer)
      for (const socket of sockets) socket.destroy()
      server.close()
      resolve(works)
    }
    const timer = setTimeout(() => decide(false), TIMEOUT_MS)
    server.on('error', () => decide(false))
    server.on('connection', (accepted) => sockets.push(...echoOn(accepted, directIo, () => decide(false))))
    server.listen(0, '127.0.0.1', () => sockets.push(ask((server.address() as AddressInfo).port, decide)))
  })
}

/** Sends back what comes, and ends when the client ends. */
function echoOn(accepted: Socket, directIo: DirectIo | null, onMissing: () => void): Socket[] {
  const shared = withSharedReads(accepted, directIo)
  if (shared === null) {
    onMissing()
    return [accepted]
  }
  const { socket, input } = shared
  input.attach({
    onInput: (buffer, length, isShared) => {
      if (!isShared) onMissing()
      socket.write(buffer.toString('latin1', 0, length), 'latin1')
      // What comes after a pause waits for the next turn.
      socket.pause()
      setImmediate(() => socket.resume())
      return false
    },
  })
  socket.once('end', () => socket.end())
  socket.on('error', onMissing)
  socket.resume()
  return [socket]
}

function ask(port: number, decide: (works: boolean) => void): Socket {
  const client = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  let heard = ''
  client.on('error', () => decide(false))
  client.on('data', (bytes: Buffer) => {
    heard += bytes.toString('latin1')
    if (heard === ASKED) client.write(ASKED)
    else if (heard === ASKED + ASKED) client.end()
  })
  client.once('end', () => decide(heard === ASKED + ASKED))
  client.write(ASKED)
  return client
}
