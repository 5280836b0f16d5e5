/** Numbers that JavaScript would write otherwise stay as they were written. TypeScript does not know these functions of V8 yet. */
interface ExactJson {
  rawJSON(text: string): unknown
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}
const exact = JSON as unknown as ExactJson

function keepNumbers(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && source !== undefined && source !== String(value) ? exact.rawJSON(source) : value
}

/** One character per byte, as the text that they are in UTF-8. */
const decoded = (bytes: string) => new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)))

/** Members of a JSON object at its top, in their order. Names and values that are given have one character per byte. */
export class JsonMembers {
  readonly #members: Map<string, unknown>

  private constructor(members: Map<string, unknown>) {
    this.#members = members
  }

  /** Null for what is no JSON object. Throws RangeError where it is nested too deep. */
  static parse(body: Uint8Array): JsonMembers | null {
    if (body.byteLength === 0) return new JsonMembers(new Map())
    let value: unknown
    try {
      value = exact.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), keepNumbers)
    } catch (error) {
      if (error instanceof RangeError) throw error
      return null
    }
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? new JsonMembers(new Map(Object.entries(value))) : null
  }

  has(name: string): boolean {
    return this.#members.has(decoded(name))
  }

  remove(name: string): void {
    this.#members.delete(decoded(name))
  }

  rename(from: string, to: string): void {
    const name = decoded(from)
    if (from === to || !this.#members.has(name)) return
    const value = this.#members.get(name)
    this.#members.delete(name)
    this.#members.set(decoded(to), value)
  }

  replace(name: string, value: string): void {
    if (this.has(name)) this.#members.set(decoded(name), decoded(value))
  }

  /** Makes a list of what is there, unless it is one; a list of one where nothing is. */
  append(name: string, value: string): void {
    const key = decoded(name)
    const present = this.#members.get(key)
    const list = present === undefined ? [] : Array.isArray(present) ? present : [present]
    this.#members.set(key, [...list, decoded(value)])
  }

  add(name: string, value: string): void {
    if (!this.has(name)) this.#members.set(decoded(name), decoded(value))
  }

  toText(): string {
    return JSON.stringify(Object.fromEntries(this.#members))
  }
}
