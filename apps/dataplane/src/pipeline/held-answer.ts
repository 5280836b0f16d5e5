import type { AnswerHead } from '../exchange/client-side.ts'
import type { ResponseRewriting } from '../exchange/exchange.ts'

export function rewriteBody(body: Uint8Array, { rewrites }: ResponseRewriting): Buffer {
  const rewritten = rewrites.reduce((text, rewrite) => rewrite(text) ?? text, body)
  return Buffer.from(rewritten.buffer, rewritten.byteOffset, rewritten.byteLength)
}

/** An upstream's answer that waits for its end, since plugins make another body of the whole one. */
export class HeldAnswer {
  readonly head: AnswerHead
  readonly #rewriting: ResponseRewriting
  readonly #pieces: Buffer[] = []
  #size = 0

  constructor(head: AnswerHead, rewriting: ResponseRewriting) {
    this.head = head
    this.#rewriting = rewriting
  }

  /** False where the body is longer than it may be. */
  take(piece: Buffer, isShared: boolean): boolean {
    this.#size += piece.byteLength
    if (this.#size > this.#rewriting.maxBytes) return false
    this.#pieces.push(isShared ? Buffer.from(piece) : piece)
    return true
  }

  /** Throws what a plugin throws. */
  rewritten(): Buffer {
    return rewriteBody(Buffer.concat(this.#pieces, this.#size), this.#rewriting)
  }
}
