import type { ErrorCode } from '@sluice/shared/errors'
import type { BodySink } from '../exchange/client-side.ts'
import { HeaderList } from '../exchange/header-list.ts'
import { ChunkedDecoder, type ChunkedLimits } from '../http1/chunked-decoder.ts'
import { INCOMPLETE, REFUSED } from '../http1/head-parser.ts'
import type { Piece } from './held-bytes.ts'

/** Why a body ended before its end: `bad_request` where its framing is none, `head_too_large` for its trailers. */
type Failure = Extract<ErrorCode, 'bad_request' | 'head_too_large' | 'payload_too_large' | 'request_timeout' | 'client_gone'>

/** Bounds of a body whose length is not announced; one that is announced is judged by its head. */
export interface BodyLimits extends ChunkedLimits {
  bodyBytesMax: number
}

/** For a body that nobody waits for. */
export const DISCARD: BodySink = { onBody: () => true, onBodyEnd: () => {}, onBodyFailed: () => {} }

/** The body of one request of an HTTP/1.x connection: takes the bytes that belong to it and hands the data on, as fast as it is wanted. */
export class BodyReader {
  /** Bytes that Content-Length announced; null for chunks. */
  readonly length: number | null
  readonly #decoder: ChunkedDecoder | null
  readonly #bytesMax: number
  #left: number
  #sink: BodySink | null = null
  #failure: Failure | null = null
  /** Pieces that were read and given back: they come before what is still to be read. */
  #front: Buffer[] = []
  /** Bytes of the body so far. */
  bytes = 0
  isWhole: boolean
  /** False while nobody wants more of it. */
  isWanted = false

  constructor(length: number | null, limits: BodyLimits) {
    this.length = length
    this.#left = length ?? 0
    this.#decoder = length === null ? new ChunkedDecoder(limits) : null
    this.#bytesMax = limits.bodyBytesMax
    this.isWhole = length === 0
  }

  /** Lets the body flow into `sink`, what was given back first. */
  start(sink: BodySink): void {
    this.#sink = sink
    this.isWanted = true
    this.resume()
  }

  /** Gives pieces back: the next sink gets them first. */
  putBack(pieces: Buffer[]): void {
    this.#sink = null
    this.isWanted = false
    // One who took less than is here already leaves the rest behind them.
    this.#front = this.#front.length === 0 ? pieces : [...pieces, ...this.#front]
  }

  resume(): void {
    this.isWanted = true
    while (this.isWanted && this.#front.length > 0) this.#give(this.#front.shift() as Buffer, false)
    if (this.isWanted) this.#tellEnd()
  }

  /** Takes what of a read belongs to the body; the offset after it, or REFUSED. Call it only while `isWanted`. */
  take({ buffer, from, to, isShared }: Piece): number {
    if (this.#decoder === null) {
      const end = Math.min(to, from + this.#left)
      this.#left -= end - from
      this.bytes += end - from
      this.isWhole = this.#left === 0
      this.#give(from === 0 && end === buffer.byteLength ? buffer : buffer.subarray(from, end), isShared)
      this.#tellEnd()
      return end
    }
    const before = this.#decoder.bytes
    const end = this.#decoder.decode(buffer, from, to, (data) => this.#give(data, isShared))
    this.bytes += this.#decoder.bytes - before
    if (end === REFUSED || this.bytes > this.#bytesMax) return REFUSED
    this.isWhole = end !== INCOMPLETE
    this.#tellEnd()
    return end === INCOMPLETE ? to : end
  }

  /** A body of known length that is all in a read, of which nothing was taken before; else null. Whoever takes it may keep it. */
  takeWhole({ buffer, from, to, isShared }: Piece): Buffer | null {
    const { length } = this
    if (length === null || this.bytes > 0 || to - from < length) return null
    this.#left = 0
    this.bytes = length
    this.isWhole = true
    const whole = buffer.subarray(from, from + length)
    return isShared ? Buffer.from(whole) : whole
  }

  /** Why `take` answered REFUSED. */
  get refusal(): Failure {
    if (this.bytes > this.#bytesMax) return 'payload_too_large'
    return this.#decoder?.error === 'head_too_large' ? 'head_too_large' : 'bad_request'
  }

  /** The body will not come to its end. */
  fail(failure: Failure): void {
    if (this.isWhole || this.#failure !== null) return
    this.#failure = failure
    const sink = this.#sink
    this.#sink = null
    sink?.onBodyFailed(failure)
  }

  #give(read: Buffer, isShared: boolean): void {
    // Whoever takes a piece may keep it.
    const piece = isShared ? Buffer.from(read) : read
    // One read may hold several chunks: all of them were taken from the wire, so they are kept where they are not wanted.
    if (!this.isWanted || this.#sink === null) this.#front.push(piece)
    else this.isWanted = this.#sink.onBody(piece)
  }

  #tellEnd(): void {
    if (!this.isWhole || this.#front.length > 0 || this.#sink === null) return
    const sink = this.#sink
    this.#sink = null
    const trailers = this.#decoder?.trailers ?? null
    sink.onBodyEnd(trailers === null ? null : new HeaderList(trailers))
  }
}
