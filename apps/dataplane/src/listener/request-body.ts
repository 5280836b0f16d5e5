import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { RequestBody } from '../exchange/exchange.ts'
import { LISTENER_LIMITS } from './limits.ts'

/** True where the head announces a body. */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
}

/** A body that the client began and did not go on with. */
export class BodyTimeout extends Error {}

export interface StreamBodyOptions {
  /** Runs before the first byte is read: the moment for 100 Continue. */
  onWanted(): void
  timeoutMs?: number
}

/** A request's body. A plugin may ask for the whole of it; what was read of one that is too long is put back, so that the attempt streams it. */
export class StreamBody implements RequestBody {
  readonly present: boolean
  /** Bytes that Content-Length announced; null for a chunked body. */
  readonly length: number | null
  readonly #request: IncomingMessage
  readonly #options: StreamBodyOptions

  constructor(request: IncomingMessage, options: StreamBodyOptions) {
    this.#request = request
    this.#options = options
    this.present = hasBody(request)
    this.length = request.headers['transfer-encoding'] === undefined ? Number(request.headers['content-length'] ?? 0) : null
  }

  open(): Readable {
    this.#options.onWanted()
    return this.#request
  }

  read(maxBytes: number): Promise<Uint8Array | null> {
    if (this.length !== null && this.length > maxBytes) return Promise.resolve(null)
    this.#options.onWanted()
    const request = this.#request
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      const stop = () => {
        clearTimeout(timer)
        request.removeListener('readable', onReadable).removeListener('end', onEnd).removeListener('error', onError)
      }
      const onReadable = () => {
        timer.refresh()
        for (let chunk: Buffer | null = request.read(); chunk !== null; chunk = request.read()) {
          chunks.push(chunk)
          size += chunk.byteLength
          if (size <= maxBytes) continue
          stop()
          request.unshift(Buffer.concat(chunks))
          resolve(null)
          return
        }
      }
      const onEnd = () => {
        stop()
        resolve(Buffer.concat(chunks))
      }
      const onError = (error: Error) => {
        stop()
        reject(error)
      }
      const timer = setTimeout(() => onError(new BodyTimeout('the client did not go on with its body')), this.#options.timeoutMs ?? LISTENER_LIMITS.bodyTimeoutMs)
      request.on('readable', onReadable).once('end', onEnd).once('error', onError)
    })
  }
}
