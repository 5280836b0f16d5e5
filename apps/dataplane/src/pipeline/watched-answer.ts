import type { AnswerWatch, PluginReply } from '@sluice/plugins/contract'
import type { ErrorCode } from '@sluice/shared/errors'
import type { RawSide } from '../exchange/client-side.ts'
import type { HeaderList } from '../exchange/header-list.ts'
import type { Attempt, AttemptFailure, AttemptHandler, UpstreamHead } from '../upstream/attempt.ts'
import { cleanAnswer } from './upstream-head.ts'

interface WatchOwner {
  answerInstead(reply: PluginReply): void
  onWatchFailed(error: unknown): void
}

interface Relay extends AttemptHandler {
  /** The answer that comes is not for the client. */
  supersede(): void
}

/**
 * Shows what an attempt tells to a plugin that follows the answer, then to who relays it. Where the plugin has another answer for the client,
 * the rest of the upstream's comes to the plugin alone. Requests without such a plugin never meet this.
 */
export class WatchedAnswer implements AttemptHandler {
  /** Null once it threw. */
  #watch: AnswerWatch | null
  readonly #relay: Relay
  readonly #owner: WatchOwner
  #isSuperseded = false

  constructor(watch: AnswerWatch, relay: Relay, owner: WatchOwner) {
    this.#watch = watch
    this.#relay = relay
    this.#owner = owner
  }

  onReady(attempt: Attempt): void {
    this.#relay.onReady(attempt)
  }

  onUpstreamDrain(): void {
    this.#relay.onUpstreamDrain()
  }

  onInterim(status: number, headers: HeaderList): void {
    this.#relay.onInterim(status, headers)
  }

  onAnswer(head: UpstreamHead): void {
    cleanAnswer(head.headers, head.connectionOptions)
    const { status, headers, length } = head
    const reply = this.#ask((watch) => watch.onHead({ status, headers, length }))
    if (reply === undefined) this.#relay.onAnswer(head)
    else {
      this.#isSuperseded = true
      this.#relay.supersede()
      this.#owner.answerInstead(reply)
    }
  }

  onData(piece: Buffer, isShared: boolean): boolean {
    if (this.#watch?.wantsBody !== true) return this.#isSuperseded || this.#relay.onData(piece, isShared)
    const own = isShared ? Buffer.from(piece) : piece
    this.#ask((watch) => watch.onPiece(own))
    return this.#isSuperseded || this.#relay.onData(own, false)
  }

  get holdsBytes(): boolean {
    return this.#isSuperseded || this.#watch?.wantsBody === true || this.#relay.holdsBytes
  }

  onPause(): void {
    if (!this.#isSuperseded) this.#relay.onPause()
  }

  onEnd(trailers: HeaderList | null): void {
    this.#ask((watch) => watch.onEnd(true))
    if (!this.#isSuperseded) this.#relay.onEnd(trailers)
  }

  onUpgraded(head: UpstreamHead, side: RawSide): void {
    this.#ask((watch) => watch.onEnd(false))
    this.#relay.onUpgraded(head, side)
  }

  onFailed(failure: AttemptFailure): void {
    // Another attempt may follow: who gives up tells the watch.
    this.#relay.onFailed(failure)
  }

  onBrokeOff(error: ErrorCode): void {
    this.#ask((watch) => watch.onEnd(false))
    if (!this.#isSuperseded) this.#relay.onBrokeOff(error)
  }

  /** A plugin's mistake costs nobody but itself: here, there is nobody above who would catch it. */
  #ask<T>(action: (watch: AnswerWatch) => T): T | undefined {
    if (this.#watch === null) return undefined
    try {
      return action(this.#watch)
    } catch (error) {
      this.#watch = null
      this.#owner.onWatchFailed(error)
      return undefined
    }
  }
}
