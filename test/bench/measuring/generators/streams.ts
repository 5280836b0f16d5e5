import { type ClientHttp2Session, connect } from 'node:http2'
import { FIELDS, lastOf } from './request-head.ts'

/** GETs in HTTP/2 over TLS: `connections` kept ones with `streams` at a time each, for so many seconds. Tells requests, seconds, refused and broken ones, and p99. */

interface Args {
  port: number
  path: string
  connections: number
  streams: number
  seconds: number
}

const args = JSON.parse(process.argv[2] ?? '{}') as Args
const url = `https://localhost:${args.port}`
const head = { ':path': args.path, ...Object.fromEntries(FIELDS) }
const counts = { requests: 0, refused: 0, broken: 0 }
const latencies: number[] = []

function open(): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(url, { rejectUnauthorized: false })
    session.once('error', reject)
    session.once('connect', () => (session.alpnProtocol === 'h2' ? resolve(session) : reject(new Error(`speaks ${session.alpnProtocol}, not h2`))))
  })
}

function once(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    let status = 0
    const stream = session.request(head)
    stream.once('response', (fields) => {
      status = Number(fields[':status'])
    })
    stream.resume()
    stream.on('error', () => {})
    stream.once('close', () => {
      if (status === 0 || stream.rstCode !== 0) counts.broken += 1
      else {
        counts.requests += 1
        latencies.push(performance.now() - startedAt)
        if (status !== 200) counts.refused += 1
      }
      resolve()
    })
  })
}

try {
  const sessions = await Promise.all(Array.from({ length: args.connections }, open))
  const startedAt = performance.now()
  const endAt = startedAt + args.seconds * 1000
  const lane = async (session: ClientHttp2Session) => {
    while (performance.now() < endAt && !session.destroyed) await once(session)
  }
  await Promise.all(sessions.flatMap((session) => Array.from({ length: args.streams }, () => lane(session))))
  const seconds = (performance.now() - startedAt) / 1000
  latencies.sort((a, b) => a - b)
  process.send?.({ ...counts, seconds, p99Ms: lastOf(latencies, 0.99) })
} catch (error) {
  process.send?.({ failure: (error as Error).message })
}
