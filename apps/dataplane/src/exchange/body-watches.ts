import type { BodyWatch, PluginReply } from '@sluice/plugins/contract'

/** Whoever asked for the body gets this in its place: a plugin that ran before looked at it, and answers for it. */
export class BodyRefused extends Error {
  readonly reply: PluginReply

  constructor(reply: PluginReply) {
    super('a plugin refused the body')
    this.reply = reply
  }
}

/** The plugins that look at one body. Each sees every piece once, and the end once; after a refusal nobody sees more. */
export class BodyWatches {
  readonly #watches: BodyWatch[] = []
  #isOver = false

  add(watch: BodyWatch): void {
    this.#watches.push(watch)
  }

  /** `isLast` where the announced length is reached with this piece: an upstream that was told the length would take it for the end. */
  piece(piece: Uint8Array, isLast: boolean): PluginReply | null {
    if (this.#isOver) return null
    for (const watch of this.#watches) {
      const reply = watch.onPiece(piece)
      if (reply !== undefined) return this.#over(reply)
    }
    return isLast ? this.end() : null
  }

  end(): PluginReply | null {
    if (this.#isOver) return null
    for (const watch of this.#watches) {
      const reply = watch.onEnd()
      if (reply !== undefined) return this.#over(reply)
    }
    return this.#over(null)
  }

  whole(body: Uint8Array): PluginReply | null {
    return this.piece(body, true)
  }

  #over(reply: PluginReply | null): PluginReply | null {
    this.#isOver = true
    return reply
  }
}
