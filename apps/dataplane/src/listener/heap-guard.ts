import { getHeapStatistics } from 'node:v8'

/** How often the heap is looked at. */
export const HEAP_LOOK_INTERVAL_MS = 100
/** Share of the heap limit from which on new requests are shed, in percent; Envoy's overload manager sheds at 95 too. */
export const SHED_HEAP_PERCENT_DEFAULT = 95

export interface HeapReading {
  usedBytes: number
  limitBytes: number
}

function readHeap(): HeapReading {
  const { used_heap_size, heap_size_limit } = getHeapStatistics()
  return { usedBytes: used_heap_size, limitBytes: heap_size_limit }
}

/** Says when a worker has too little memory left for more requests: answering 503 in time is better than ending with all that run. */
export class HeapGuard {
  readonly #percent: number
  readonly #read: () => HeapReading
  #isFull = false
  #shed = 0

  constructor(percent: number, read: () => HeapReading = readHeap) {
    this.#percent = percent
    this.#read = read
  }

  look(): void {
    const { usedBytes, limitBytes } = this.#read()
    this.#isFull = usedBytes * 100 >= limitBytes * this.#percent
  }

  /** True where this request is to be answered with 503; it is counted then. */
  sheds(): boolean {
    if (this.#isFull) this.#shed += 1
    return this.#isFull
  }

  /** Requests that were shed since the last call. */
  takeShed(): number {
    const shed = this.#shed
    this.#shed = 0
    return shed
  }
}
