/** How many frames of a kind a connection may send: so many at once, and so many per second in the long run. */
export class FrameRate {
  readonly #perSecond: number
  readonly #burst: number
  #left: number
  #seenAtMs = 0

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#left = burst
  }

  /** One more came; true where that is one too many. */
  take(nowMs: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + ((nowMs - this.#seenAtMs) * this.#perSecond) / 1_000) - 1
    this.#seenAtMs = nowMs
    return this.#left < 0
  }

  /** More than half of what may come at once came lately. */
  get isNear(): boolean {
    return this.#left < this.#burst / 2
  }
}
