import { HeaderList } from '../exchange/header-list.ts'
import { ChunkedDecoder } from '../http1/chunked-decoder.ts'
import { isInterim, keepsConnection, responseFraming } from '../http1/framing.ts'
import type { Head } from '../http1/head.ts'
import { type HeadParser, INCOMPLETE, REFUSED } from '../http1/head-parser.ts'
import { ParserLoan } from '../http1/parser-loan.ts'
import type { AttemptHandler, UpstreamHead } from './attempt.ts'
import type { UpstreamLimits } from './limits.ts'

const HEAD = 0
const LENGTH = 1
const CHUNKS = 2
const UNTIL_CLOSE = 3
const WHOLE = 4

/** The parser that readers of answers borrow. */
export function answerParsers({ headBytesMax, fieldsMax }: UpstreamLimits): ParserLoan {
  return new ParserLoan('response', { headBytesMax, fieldsMax, targetBytesMax: 0 })
}

/** Reads the answers of one HTTP/1.x connection and tells a handler what is in them. */
export class AnswerReader {
  readonly #limits: UpstreamLimits
  readonly #parsers: ParserLoan
  /** The parser of a head that has come in part. */
  #parser: HeadParser | null = null
  #decoder: ChunkedDecoder | null = null
  #method = ''
  #state = HEAD
  #left = 0
  #interim = 0
  /** The upstream keeps the connection after this answer. */
  keepsConnection = false
  /** The head of a 101; what follows is another protocol. */
  upgraded: UpstreamHead | null = null
  /** The handler said no to a piece of the last read. */
  isRefused = false

  constructor(limits: UpstreamLimits, parsers: ParserLoan) {
    this.#limits = limits
    this.#parsers = parsers
  }

  /** The answer to a request with this method comes next. */
  begin(method: string): void {
    this.#method = method
    this.#state = HEAD
    this.#interim = 0
    this.upgraded = null
    this.isRefused = false
  }

  get hasHead(): boolean {
    return this.#state !== HEAD
  }
  get isWhole(): boolean {
    return this.#state === WHOLE
  }
  get lastsUntilClose(): boolean {
    return this.#state === UNTIL_CLOSE
  }
  get trailers(): HeaderList | null {
    const trailers = this.#decoder?.trailers ?? null
    return trailers === null ? null : new HeaderList(trailers)
  }

  /** Takes a read of `bytes`; the offset after the answer, or after all bytes; REFUSED where they have no legal reading. */
  read(buffer: Buffer, bytes: number, isShared: boolean, handler: AttemptHandler): number {
    let at = 0
    this.isRefused = false
    while (at < bytes && this.#state === HEAD && this.upgraded === null) {
      const parser = this.#parser ?? this.#parsers.borrow()
      at = parser.parse(buffer, at, bytes)
      if (at < 0) {
        if (this.#parser === null) this.#parsers.giveAway()
        this.#parser = parser
        return at === INCOMPLETE ? bytes : REFUSED
      }
      this.#parser = null
      if (!this.#onHead(parser.head as Head, handler)) return REFUSED
    }
    return at < bytes && this.#state !== WHOLE && this.upgraded === null ? this.#readBody(buffer, at, bytes, isShared, handler) : at
  }

  /** False for an upstream that only ever announces. */
  #onHead(head: Head, handler: AttemptHandler): boolean {
    if (isInterim(head)) {
      this.#interim += 1
      if (head.status === 101) this.upgraded = toUpstreamHead(head, 'none')
      else handler.onInterim(head.status, new HeaderList(head))
      return this.#interim <= this.#limits.interimMax
    }
    const framing = responseFraming(head, this.#method)
    this.keepsConnection = keepsConnection(head) && framing !== 'until_close'
    this.#decoder = null
    if (framing === 'none') this.#state = WHOLE
    else if (framing === 'length') {
      this.#state = LENGTH
      this.#left = head.contentLength
    } else if (framing === 'chunked') {
      this.#state = CHUNKS
      this.#decoder = new ChunkedDecoder(this.#limits)
    } else this.#state = UNTIL_CLOSE
    handler.onAnswer(toUpstreamHead(head, this.#lengthOf(head)))
    return true
  }

  #lengthOf(head: Head): UpstreamHead['length'] {
    if (this.#state === LENGTH) return this.#left
    if (this.#state !== WHOLE) return null
    // A length of nothing is one; HEAD, 204 and 304 have none whatever they say.
    return head.contentLength === 0 && this.#method !== 'HEAD' && head.status !== 204 && head.status !== 304 ? 0 : 'none'
  }

  #readBody(buffer: Buffer, from: number, bytes: number, isShared: boolean, handler: AttemptHandler): number {
    if (this.#state === CHUNKS) {
      const end = (this.#decoder as ChunkedDecoder).decode(buffer, from, bytes, (data) => this.#give(data, isShared, handler))
      if (end === REFUSED) return REFUSED
      if (end === INCOMPLETE) return bytes
      this.#state = WHOLE
      return end
    }
    const end = this.#state === LENGTH ? Math.min(bytes, from + this.#left) : bytes
    if (this.#state === LENGTH) {
      this.#left -= end - from
      if (this.#left === 0) this.#state = WHOLE
    }
    this.#give(buffer.subarray(from, end), isShared, handler)
    return end
  }

  #give(data: Buffer, isShared: boolean, handler: AttemptHandler): void {
    if (!handler.onData(data, isShared)) this.isRefused = true
  }
}

function toUpstreamHead(head: Head, length: UpstreamHead['length']): UpstreamHead {
  return { status: head.status, reason: head.reason, headers: new HeaderList(head), connectionOptions: head.connectionOptions, length }
}
