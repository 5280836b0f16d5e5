import type { ErrorCode } from '@sluice/shared/errors'
import type { Head } from '../http1/head.ts'
import { type HeadParser, REFUSED } from '../http1/head-parser.ts'
import type { ParserLoan } from '../http1/parser-loan.ts'
import type { HeldBytes } from './held-bytes.ts'

/** Reads the heads of one connection with a borrowed parser, and keeps it while a head has come in part. */
export class HeadIntake {
  readonly #parsers: ParserLoan
  #parser: HeadParser | null = null
  /** Why the connection cannot be read further; null while it can. */
  error: ErrorCode | null = null

  constructor(parsers: ParserLoan) {
    this.#parsers = parsers
  }

  /** Part of a head has come. */
  get isInside(): boolean {
    return this.#parser?.isInside === true
  }

  /** A whole head that was refused for what it says, or null. */
  get refusedHead(): Head | null {
    return this.#parser?.refusedHead ?? null
  }

  /** The next head, which is taken out of `held`; null where it is not whole yet, or `error` says why it is none: then nothing is held any more. */
  next(held: HeldBytes): Head | null {
    const parser = this.#parser ?? this.#parsers.borrow()
    const end = parser.parse(held.buffer, held.from, held.to)
    if (end >= 0) {
      this.#parser = null
      held.advance(end)
      return parser.head
    }
    held.clear()
    if (this.#parser === null) this.#parsers.giveAway()
    this.#parser = parser
    if (end === REFUSED) this.error = parser.error ?? 'bad_request'
    return null
  }
}
