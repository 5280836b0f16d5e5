import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { RequestBody } from '../exchange/exchange.ts'

/** True where the head announces a body. */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
}

/** A request's body that a plugin may look at: what was read is put back, so that the attempt streams the whole. */
export class StreamBody implements RequestBody {
  readonly present: boolean
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    this.#request = request
    this.present = hasBody(request)
  }

  /** The stream for the attempt, or null where there is no body. */
  get stream(): Readable | null {
    return this.present ? this.#request : null
  }

  read(maxBytes: number): Promise<Uint8Array | null> {
    const request = this.#request
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      const finish = (whole: boolean) => {
        request.removeListener('readable', onReadable)
        request.removeListener('end', onEnd)
        request.removeListener('error', onError)
        const body = Buffer.concat(chunks)
        // unshift after the end is not allowed; the attempt then takes the body from here.
        if (!request.readableEnded && body.byteLength > 0) request.unshift(body)
        resolve(whole ? body : null)
      }
      const onReadable = () => {
        for (let chunk: Buffer | null = request.read(); chunk !== null; chunk = request.read()) {
          chunks.push(chunk)
          size += chunk.byteLength
          if (size > maxBytes) return finish(false)
          if (size === Number(request.headers['content-length'] ?? -1)) return finish(true)
        }
      }
      const onEnd = () => finish(true)
      const onError = (error: Error) => reject(error)
      request.on('readable', onReadable)
      request.once('end', onEnd)
      request.once('error', onError)
    })
  }
}
