import { LINK_LIMITS } from '@sluice/shared/protocol'

/**
 * Full jitter: a random delay up to a ceiling that doubles with each failure, so that a fleet that lost its control plane does not come
 * back at one moment.
 */
export class Backoff {
  readonly #random: () => number
  #failures = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const { reconnectDelayMsMin: min, reconnectDelayMsMax: max } = LINK_LIMITS
    const ceiling = Math.min(max, min * 2 ** (this.#failures + 1))
    this.#failures += 1
    return Math.round(min + this.#random() * (ceiling - min))
  }

  /** After a refusal nothing changes by itself: a person has to act, so the longest delays are taken at once. */
  afterRefusal(): number {
    const max = LINK_LIMITS.reconnectDelayMsMax
    return Math.round(max / 2 + (this.#random() * max) / 2)
  }

  reset(): void {
    this.#failures = 0
  }
}
