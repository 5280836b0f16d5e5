import { performance } from 'node:perf_hooks'

/** How often deadlines are looked at, in milliseconds: one timer for all connections costs nothing per request, and is late by this much at most. */
export const DEADLINE_TICK_MS = 50

export const NEVER = Number.POSITIVE_INFINITY

/** Something that must have happened by a certain time. */
export interface Timed {
  /** On the clock of `Deadlines`; NEVER while nothing is awaited. */
  deadlineMs: number
  onDeadline(): void
}

/** Looks after the deadlines of the connections of a worker. */
export class Deadlines {
  readonly #watched = new Set<Timed>()
  #timer: NodeJS.Timeout | null = null
  /** A clock that does not jump, as of the last tick: reading it costs a load, where a real one was seen at 3 % of a request. */
  nowMs = performance.now()

  watch(timed: Timed): void {
    this.#watched.add(timed)
    if (this.#timer !== null) return
    this.nowMs = performance.now()
    this.#timer = setInterval(() => this.#look(), DEADLINE_TICK_MS).unref()
  }

  forget(timed: Timed): void {
    this.#watched.delete(timed)
    if (this.#watched.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #look(): void {
    const nowMs = performance.now()
    this.nowMs = nowMs
    for (const timed of this.#watched) {
      if (timed.deadlineMs > nowMs) continue
      timed.deadlineMs = NEVER
      timed.onDeadline()
    }
  }
}
