import type { HeaderFields } from '@sluice/plugins/contract'

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 5.5 forbids exactly these in a field value.
const FORBIDDEN = /[\x00\r\n]/

/** Header fields of one message in their order, as name and value in turn; names compare without case. */
export class HeaderList implements HeaderFields {
  readonly #raw: string[]

  /** Takes the array over: `[name, value, name, value, …]`, the form in which Node.js gives and takes heads. */
  constructor(raw: string[] = []) {
    this.#raw = raw
  }

  get(name: string): string | null {
    const index = this.#indexOf(name, 0)
    return index < 0 ? null : (this.#raw[index + 1] ?? null)
  }

  getAll(name: string): string[] {
    const values: string[] = []
    for (let index = this.#indexOf(name, 0); index >= 0; index = this.#indexOf(name, index + 2)) values.push(this.#raw[index + 1] ?? '')
    return values
  }

  has(name: string): boolean {
    return this.#indexOf(name, 0) >= 0
  }

  set(name: string, value: string): void {
    this.#check(name, value)
    const index = this.#indexOf(name, 0)
    if (index < 0) {
      this.#raw.push(name, value)
      return
    }
    this.#raw[index + 1] = value
    for (let next = this.#indexOf(name, index + 2); next >= 0; next = this.#indexOf(name, next)) this.#raw.splice(next, 2)
  }

  add(name: string, value: string): void {
    this.#check(name, value)
    this.#raw.push(name, value)
  }

  remove(name: string): void {
    for (let index = this.#indexOf(name, 0); index >= 0; index = this.#indexOf(name, index)) this.#raw.splice(index, 2)
  }

  *entries(): Generator<[string, string]> {
    for (let index = 0; index < this.#raw.length; index += 2) yield [this.#raw[index] ?? '', this.#raw[index + 1] ?? '']
  }

  /** The fields as Node.js takes them; not a copy. */
  raw(): string[] {
    return this.#raw
  }

  #indexOf(name: string, from: number): number {
    const wanted = name.toLowerCase()
    for (let index = from; index < this.#raw.length; index += 2) {
      const candidate = this.#raw[index] as string
      if (candidate.length === wanted.length && candidate.toLowerCase() === wanted) return index
    }
    return -1
  }

  #check(name: string, value: string): void {
    if (!NAME.test(name) || FORBIDDEN.test(value)) throw new TypeError(`not a legal header field: ${JSON.stringify(name)}`)
  }
}
