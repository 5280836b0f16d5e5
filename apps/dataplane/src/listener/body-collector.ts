import type { ErrorCode } from '@sluice/shared/errors'
import type { BodySink } from '../exchange/client-side.ts'

/** A body that a plugin waited for and that did not come whole. */
export class BodyFailed extends Error {
  readonly error: ErrorCode
  constructor(error: ErrorCode) {
    super(`the body did not come whole: ${error}`)
    this.error = error
  }
}

/** Where pieces that were read can be given back to. */
interface Returnable {
  putBack(pieces: Buffer[]): void
}

/** Collects a whole body of at most so many bytes; gives a longer one back, so that it streams on as if nobody had looked. */
export class BodyCollector implements BodySink {
  readonly #reader: Returnable
  readonly #maxBytes: number
  readonly #settle: (body: Buffer | null) => void
  readonly #reject: (error: BodyFailed) => void
  readonly #pieces: Buffer[] = []
  #size = 0

  constructor(reader: Returnable, options: { maxBytes: number; onBody(body: Buffer | null): void; onFailed(error: BodyFailed): void }) {
    this.#reader = reader
    this.#maxBytes = options.maxBytes
    this.#settle = options.onBody
    this.#reject = options.onFailed
  }

  onBody(piece: Buffer): boolean {
    this.#pieces.push(piece)
    this.#size += piece.byteLength
    if (this.#size <= this.#maxBytes) return true
    this.#reader.putBack(this.#pieces)
    this.#settle(null)
    return false
  }

  onBodyEnd(): void {
    this.#settle(Buffer.concat(this.#pieces, this.#size))
  }

  onBodyFailed(error: ErrorCode): void {
    this.#reject(new BodyFailed(error))
  }
}
