import { hash, randomBytes } from 'node:crypto'

/** Keys with requests under way at a time, about. A key looks for room in the slots of one bucket only. */
const BUCKETS = 2_048
const SLOTS_PER_BUCKET = 32

/** Each slot: a 96-bit fingerprint, then for each worker how many requests it has under way and how many wait in it. */
const KEY_WORDS = 3

/** What a worker needs to use the table that main made. */
export interface InFlightMemory {
  buffer: SharedArrayBuffer
  /** One word for each worker, which others change to wake it. */
  bells: SharedArrayBuffer
  workers: number
  /** Keys come from clients; a random secret keeps them from choosing their place. */
  secret: Uint8Array
}

const slotWords = (workers: number) => KEY_WORDS + 2 * workers
/** A bucket begins with its lock: 0, or the number of the worker that holds it, from 1. */
const bucketWords = (workers: number) => 1 + SLOTS_PER_BUCKET * slotWords(workers)

export function createInFlightMemory(workers: number): InFlightMemory {
  return { buffer: new SharedArrayBuffer(BUCKETS * bucketWords(workers) * 4), bells: new SharedArrayBuffer(workers * 4), workers, secret: randomBytes(32) }
}

/** `untracked`: there is no slot for the key. */
export type Admission = 'entered' | 'queued' | 'full' | 'untracked'

/**
 * How many requests are under way for each key, over all workers of a node. Each worker has its own columns, so that what a crashed one held is free as soon as its
 * replacement starts. All that is decided about a key is decided under the lock of its bucket: the limit is never passed.
 */
export class InFlightTable {
  readonly #words: Int32Array
  readonly bells: Int32Array
  readonly #workers: number
  readonly #worker: number
  readonly #secret: string
  readonly #random: () => number

  constructor(memory: InFlightMemory, worker: number, random: () => number) {
    this.#words = new Int32Array(memory.buffer)
    this.bells = new Int32Array(memory.bells)
    this.#workers = memory.workers
    this.#worker = worker
    this.#secret = Buffer.from(memory.secret).toString('hex')
    this.#random = random
    this.#forgetFormer()
  }

  /** Takes a place where one is free and nobody waits; else one in the queue, where that has fewer than `queueMax`. */
  enter(key: string, limit: number, queueMax: number): Admission {
    return this.#withSlot(key, true, 'untracked', (slot) => {
      const waiting = this.#sum(slot, 1)
      if (waiting === 0 && this.#sum(slot, 0) < limit) return this.#change(slot, 0, 1, 'entered')
      return waiting < queueMax ? this.#change(slot, 1, 1, 'queued') : 'full'
    })
  }

  /** The same for one that is in the queue of this worker. */
  enterFromQueue(key: string, limit: number): boolean {
    return this.#withSlot(key, false, false, (slot) => {
      if (this.#sum(slot, 0) >= limit) return false
      this.#change(slot, 1, -1, true)
      return this.#change(slot, 0, 1, true)
    })
  }

  leaveQueue(key: string): void {
    this.#withSlot(key, false, undefined, (slot) => this.#change(slot, 1, -1, undefined))
  }

  /** Gives a place back. The worker that may take it: of those where requests wait one at random, the likelier the more; null where none does. */
  leave(key: string): number | null {
    return this.#withSlot(key, false, null, (slot) => {
      this.#change(slot, 0, -1, undefined)
      let left = this.#random() * this.#sum(slot, 1)
      for (let worker = 0; worker < this.#workers; worker += 1) {
        const waiting = this.#words[this.#column(slot, 1, worker)] ?? 0
        if (waiting > 0 && left < waiting) return worker
        left -= waiting
      }
      return null
    })
  }

  /** How many are under way; for tests and whoever wants to know. */
  count(key: string): number {
    return this.#withSlot(key, false, 0, (slot) => this.#sum(slot, 0))
  }

  #forgetFormer(): void {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const start = bucket * bucketWords(this.#workers)
      for (let index = 0; index < SLOTS_PER_BUCKET; index += 1) {
        const slot = start + 1 + index * slotWords(this.#workers)
        for (const kind of [0, 1] as const) {
          const column = this.#column(slot, kind, this.#worker)
          // What was never used stays so: memory that nobody writes costs nothing.
          if (this.#words[column] !== 0) this.#words[column] = 0
        }
      }
      // It may have ended while it held the lock.
      Atomics.compareExchange(this.#words, start, this.#worker + 1, 0)
    }
  }

  /** Kind 0 is under way, kind 1 waits. */
  #column(slot: number, kind: 0 | 1, worker: number): number {
    return slot + KEY_WORDS + kind * this.#workers + worker
  }

  #sum(slot: number, kind: 0 | 1): number {
    let sum = 0
    for (let worker = 0; worker < this.#workers; worker += 1) sum += this.#words[this.#column(slot, kind, worker)] ?? 0
    return sum
  }

  #change<T>(slot: number, kind: 0 | 1, by: 1 | -1, result: T): T {
    const column = this.#column(slot, kind, this.#worker)
    this.#words[column] = Math.max(0, (this.#words[column] ?? 0) + by)
    return result
  }

  /** Runs `action` on the slot of a key under the lock; gives `otherwise` where it has none, and none is free or wanted. */
  #withSlot<T>(key: string, create: boolean, otherwise: T, action: (slot: number) => T): T {
    const digest = hash('sha256', `${this.#secret}${key}`, 'buffer')
    const prints = [digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12)] as const
    const start = (digest.readUInt32LE(0) % BUCKETS) * bucketWords(this.#workers)
    this.#lock(start)
    try {
      let free: number | null = null
      for (let index = 0; index < SLOTS_PER_BUCKET; index += 1) {
        const slot = start + 1 + index * slotWords(this.#workers)
        if (prints.every((print, word) => this.#words[slot + word] === print)) return action(slot)
        if (free === null && create && this.#sum(slot, 0) === 0 && this.#sum(slot, 1) === 0) free = slot
      }
      if (free === null) return otherwise
      for (const [word, print] of prints.entries()) this.#words[free + word] = print
      return action(free)
    } finally {
      Atomics.store(this.#words, start, 0)
    }
  }

  /** Spins: a bucket is held for about a microsecond. */
  #lock(bucket: number): void {
    while (Atomics.compareExchange(this.#words, bucket, 0, this.#worker + 1) !== 0) Atomics.wait(this.#words, bucket, this.#words[bucket] ?? 0, 1)
  }
}
