import type { AnswerWatch, PluginReply } from '@sluice/plugins/contract'
import type { ErrorCode } from '@sluice/shared/errors'
import type { RawSide } from '../exchange/client-side.ts'
import type { HeaderList } from '../exchange/header-list.ts'
import type { Attempt, AttemptFailure, AttemptHandler, UpstreamHead } from '../upstream/attempt.ts'
import { cleanAnswer } from './upstream-head.ts'

/**
 * Shows what an attempt tells to a plugin that follows the answer, then to who relays it. Where the plugin has another answer for the client,
 * the rest of the upstream's comes to the plugin alone. Requests without such a plugin never meet this.
 */
export class WatchedAnswer implements AttemptHandler {
  readonly #watch: AnswerWatch
  readonly #relay: AttemptHandler
  readonly #supersede: (reply: PluginReply) => void
  #isSuperseded = false

  constructor(watch: AnswerWatch, relay: AttemptHandler, supersede: (reply: PluginReply) => void) {
    this.#watch = watch
    this.#relay = relay
    this.#supersede = supersede
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
    const reply = this.#watch.onHead({ status: head.status, headers: head.headers, length: head.length })
    if (reply === undefined) this.#relay.onAnswer(head)
    else {
      this.#isSuperseded = true
      this.#supersede(reply)
    }
  }

  onData(piece: Buffer, isShared: boolean): boolean {
    const own = isShared ? Buffer.from(piece) : piece
    this.#watch.onPiece(own)
    return this.#isSuperseded || this.#relay.onData(own, false)
  }

  onPause(): void {
    if (!this.#isSuperseded) this.#relay.onPause()
  }

  onEnd(trailers: HeaderList | null): void {
    this.#watch.onEnd(true)
    if (!this.#isSuperseded) this.#relay.onEnd(trailers)
  }

  onUpgraded(head: UpstreamHead, side: RawSide): void {
    this.#watch.onEnd(false)
    this.#relay.onUpgraded(head, side)
  }

  onFailed(failure: AttemptFailure): void {
    // Another attempt may follow: who gives up tells the watch.
    this.#relay.onFailed(failure)
  }

  onBrokeOff(error: ErrorCode): void {
    this.#watch.onEnd(false)
    if (!this.#isSuperseded) this.#relay.onBrokeOff(error)
  }
}
