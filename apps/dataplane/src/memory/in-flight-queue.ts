import type { InFlightBounds, InFlightPlaces, Place } from '@sluice/plugins/contract'
import type { InFlightTable } from './in-flight-table.ts'

/** How often those who wait look for themselves, in case that the worker that was to wake them has crashed. */
const LOOK_INTERVAL_MS = 50

interface Waiter {
  limit: number
  settle: (isIn: boolean) => void
}

/** The places of a table for the requests of one worker, with those of them that wait. Workers wake one another when a place is free. */
export class InFlightQueue implements InFlightPlaces {
  readonly #table: InFlightTable
  readonly #worker: number
  /** Who waits here for which key, in the order that they came. */
  readonly #waiters = new Map<string, Set<Waiter>>()
  #isListening = false
  #lookTimer: NodeJS.Timeout | null = null

  constructor(table: InFlightTable, worker: number) {
    this.#table = table
    this.#worker = worker
  }

  enter(key: string, { limit, queueMax, waitMs }: InFlightBounds): Place {
    // Looked at before: a place that is given back from here on rings.
    const heard = Atomics.load(this.#table.bells, this.#worker)
    const admission = this.#table.enter(key, limit, queueMax)
    switch (admission) {
      case 'entered':
        return { state: 'entered', entered: null, leave: once(() => this.#leave(key)) }
      case 'queued':
        this.#listen(heard)
        return this.#wait(key, limit, waitMs)
      default:
        return { state: admission, entered: null, leave: () => {} }
    }
  }

  #wait(key: string, limit: number, waitMs: number): Place {
    let isIn = false
    let waiter: Waiter | null = null
    const entered = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => leave(), waitMs)
      waiter = {
        limit,
        settle: (hasPlace) => {
          clearTimeout(timer)
          isIn = hasPlace
          resolve(hasPlace)
        },
      }
      const queue = this.#waiters.get(key) ?? new Set()
      queue.add(waiter)
      this.#waiters.set(key, queue)
    })
    const leave = once(() => {
      if (isIn) this.#leave(key)
      else if (waiter !== null) this.#giveUp(key, waiter)
    })
    return { state: 'waiting', entered, leave }
  }

  #giveUp(key: string, waiter: Waiter): void {
    this.#remove(key, waiter)
    this.#table.leaveQueue(key)
    waiter.settle(false)
    // A place may have been meant for it.
    this.#admit(key)
  }

  #remove(key: string, waiter: Waiter): void {
    const queue = this.#waiters.get(key)
    queue?.delete(waiter)
    if (queue?.size === 0) this.#waiters.delete(key)
  }

  #leave(key: string): void {
    const worker = this.#table.leave(key)
    if (worker === this.#worker) this.#admit(key)
    else if (worker !== null) {
      Atomics.add(this.#table.bells, worker, 1)
      Atomics.notify(this.#table.bells, worker)
    }
  }

  /** Gives free places to those who wait for this key, first come, first served. */
  #admit(key: string): void {
    for (const waiter of this.#waiters.get(key) ?? []) {
      if (!this.#table.enterFromQueue(key, waiter.limit)) return
      this.#remove(key, waiter)
      waiter.settle(true)
    }
  }

  #admitAll(): void {
    for (const key of [...this.#waiters.keys()]) this.#admit(key)
  }

  /** While anybody waits: for the bell of this worker, and every so often without it. */
  #listen(heard: number): void {
    this.#lookTimer ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref()
    if (this.#isListening) return
    this.#isListening = true
    void this.#hear(heard)
  }

  #look(): void {
    this.#admitAll()
    if (this.#waiters.size > 0 || this.#lookTimer === null) return
    clearInterval(this.#lookTimer)
    this.#lookTimer = null
  }

  async #hear(heard: number): Promise<void> {
    let last = heard
    do {
      await Atomics.waitAsync(this.#table.bells, this.#worker, last).value
      last = Atomics.load(this.#table.bells, this.#worker)
      this.#admitAll()
    } while (this.#waiters.size > 0)
    this.#isListening = false
  }
}

function once(action: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    action()
  }
}
