import { connect } from 'node:tls'
import { headOf, lastOf } from './request-head.ts'

/**
 * One GET on each of many TLS connections that follow each other, `connections` at a time, for so many seconds. A full handshake offers no
 * session; a resumed one offers the last that the proxy gave. Tells requests, seconds, refused and broken ones, p99, and resumed handshakes.
 */

interface Args {
  port: number
  path: string
  connections: number
  seconds: number
  isResumed: boolean
}

const args = JSON.parse(process.argv[2] ?? '{}') as Args
const TIMEOUT_MS = 10_000
const request = `${headOf(args.path, `localhost:${args.port}`)}\r\nconnection: close\r\n\r\n`
const counts = { requests: 0, refused: 0, broken: 0, resumed: 0 }
const latencies: number[] = []
let session: Buffer | undefined

/** One connection from its first packet to its end. */
function once(): Promise<void> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    let head = ''
    const socket = connect({
      host: '127.0.0.1',
      port: args.port,
      servername: 'localhost',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(args.isResumed ? { session } : {}),
    })
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
    socket.on('session', (given) => {
      if (args.isResumed) session = given
    })
    socket.once('secureConnect', () => {
      if (socket.isSessionReused()) counts.resumed += 1
      socket.write(request)
    })
    socket.on('data', (chunk: Buffer) => {
      if (head === '') head = chunk.toString('latin1', 0, 12)
    })
    socket.on('error', () => {})
    socket.once('close', () => {
      if (head === '') counts.broken += 1
      else {
        counts.requests += 1
        latencies.push(performance.now() - startedAt)
        if (head !== 'HTTP/1.1 200') counts.refused += 1
      }
      resolve()
    })
  })
}

await once()
Object.assign(counts, { requests: 0, refused: 0, broken: 0, resumed: 0 })
latencies.length = 0
const startedAt = performance.now()
const endAt = startedAt + args.seconds * 1000
const lane = async () => {
  while (performance.now() < endAt) await once()
}
await Promise.all(Array.from({ length: args.connections }, lane))
const seconds = (performance.now() - startedAt) / 1000
latencies.sort((a, b) => a - b)
process.send?.({ ...counts, seconds, p99Ms: lastOf(latencies, 0.99) })
