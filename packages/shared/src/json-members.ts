/** Functions of V8 that TypeScript does not know yet. */
interface ExactJson {
  rawJSON(text: string): unknown
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}
const exact = JSON as unknown as ExactJson

/** Numbers that JavaScript would write otherwise (`1.00`, twenty digits) stay as they were written. */
function keepNumbers(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && source !== undefined && source !== String(value) ? exact.rawJSON(source) : value
}

/** Members at the top of a JSON object, in their order. */
export class JsonMembers {
  readonly #members: Map<string, unknown>

  private constructor(members: Map<string, unknown>) {
    this.#members = members
  }

  /** An object without members for no bytes at all; null for what is no JSON object in UTF-8. Throws RangeError where it is nested too deep. */
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
    return this.#members.has(name)
  }

  remove(name: string): void {
    this.#members.delete(name)
  }

  /** Takes the place of what had the new name; nothing where the old one is not there. */
  rename(from: string, to: string): void {
    if (from === to || !this.#members.has(from)) return
    const value = this.#members.get(from)
    this.#members.delete(from)
    this.#members.set(to, value)
  }

  set(name: string, value: unknown): void {
    this.#members.set(name, value)
  }

  /** Makes a list of what is there, unless it is one; a list of one where nothing is. */
  append(name: string, value: unknown): void {
    const present = this.#members.get(name)
    const list = present === undefined ? [] : Array.isArray(present) ? present : [present]
    this.#members.set(name, [...list, value])
  }

  /** Throws RangeError where it is nested too deep. */
  toText(): string {
    return JSON.stringify(Object.fromEntries(this.#members))
  }
}
