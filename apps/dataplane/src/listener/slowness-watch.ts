import type { ListenerLimits } from './limits.ts'

/** How often a slow connection is looked at, at most. */
const LOOK_INTERVAL_MS = 1_000

/** Judges whether a client is too slow with its body, or in taking its answer. Only time in which it was its turn counts. */
export class SlownessWatch {
  /** When to look next, in milliseconds from now. */
  readonly intervalMs: number
  readonly #limits: ListenerLimits
  #waitedMs = 0
  #seenAtMs = 0
  #bytes = 0
  #progressAtMs = 0
  #sent = -1
  #sentAtMs = 0

  constructor(limits: ListenerLimits) {
    this.#limits = limits
    this.intervalMs = Math.min(LOOK_INTERVAL_MS, limits.bodyTimeoutMs / 2, limits.sendTimeoutMs / 2)
  }

  /** A body is awaited from now on. */
  begin(nowMs: number): void {
    this.#waitedMs = 0
    this.#bytes = 0
    this.#seenAtMs = nowMs
    this.#progressAtMs = nowMs
  }

  /** `bytes` of the body have come so far. */
  comesTooSlowly(nowMs: number, bytes: number): boolean {
    this.#waitedMs += Math.min(nowMs - this.#seenAtMs, 2 * this.intervalMs)
    this.#seenAtMs = nowMs
    if (bytes > this.#bytes) {
      this.#bytes = bytes
      this.#progressAtMs = nowMs
    }
    if (nowMs - this.#progressAtMs >= this.#limits.bodyTimeoutMs) return true
    return this.#waitedMs > this.#limits.bodyGraceMs && bytes * 1_000 < this.#limits.bodyBytesPerSecondMin * this.#waitedMs
  }

  /** `sent` bytes have left for the client, and more wait. */
  sendsTooSlowly(nowMs: number, sent: number): boolean {
    if (sent !== this.#sent) {
      this.#sent = sent
      this.#sentAtMs = nowMs
      return false
    }
    return nowMs - this.#sentAtMs >= this.#limits.sendTimeoutMs
  }
}
