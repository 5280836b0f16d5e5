import type { KeptObjects } from '@sluice/plugins/contract'

export interface KeptLimits {
  /** All objects of all workers together, in bytes; 0 keeps none. */
  bytesMax: number
  /** One object, in bytes. */
  objectBytesMax: number
}

/** What one key costs besides its object: the key itself, and a place in a Map. */
const KEY_BYTES = 200

interface Kept {
  value: object
  bytes: number
}

/** Objects of one worker by key, within so many bytes. A Map keeps them in order of their last use: the first is the one to go. */
export class LeastRecentlyUsed implements KeptObjects {
  readonly objectBytesMax: number
  readonly #bytesMax: number
  readonly #kept = new Map<string, Kept>()
  #bytes = 0
  #heldBytes = 0

  constructor({ bytesMax, objectBytesMax }: KeptLimits) {
    this.#bytesMax = bytesMax
    this.objectBytesMax = Math.max(0, Math.min(objectBytesMax, bytesMax - KEY_BYTES))
  }

  /** Bytes that are counted now, held ones included. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): object | null {
    const kept = this.#kept.get(key)
    if (kept === undefined) return null
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    return kept.value
  }

  put(key: string, value: object, bytes: number): boolean {
    this.remove(key)
    const counted = bytes + KEY_BYTES
    if (bytes > this.objectBytesMax || this.objectBytesMax === 0) return false
    this.#makeRoom(counted)
    if (this.#bytes + counted > this.#bytesMax) return false
    this.#kept.set(key, { value, bytes: counted })
    this.#bytes += counted
    return true
  }

  hold(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#bytesMax / 2) return false
    this.#makeRoom(bytes)
    this.#heldBytes += bytes
    this.#bytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes
    this.#bytes -= bytes
  }

  #makeRoom(bytes: number): void {
    for (const [oldest] of this.#kept) {
      if (this.#bytes + bytes <= this.#bytesMax) break
      this.remove(oldest)
    }
  }

  remove(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    this.#kept.delete(key)
    this.#bytes -= kept.bytes
  }
}
