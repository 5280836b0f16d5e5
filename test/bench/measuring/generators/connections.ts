import { connect, type Socket } from 'node:net'
import { headOf } from './request-head.ts'

/**
 * Holds connections. A message `{ hold: n }` opens or closes until there are n of them, and is answered with `{ held }`. Kept ones have had one
 * GET answered each and are idle; half-sent heads never end, and where the proxy closes one another takes its place.
 */

interface Args {
  port: number
  path: string
  kind: 'kept' | 'half-head'
}

const args = JSON.parse(process.argv[2] ?? '{}') as Args
const AT_A_TIME = 100
const TIMEOUT_MS = 30_000
const BODY_BYTES = 1024
const head = headOf(args.path, `127.0.0.1:${args.port}`)
const sockets = new Set<Socket>()
let wanted = 0

/** Ends when the connection is as it is to be held, or has failed. */
function open(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(args.port, '127.0.0.1')
    const late = setTimeout(() => socket.destroy(), TIMEOUT_MS)
    let received = ''
    const hold = () => {
      clearTimeout(late)
      sockets.add(socket)
      resolve()
    }
    socket.once('connect', () => socket.write(args.kind === 'kept' ? `${head}\r\n\r\n` : head.slice(0, head.length / 2), () => args.kind === 'half-head' && hold()))
    socket.on('data', (chunk: Buffer) => {
      if (sockets.has(socket) || args.kind === 'half-head') return
      received += chunk.toString('latin1')
      const bodyAt = received.indexOf('\r\n\r\n') + 4
      if (bodyAt > 3 && received.length - bodyAt >= BODY_BYTES) received.startsWith('HTTP/1.1 200') ? hold() : socket.destroy()
    })
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(late)
      const wasHeld = sockets.delete(socket)
      resolve()
      if (wasHeld && args.kind === 'half-head' && sockets.size < wanted) void open()
    })
  })
}

async function hold(count: number): Promise<void> {
  wanted = count
  for (const socket of [...sockets].slice(count)) socket.destroy()
  while (sockets.size > count) await new Promise((resolve) => setImmediate(resolve))
  const missing = count - sockets.size
  let begun = 0
  const lane = async () => {
    while (begun < missing) {
      begun += 1
      await open()
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, lane))
  process.send?.({ held: sockets.size })
}

process.on('message', (message) => void hold((message as { hold: number }).hold))
