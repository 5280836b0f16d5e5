import { hashOfName, isName } from '../http1/head.ts'

/** Field names to look for in heads: one look-up per field instead of one walk per name. */
export class NameSet {
  readonly #byHash = new Map<number, string[]>()

  constructor(names: Iterable<string>) {
    for (const name of names) {
      const lower = name.toLowerCase()
      const hash = hashOfName(lower)
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), lower])
    }
  }

  /** Whether the name at `start` of `text`, whose hash this is, is one of these. */
  hasAt(hash: number, text: string, start: number, end: number): boolean {
    const names = this.#byHash.get(hash)
    if (names === undefined) return false
    for (const name of names) if (isName(text, start, end, name)) return true
    return false
  }

  has(name: string): boolean {
    return this.hasAt(hashOfName(name), name, 0, name.length)
  }
}
