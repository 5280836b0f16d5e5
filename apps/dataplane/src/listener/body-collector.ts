import type { ErrorCode } from '@sluice/shared/errors'
import type { BodySink } from '../exchange/client-side.ts'
import type { HeaderList } from '../exchange/header-list.ts'

/** A body that a plugin waited for and that did not come whole. */
export class BodyFailed extends Error {
  readonly error: ErrorCode
  constructor(error: ErrorCode) {
    super(`the body did not come whole: ${error}`)
    this.error = error
  }
}

/** A body whose pieces can be given back, so that the next sink gets them first. */
interface Returnable {
  readonly length: number | null
  putBack(pieces: Buffer[]): void
}

interface CollectorOptions {
  maxBytes: number
  /** A body with trailers is given back as one that is too long is: they have no place behind a body of known length. */
  keepsTrailers: boolean
}

/** Collects a whole body of at most so many bytes; gives a longer one back, so that it streams on as if nobody had looked. */
class BodyCollector implements BodySink {
  readonly #reader: Returnable
  readonly #options: CollectorOptions
  readonly #settle: (body: Buffer | null) => void
  readonly #reject: (error: BodyFailed) => void
  readonly #pieces: Buffer[] = []
  #size = 0

  constructor(reader: Returnable, options: CollectorOptions, settle: { resolve(body: Buffer | null): void; reject(error: BodyFailed): void }) {
    this.#reader = reader
    this.#options = options
    this.#settle = settle.resolve
    this.#reject = settle.reject
  }

  onBody(piece: Buffer): boolean {
    this.#pieces.push(piece)
    this.#size += piece.byteLength
    if (this.#size <= this.#options.maxBytes) return true
    this.#giveBack()
    return false
  }

  onBodyEnd(trailers: HeaderList | null = null): void {
    if (trailers !== null && this.#options.keepsTrailers) this.#giveBack()
    else this.#settle(Buffer.concat(this.#pieces, this.#size))
  }

  onBodyFailed(error: ErrorCode): void {
    this.#reject(new BodyFailed(error))
  }

  #giveBack(): void {
    this.#reader.putBack(this.#pieces)
    this.#settle(null)
  }
}

/** The whole body where it is as the options say, else null and it streams on. Rejects with BodyFailed. */
export function collectBody(body: Returnable | null, start: (sink: BodySink) => void, options: CollectorOptions): Promise<Buffer | null> {
  if (body === null) return Promise.resolve(Buffer.alloc(0))
  if (body.length !== null && body.length > options.maxBytes) return Promise.resolve(null)
  return new Promise((resolve, reject) => start(new BodyCollector(body, options, { resolve, reject })))
}
