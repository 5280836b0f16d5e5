/** A set of at most `max` texts; the one that was asked for longest ago makes room. */
export class RecentSet {
  readonly #max: number
  readonly #texts = new Set<string>()

  constructor(max: number) {
    this.#max = max
  }

  has(text: string): boolean {
    if (!this.#texts.delete(text)) return false
    this.#texts.add(text)
    return true
  }

  add(text: string): void {
    this.#texts.delete(text)
    this.#texts.add(text)
    if (this.#texts.size <= this.#max) return
    const oldest = this.#texts.values().next()
    if (oldest.done !== true) this.#texts.delete(oldest.value)
  }

  get size(): number {
    return this.#texts.size
  }
}
