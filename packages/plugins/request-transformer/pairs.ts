interface Pair {
  /** As it stood in the text, or as it is written there. */
  raw: string
  /** Percent-decoded, one character per byte. */
  name: string
}

const PLUS_OR_ESCAPE = /\+|%[0-9A-Fa-f]{2}/g
const NOT_PLAIN = /[^A-Za-z0-9\-_.~!*'()]/g

/** Percent-decoded, `+` as a blank; an escape that is none stays. One character per byte. */
export function decodeBytes(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  return text.replace(PLUS_OR_ESCAPE, (found) => (found === '+' ? ' ' : String.fromCharCode(Number.parseInt(found.slice(1), 16))))
}

/** Percent-encodes a text of one character per byte. */
export function encodeBytes(text: string): string {
  return text.replace(NOT_PLAIN, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/** First value of an argument in a query, or null. */
export function argumentOf(query: string | null, name: string): string | null {
  if (query === null) return null
  for (const raw of query.split('&')) {
    const equals = raw.indexOf('=')
    if (decodeBytes(equals < 0 ? raw : raw.slice(0, equals)) === name) return equals < 0 ? '' : decodeBytes(raw.slice(equals + 1))
  }
  return null
}

/** Arguments of a query or fields of a form, in their order. What nobody changes is written as it came. Names and values have one character per byte. */
export class Pairs {
  #pairs: Pair[]

  constructor(text: string | null) {
    const parts = text === null || text === '' ? [] : text.split('&')
    this.#pairs = parts.map((raw) => {
      const equals = raw.indexOf('=')
      return { raw, name: decodeBytes(equals < 0 ? raw : raw.slice(0, equals)) }
    })
  }

  has(name: string): boolean {
    return this.#pairs.some((pair) => pair.name === name)
  }

  remove(name: string): void {
    this.#pairs = this.#pairs.filter((pair) => pair.name !== name)
  }

  /** Takes the place of what had the new name. */
  rename(from: string, to: string): void {
    if (from === to || !this.has(from)) return
    this.remove(to)
    for (const pair of this.#pairs) {
      if (pair.name !== from) continue
      const equals = pair.raw.indexOf('=')
      pair.raw = encodeBytes(to) + (equals < 0 ? '' : pair.raw.slice(equals))
      pair.name = to
    }
  }

  /** Several of one name become one, in the place of the first. */
  replace(name: string, value: string): void {
    const first = this.#pairs.find((pair) => pair.name === name)
    if (first === undefined) return
    this.#pairs = this.#pairs.filter((pair) => pair === first || pair.name !== name)
    first.raw = `${encodeBytes(name)}=${encodeBytes(value)}`
  }

  append(name: string, value: string): void {
    this.#pairs.push({ raw: `${encodeBytes(name)}=${encodeBytes(value)}`, name })
  }

  /** Null where nothing is left. */
  toText(): string | null {
    return this.#pairs.length === 0 ? null : this.#pairs.map((pair) => pair.raw).join('&')
  }
}
