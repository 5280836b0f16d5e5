import { type CounterTable, type MaybePromise, REFUSED, TABLE_FULL } from '../contract.ts'

/** One limit at one moment: the window that counts, and what of the window before still does. */
export interface Allowance {
  /** Names the window; with the owner it names the counter. */
  window: string
  limit: number
  /** The window before, and the share of its count that still counts, 0 to 1; null where windows are fixed. */
  previous: { window: string; weight: number } | null
  /** Until then the counter is needed. The windows of one limit are kept equally long. */
  keepUntilMs: number
  /** The same for the window before. */
  previousKeepUntilMs: number
}

export interface Verdict {
  allowed: boolean
  /** What is left of each limit. */
  remaining: number[]
  /** Counts that the verdict was made from, for those who work out when one fits again. */
  counts: { current: number; previous: number }[]
}

/** Counts requests. `owner` is who counts for what, as one text. */
export interface Counting {
  /**
   * Counts a request in all limits where each has room, or else in none; in all whatever comes of it where `countsRefused`. Null where counters cannot
   * be kept.
   */
  take(owner: string, allowances: readonly Allowance[], countsRefused: boolean): MaybePromise<Verdict | null>
}

/** What the window before leaves of a limit, whole requests. */
export function roomOf({ limit, previous }: Allowance, previousCount: number): number {
  return previous === null ? limit : Math.max(0, Math.floor(limit - previousCount * previous.weight))
}

/** Counters in the memory of this node: exact across its workers. */
export class LocalCounting implements Counting {
  readonly #counters: CounterTable

  constructor(counters: CounterTable) {
    this.#counters = counters
  }

  take(owner: string, allowances: readonly Allowance[], countsRefused: boolean): Verdict | null {
    const verdict: Verdict = { allowed: true, remaining: [], counts: [] }
    for (const [index, allowance] of allowances.entries()) {
      const { previous, window, keepUntilMs } = allowance
      const before = previous === null ? 0 : this.#counters.read(`${owner}\0${previous.window}`, allowance.previousKeepUntilMs)
      const room = roomOf(allowance, before)
      const key = `${owner}\0${window}`
      const count = countsRefused ? this.#counters.add(key, 1, keepUntilMs) : this.#counters.take(key, room, keepUntilMs)
      if (count === REFUSED || count === TABLE_FULL) {
        for (const earlier of allowances.slice(0, index)) this.#counters.release(`${owner}\0${earlier.window}`, earlier.keepUntilMs)
        return count === TABLE_FULL ? null : this.#look(owner, allowances)
      }
      if (count > room) verdict.allowed = false
      verdict.remaining.push(Math.max(0, room - count))
      verdict.counts.push({ current: count, previous: before })
    }
    return verdict
  }

  /** A refusal, with what is left. */
  #look(owner: string, allowances: readonly Allowance[]): Verdict {
    const counts = allowances.map(({ window, previous, keepUntilMs, previousKeepUntilMs }) => ({
      current: this.#counters.read(`${owner}\0${window}`, keepUntilMs),
      previous: previous === null ? 0 : this.#counters.read(`${owner}\0${previous.window}`, previousKeepUntilMs),
    }))
    const remaining = allowances.map((allowance, index) => Math.max(0, roomOf(allowance, counts[index]?.previous ?? 0) - (counts[index]?.current ?? 0)))
    return { allowed: false, remaining, counts }
  }
}
