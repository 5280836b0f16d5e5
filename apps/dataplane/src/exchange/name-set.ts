import { fieldNameOf, hashOfName, isName } from '../http1/field-name.ts'

const SLOTS = 256

/** Field names to look for in heads: one look-up per field instead of one walk per name. */
export class NameSet {
  readonly #byHash = new Map<number, string[]>()
  /** 1 where a name has these low bits of its hash: nearly all other names are told apart by one look. */
  readonly #slots = new Uint8Array(SLOTS)

  constructor(names: Iterable<string>) {
    for (const name of names) {
      const lower = name.toLowerCase()
      const hash = hashOfName(lower)
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), lower])
      this.#slots[hash & (SLOTS - 1)] = 1
    }
  }

  /** Whether the name at `start` of `text`, whose hash this is, is one of these. */
  hasAt(hash: number, text: string, start: number, end: number): boolean {
    if (this.#slots[hash & (SLOTS - 1)] === 0) return false
    const names = this.#byHash.get(hash)
    if (names === undefined) return false
    for (const name of names) if (isName(text, start, end, name)) return true
    return false
  }

  has(name: string): boolean {
    const { hash, lower } = fieldNameOf(name)
    return this.hasAt(hash, lower, 0, lower.length)
  }
}
