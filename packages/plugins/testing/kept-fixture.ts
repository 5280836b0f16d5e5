import type { KeptObjects, SharedGenerations } from '../contract.ts'

/** What plugins keep, as the contract describes it, without a bound on all together. */
export class PlainKept implements KeptObjects {
  objectBytesMax = 1_000_000
  readonly kept = new Map<string, object>()

  get(key: string): object | null {
    return this.kept.get(key) ?? null
  }
  put(key: string, value: object, bytes: number): boolean {
    this.kept.delete(key)
    if (bytes > this.objectBytesMax) return false
    this.kept.set(key, value)
    return true
  }
  remove(key: string): void {
    this.kept.delete(key)
  }
  heldBytes = 0
  hold(bytes: number): boolean {
    this.heldBytes += bytes
    return true
  }
  release(bytes: number): void {
    this.heldBytes -= bytes
  }
}

/** Generations where no two names share a place. */
export class PlainGenerations implements SharedGenerations {
  readonly #places = new Map<string, number>()
  readonly #numbers: number[] = []

  placeOf(name: string): number {
    const place = this.#places.get(name) ?? this.#places.size
    this.#places.set(name, place)
    return place
  }
  at(place: number): number {
    return this.#numbers[place] ?? 0
  }
  advance(place: number): void {
    this.#numbers[place] = this.at(place) + 1
  }
}
