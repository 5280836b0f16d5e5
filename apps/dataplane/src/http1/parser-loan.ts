import { type HeadKind, type HeadLimits, HeadParser } from './head-parser.ts'

/**
 * One parser for all connections of a kind: a connection needs one of its own only while a head has come in part. A kept connection costs no
 * parser, and the one that is used stays in the processor's cache.
 */
export class ParserLoan {
  readonly #kind: HeadKind
  readonly #limits: HeadLimits
  #lent: HeadParser

  constructor(kind: HeadKind, limits: HeadLimits) {
    this.#kind = kind
    this.#limits = limits
    this.#lent = new HeadParser(kind, limits)
  }

  /** For bytes that begin a head. What it answered is to be read before anybody borrows it again. */
  borrow(): HeadParser {
    return this.#lent
  }

  /** Whoever borrowed it last keeps it: it is inside a head, or has refused one. */
  giveAway(): void {
    this.#lent = new HeadParser(this.#kind, this.#limits)
  }
}
