import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'

export const MIB = 1024 * 1024
const PIECE = Buffer.alloc(64 * 1024, 'x')

/** Writes so many bytes as fast as the stream takes them, and ends it. `onWritten` is told how many it has taken so far. */
export function pour(stream: Writable, bytes: number, onWritten: (written: number) => void = () => {}): void {
  let written = 0
  const more = () => {
    while (written < bytes && !stream.destroyed) {
      const piece = bytes - written < PIECE.byteLength ? PIECE.subarray(0, bytes - written) : PIECE
      written += piece.byteLength
      onWritten(written)
      if (!stream.write(piece)) {
        stream.once('drain', more)
        return
      }
    }
    stream.end()
  }
  more()
}

/** Takes everything of a stream; gives the number of bytes. Fails where it breaks off. */
export function drain(stream: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength
    })
    stream.once('end', () => resolve(bytes))
    stream.once('error', reject)
    // A listener alone does not go on with a stream that was paused.
    stream.resume()
  })
}

/** An upstream for long bodies. `GET /<bytes>` has a Content-Length, `GET /<bytes>?chunked` chunks; POST is answered with the number of bytes that came. */
export class BulkOrigin {
  readonly #server: Server

  private constructor() {
    this.#server = createServer({ highWaterMark: PIECE.byteLength }, (incoming, response) => this.#answer(incoming, response))
    this.#server.keepAliveTimeout = 120_000
  }

  static async start(): Promise<BulkOrigin> {
    const origin = new BulkOrigin()
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  #answer(incoming: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {})
    incoming.on('error', () => {})
    if (incoming.method === 'POST') {
      drain(incoming).then(
        (bytes) => response.end(String(bytes)),
        () => response.destroy(),
      )
      return
    }
    const [path = '', query] = (incoming.url ?? '').split('?')
    const bytes = Number(path.slice(1))
    if (query !== 'chunked') response.setHeader('Content-Length', bytes)
    pour(response, bytes)
  }
}

/** Sends a request on a connection of its own; `bytes` is the length of a body that is poured into it. */
export function ask(base: string, path: string, upload: { bytes: number; isChunked: boolean } | null = null): Promise<IncomingMessage> {
  const { hostname, port } = new URL(base)
  const headers = upload === null ? {} : upload.isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(upload.bytes) }
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method: upload === null ? 'GET' : 'POST', path, headers, agent: false })
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
    if (upload === null) outgoing.end()
    else pour(outgoing, upload.bytes)
  })
}

/** The whole body as text. */
export async function textOf(stream: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
