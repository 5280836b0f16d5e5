import { request } from 'node:http'
import { Readable } from 'node:stream'

/** Takes or sends one large body through a proxy in front of `byte-origin`. Tells how long that took; fails where not every byte came. */

interface Args {
  port: number
  path: string
  bytes: number
  direction: 'down' | 'up'
}

const args = JSON.parse(process.argv[2] ?? '{}') as Args
const PIECE = Buffer.alloc(64 * 1024, 'x')
const isUp = args.direction === 'up'

function* pieces(): Generator<Buffer> {
  for (let left = args.bytes; left > 0; left -= PIECE.length) yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE
}

const fail = (failure: string) => process.send?.({ failure: `${args.direction}: ${failure}` })
const startedAt = performance.now()
const options = { host: '127.0.0.1', port: args.port, method: isUp ? 'POST' : 'GET', path: isUp ? args.path : `${args.path}${args.bytes}`, agent: false as const }
const sent = request({ ...options, headers: isUp ? { 'content-length': args.bytes } : {} }, (response) => {
  let count = 0
  let text = ''
  response.on('data', (chunk: Buffer) => {
    count += chunk.length
    if (isUp) text += chunk.toString()
  })
  response.once('error', (error) => fail(error.message))
  response.once('end', () => {
    const relayed = isUp ? Number(text) : count
    if (relayed === args.bytes) process.send?.({ seconds: (performance.now() - startedAt) / 1000 })
    else fail(`status ${response.statusCode}, ${relayed} of ${args.bytes} bytes`)
  })
})
sent.once('error', (error) => fail(error.message))
if (isUp) Readable.from(pieces()).pipe(sent)
else sent.end()
