import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/** How often heap and loop are looked at. A request costs one comparison. */
export const OVERLOAD_LOOK_INTERVAL_MS = 100
/** Share of the heap limit from which on new requests are shed, in percent; Envoy's overload manager sheds at 95 too. */
export const SHED_HEAP_PERCENT_DEFAULT = 95
/** How much later than due a worker gets to its work from which on new requests are shed, in milliseconds. Who waits that long has often given up. */
export const SHED_LOOP_LAG_MS_DEFAULT = 1_000

/** Looks in a row that are late before requests are shed: a process that was stopped once, or a machine that slept, is not overloaded. */
const LATE_LOOKS = 2
/** Looks in a row that are in time before requests are taken again. */
const TIMELY_LOOKS = 3

/** What a worker is short of: memory, or time of its event loop. */
export type ShedReason = 'heap' | 'loop'

export interface HeapReading {
  usedBytes: number
  limitBytes: number
}

export interface OverloadBounds {
  /** Of the heap limit, in percent. */
  heapPercent: number
  /** Milliseconds; 0: never. */
  loopLagMs: number
}

export interface OverloadSources {
  heap(): HeapReading
  /** A clock that does not jump. */
  nowMs(): number
}

function readHeap(): HeapReading {
  const { used_heap_size, heap_size_limit } = getHeapStatistics()
  return { usedBytes: used_heap_size, limitBytes: heap_size_limit }
}

/**
 * Says when a worker has too little memory or time left for more requests: answering 503 in time is better than ending with all that run, or
 * answering everybody too late. `look` is to be called every OVERLOAD_LOOK_INTERVAL_MS by a timer of the loop that is judged.
 */
export class OverloadGuard {
  readonly #bounds: OverloadBounds
  readonly #sources: OverloadSources
  #reason: ShedReason | null = null
  #lookedAtMs: number
  #isBehind = false
  /** Looks in a row that speak against what is the case now. */
  #against = 0
  #shed: Record<ShedReason, number> = { heap: 0, loop: 0 }

  constructor(bounds: OverloadBounds, sources: OverloadSources = { heap: readHeap, nowMs: () => performance.now() }) {
    this.#bounds = bounds
    this.#sources = sources
    this.#lookedAtMs = sources.nowMs()
  }

  look(): void {
    const { usedBytes, limitBytes } = this.#sources.heap()
    this.#judgeLoop()
    if (usedBytes * 100 >= limitBytes * this.#bounds.heapPercent) this.#reason = 'heap'
    else this.#reason = this.#isBehind ? 'loop' : null
  }

  /** True where this request is to be answered with 503; it is counted then. */
  sheds(): boolean {
    if (this.#reason === null) return false
    this.#shed[this.#reason] += 1
    return true
  }

  /** Requests that were shed since the last call, by reason. */
  takeShed(): Record<ShedReason, number> {
    const shed = this.#shed
    this.#shed = { heap: 0, loop: 0 }
    return shed
  }

  #judgeLoop(): void {
    const { loopLagMs } = this.#bounds
    const nowMs = this.#sources.nowMs()
    const lagMs = nowMs - this.#lookedAtMs - OVERLOAD_LOOK_INTERVAL_MS
    this.#lookedAtMs = nowMs
    const isLate = loopLagMs > 0 && lagMs >= loopLagMs
    this.#against = isLate === this.#isBehind ? 0 : this.#against + 1
    if (this.#against < (this.#isBehind ? TIMELY_LOOKS : LATE_LOOKS)) return
    this.#isBehind = isLate
    this.#against = 0
  }
}
