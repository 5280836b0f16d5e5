import type { ErrorCode } from '@sluice/shared/errors'
import { BYTE_CLASSES, CR, HEX, LF, TOKEN, VALUE } from './byte-classes.ts'
import type { Head } from './head.ts'
import { HeadParser, INCOMPLETE, REFUSED } from './head-parser.ts'

export interface ChunkedLimits {
  /** Bytes of the extensions of one chunk. */
  extensionBytesMax: number
  /** Bytes of all trailers with the empty line after them. */
  trailerBytesMax: number
  trailersMax: number
}

/** A chunk extension is of use to nobody here and is dropped; the bounds keep a sender from sending little else. */
export const CHUNKED_LIMITS: ChunkedLimits = { extensionBytesMax: 1024, trailerBytesMax: 8 * 1024, trailersMax: 32 }

/** Digits of a chunk size with its leading zeros: as many as 64 bits have. */
const SIZE_DIGITS_MAX = 16
const SEMICOLON = 59
const EQUALS = 61
const QUOTE = 34
const BACKSLASH = 92

const SIZE = 0
const EXTENSION_NAME = 1
const EXTENSION_VALUE = 2
const QUOTED = 3
const ESCAPED = 4
const AFTER_QUOTED = 5
const SIZE_LF = 6
const DATA = 7
const DATA_CR = 8
const DATA_LF = 9
const TRAILERS = 10
const ENDED = 11

const hexDigit = (byte: number) => (byte <= 57 ? byte - 48 : (byte | 0x20) - 87)

/**
 * Incremental strict decoder of one chunked body (RFC 9112 7.1); make a new one for each body.
 *
 * `decode` takes the next piece of bytes and gives the data in it to `onData` as views of the same memory: who keeps them copies them. It
 * answers the offset after the body, INCOMPLETE (all bytes taken) or REFUSED. Refused: sizes that are not 1 to 16 hex digits or above
 * 2^53 - 1, bare CR or LF, blanks around a size, extensions without the form of RFC 9112 7.1.1 or above their bound, data that is longer or
 * shorter than its size, trailers that a head could not have or that frame the message (RFC 9110 6.5.1). Data that came before what is
 * refused has been given already.
 */
export class ChunkedDecoder {
  /** Bytes of data so far. */
  bytes = 0
  /** After the end: the trailers, null where there are none. */
  trailers: Head | null = null
  /** Why the last answer was REFUSED: bad_request or head_too_large (trailers). */
  error: ErrorCode | null = null
  readonly #limits: ChunkedLimits
  #state = SIZE
  #size = 0
  #digits = 0
  #extensionBytes = 0
  /** Bytes of the name or unquoted value that is being read. */
  #tokenBytes = 0
  /** Made when the last chunk has come. */
  #trailerParser: HeadParser | null = null

  constructor(limits: ChunkedLimits = CHUNKED_LIMITS) {
    this.#limits = limits
  }

  /** Bytes in `buffer` from `from` up to `to`, which follow those of the call before. */
  decode(buffer: Buffer, from: number, to: number, onData: (data: Buffer) => void): number {
    if (this.error !== null) return REFUSED
    let at = from
    while (at < to && this.#state < TRAILERS) {
      if (this.#state === DATA) {
        const end = Math.min(to, at + this.#size)
        this.#size -= end - at
        this.bytes += end - at
        if (this.#size === 0) this.#state = DATA_CR
        onData(buffer.subarray(at, end))
        at = end
      } else {
        if (!this.#take(buffer[at] as number)) return this.#refuse('bad_request')
        at++
      }
    }
    return this.#state === TRAILERS ? this.#readTrailers(buffer, at, to) : this.#state === ENDED ? at : INCOMPLETE
  }

  #refuse(code: ErrorCode): number {
    this.error = code
    return REFUSED
  }

  /** One byte that is not data; false if it may not stand there. */
  #take(byte: number): boolean {
    switch (this.#state) {
      case SIZE:
        return this.#takeSize(byte)
      case SIZE_LF:
        if (byte !== LF) return false
        this.#state = this.#size === 0 ? TRAILERS : DATA
        return true
      case DATA_CR:
        this.#state = DATA_LF
        return byte === CR
      case DATA_LF:
        this.#state = SIZE
        this.#digits = 0
        return byte === LF
      default:
        return this.#takeExtension(byte)
    }
  }

  #takeSize(byte: number): boolean {
    if (((BYTE_CLASSES[byte] as number) & HEX) !== 0) {
      this.#size = this.#size * 16 + hexDigit(byte)
      return ++this.#digits <= SIZE_DIGITS_MAX && this.#size <= Number.MAX_SAFE_INTEGER
    }
    if (this.#digits === 0) return false
    this.#extensionBytes = 0
    return this.#endExtension(byte)
  }

  /** What may follow a size or a whole extension. */
  #endExtension(byte: number): boolean {
    this.#tokenBytes = 0
    this.#state = byte === CR ? SIZE_LF : EXTENSION_NAME
    return byte === CR || byte === SEMICOLON
  }

  /** RFC 9112 7.1.1 without the blanks that it allows for old senders: `;name`, `;name=token`, `;name="quoted"`. */
  #takeExtension(byte: number): boolean {
    if (++this.#extensionBytes > this.#limits.extensionBytesMax && byte !== CR) return false
    const classes = BYTE_CLASSES[byte] as number
    switch (this.#state) {
      case EXTENSION_NAME:
      case EXTENSION_VALUE:
        return this.#takeToken(byte, classes)
      case QUOTED:
        if (byte === QUOTE) this.#state = AFTER_QUOTED
        else if (byte === BACKSLASH) this.#state = ESCAPED
        return (classes & VALUE) !== 0
      case ESCAPED:
        this.#state = QUOTED
        return (classes & VALUE) !== 0
      default:
        return this.#endExtension(byte)
    }
  }

  #takeToken(byte: number, classes: number): boolean {
    if ((classes & TOKEN) !== 0) {
      this.#tokenBytes++
      return true
    }
    if (this.#state === EXTENSION_VALUE && this.#tokenBytes === 0) {
      this.#state = QUOTED
      return byte === QUOTE
    }
    if (this.#tokenBytes === 0) return false
    if (this.#state === EXTENSION_VALUE || byte !== EQUALS) return this.#endExtension(byte)
    this.#tokenBytes = 0
    this.#state = EXTENSION_VALUE
    return true
  }

  #readTrailers(buffer: Buffer, from: number, to: number): number {
    const { trailerBytesMax, trailersMax } = this.#limits
    this.#trailerParser ??= new HeadParser('trailers', { headBytesMax: trailerBytesMax, fieldsMax: trailersMax, targetBytesMax: 0 })
    const end = this.#trailerParser.parse(buffer, from, to)
    if (end === REFUSED) return this.#refuse(this.#trailerParser.error ?? 'bad_request')
    if (end === INCOMPLETE) return INCOMPLETE
    const { head } = this.#trailerParser
    this.trailers = head !== null && head.fieldCount > 0 ? head : null
    this.#state = ENDED
    return end
  }
}
