import { hash, randomBytes } from 'node:crypto'
import { type CounterTable, REFUSED, TABLE_FULL } from '@sluice/plugins/contract'

/** Slots of a table unless set otherwise. One slot is 24 bytes. */
export const COUNTER_SLOTS_DEFAULT = 2 ** 20
/** How many neighbours of its place a key may lie in. */
const PROBES_MAX = 64

/**
 * Each slot: a 96-bit fingerprint with a lock bit, the end of its window in seconds, and the count; six 32-bit words. A slot of `spend` has no
 * window: its end is the second in which nothing is owed any more, and its count how many microseconds before that it is.
 */
const WORDS = 6
const LOCK = 0
const COUNT = 1
const EXPIRES = 2
const KEY_0 = 3
const COUNT_MAX = 2 ** 32 - 1
/** In place of the end of a window, for slots that move theirs. */
const MOVES = 0

/** Places and fingerprints of keys that were asked for lately: about 100 bytes each, made anew when there are so many. */
const PRINTS_MAX = 8_192

interface Print {
  expires: number
  start: number
  first: number
  second: number
  third: number
}

/** What a worker needs to use the table that main made. */
export interface CounterMemory {
  buffer: SharedArrayBuffer
  slots: number
  /** Keys come from clients; a random secret keeps them from choosing their place. */
  secret: Uint8Array
}

export function createCounterMemory(slots = COUNTER_SLOTS_DEFAULT): CounterMemory {
  return { buffer: new SharedArrayBuffer(slots * WORDS * 4), slots, secret: randomBytes(32) }
}

/**
 * Counters shared by the workers of a node: open addressing, one short lock per slot, so that a count never passes its limit whoever
 * counts. A slot whose window has ended is free for any key. A window's end is part of the key, so windows never mix.
 */
export class SharedCounterTable implements CounterTable {
  readonly #words: Int32Array
  readonly #slots: number
  readonly #secret: string
  readonly #clock: { nowMs(): number }
  readonly #prints = new Map<string, Print>()

  constructor(memory: CounterMemory, clock: { nowMs(): number }) {
    this.#words = new Int32Array(memory.buffer)
    this.#slots = memory.slots
    this.#secret = Buffer.from(memory.secret).toString('hex')
    this.#clock = clock
  }

  take(key: string, limit: number, expiresAtMs: number): number {
    return this.#withSlot(key, expiresAtMs, true, (offset) => {
      const count = this.#words[offset + COUNT] ?? 0
      if (count >>> 0 >= limit) return REFUSED
      this.#words[offset + COUNT] = count + 1
      return (count + 1) >>> 0
    })
  }

  release(key: string, expiresAtMs: number): void {
    this.#withSlot(key, expiresAtMs, false, (offset) => {
      const count = this.#words[offset + COUNT] ?? 0
      if (count !== 0) this.#words[offset + COUNT] = count - 1
      return 0
    })
  }

  read(key: string, expiresAtMs: number): number {
    return Math.max(
      0,
      this.#withSlot(key, expiresAtMs, false, (offset) => (this.#words[offset + COUNT] ?? 0) >>> 0),
    )
  }

  add(key: string, count: number, expiresAtMs: number): number {
    return this.#withSlot(key, expiresAtMs, true, (offset) => this.#setCount(offset, this.#countAt(offset) + count))
  }

  raise(key: string, atLeast: number, expiresAtMs: number): number {
    return this.#withSlot(key, expiresAtMs, true, (offset) => this.#setCount(offset, Math.max(this.#countAt(offset), atLeast)))
  }

  spend(key: string, intervalMs: number, toleranceMs: number): number | null {
    const nowMs = this.#clock.nowMs()
    let owed = 0
    const found = this.#withSlot(key, MOVES, true, (offset) => {
      const paidAtMs = Math.max(nowMs, (this.#words[offset + EXPIRES] ?? 0) * 1000 - this.#countAt(offset) / 1000)
      const nextMs = Math.max(nowMs, paidAtMs + intervalMs)
      owed = nextMs - nowMs
      // Half a microsecond is what sums of fractions may be off by.
      if (intervalMs > 0 && owed - toleranceMs > 0.0005) {
        owed = toleranceMs - owed
        return 0
      }
      const second = Math.ceil(nextMs / 1000)
      this.#words[offset + EXPIRES] = second
      this.#setCount(offset, Math.round((second * 1000 - nextMs) * 1000))
      return 0
    })
    return found === TABLE_FULL ? null : owed
  }

  #countAt(offset: number): number {
    return (this.#words[offset + COUNT] ?? 0) >>> 0
  }

  #setCount(offset: number, count: number): number {
    const kept = Math.min(count, COUNT_MAX)
    this.#words[offset + COUNT] = kept | 0
    return kept
  }

  /** Finds the slot of a key (taking a free one where `create`) and runs `action` while it is locked. */
  #withSlot(key: string, expiresAtMs: number, create: boolean, action: (offset: number) => number): number {
    const expires = Math.ceil(expiresAtMs / 1000) | 0
    const print = this.#printOf(key, expires)
    const { start } = print
    const nowS = Math.floor(this.#clock.nowMs() / 1000)
    for (let probe = 0; probe < PROBES_MAX; probe += 1) {
      const offset = ((start + probe) % this.#slots) * WORDS
      this.#lock(offset)
      try {
        if (this.#isSlotOf(offset, print)) return action(offset)
        const isFree = (this.#words[offset + EXPIRES] ?? 0) <= nowS
        // Slots are never emptied in a chain, so a slot that was never used ends the search.
        if (!create && (this.#words[offset + EXPIRES] ?? 0) === 0) return 0
        if (isFree && create && !this.#livesFurtherOn(print, probe)) {
          this.#words[offset + COUNT] = 0
          // A slot that moves its end sets it itself: nobody may see a slot without an end in the middle of a chain.
          if (expires !== MOVES) this.#words[offset + EXPIRES] = expires
          this.#words[offset + KEY_0] = print.first
          this.#words[offset + KEY_0 + 1] = print.second
          this.#words[offset + KEY_0 + 2] = print.third
          return action(offset)
        }
      } finally {
        Atomics.store(this.#words, offset + LOCK, 0)
      }
    }
    return create ? TABLE_FULL : 0
  }

  #printOf(key: string, expires: number): Print {
    const known = this.#prints.get(key)
    if (known?.expires === expires) return known
    // A secret in front is enough where nobody sees the hash. An HMAC was measured at 15 to 20 µs, this at 0.5 to 1.
    const digest = hash('sha256', `${this.#secret}${key}\0${expires}`, 'buffer')
    const print = { expires, start: digest.readUInt32LE(0), first: digest.readInt32LE(4), second: digest.readInt32LE(8), third: digest.readInt32LE(12) }
    if (this.#prints.size >= PRINTS_MAX) this.#prints.clear()
    this.#prints.set(key, print)
    return print
  }

  #isSlotOf(offset: number, { expires, first, second, third }: Print): boolean {
    const words = this.#words
    if (expires !== MOVES && words[offset + EXPIRES] !== expires) return false
    return words[offset + KEY_0] === first && words[offset + KEY_0 + 1] === second && words[offset + KEY_0 + 2] === third
  }

  /** A key may lie behind a slot that has been freed since: it must be found there, not started anew. */
  #livesFurtherOn(print: Print, probe: number): boolean {
    for (let next = probe + 1; next < PROBES_MAX; next += 1) {
      const offset = ((print.start + next) % this.#slots) * WORDS
      if ((this.#words[offset + EXPIRES] ?? 0) === 0) return false
      if (this.#isSlotOf(offset, print)) return true
    }
    return false
  }

  /** Spins: a slot is held for well below a microsecond. */
  #lock(offset: number): void {
    while (Atomics.compareExchange(this.#words, offset + LOCK, 0, 1) !== 0) Atomics.wait(this.#words, offset + LOCK, 1, 1)
  }
}
