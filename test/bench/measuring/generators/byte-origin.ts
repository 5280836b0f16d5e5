import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'

/** An origin on a free port, which it tells: GET …/<n> is answered with n bytes that are made as they are sent, POST with the number of bytes that came. */

const PIECE = Buffer.alloc(64 * 1024, 'x')

function* bytes(total: number): Generator<Buffer> {
  for (let left = total; left > 0; left -= PIECE.length) yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    const total = Number(request.url?.split('/').at(-1))
    response.setHeader('content-length', total)
    if (total <= PIECE.length) response.end(PIECE.subarray(0, total))
    else Readable.from(bytes(total)).pipe(response)
    return
  }
  let count = 0
  request.on('data', (chunk: Buffer) => {
    count += chunk.length
  })
  request.once('end', () => response.end(String(count)))
})
server.keepAliveTimeout = 120_000
server.requestTimeout = 0
server.listen(0, '127.0.0.1', 4096, () => process.send?.({ port: (server.address() as AddressInfo).port }))
