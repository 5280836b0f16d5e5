import type { HeaderFields } from '@sluice/plugins/contract'
import { FIELD_STRIDE, type Head } from '../http1/head.ts'
import type { NameSet } from './name-set.ts'

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 5.5 forbids control bytes in a field value, all but the tab.
const FORBIDDEN = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/
const SP = 32

/** A field of the parsed head: as it came, removed, or with another line in its place. */
type Change = undefined | null | { name: string; value: string }

const isSameName = (name: string, lowerCaseName: string) => name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName

/**
 * Header fields of one message in their order; names compare without case. Fields of a parsed head stay where they are in its text until somebody
 * asks: what nobody touches is copied on in one piece.
 */
export class HeaderList implements HeaderFields {
  readonly #head: Head | null
  /** By number of field of the head; null while nothing was touched. */
  #changes: Change[] | null = null
  /** Name and value in turn, behind those of the head. */
  readonly #added: string[]

  /** `added` is taken over: name and value in turn. */
  constructor(head: Head | null = null, added: string[] = []) {
    this.#head = head
    this.#added = added
  }

  get(name: string): string | null {
    const lower = name.toLowerCase()
    const index = this.#indexInHead(lower, 0)
    if (index >= 0) return this.#valueInHead(index)
    const at = this.#indexInAdded(lower, 0)
    return at < 0 ? null : (this.#added[at + 1] as string)
  }

  getAll(name: string): string[] {
    const lower = name.toLowerCase()
    const values: string[] = []
    for (let index = this.#indexInHead(lower, 0); index >= 0; index = this.#indexInHead(lower, index + 1)) values.push(this.#valueInHead(index))
    for (let at = this.#indexInAdded(lower, 0); at >= 0; at = this.#indexInAdded(lower, at + 2)) values.push(this.#added[at + 1] as string)
    return values
  }

  has(name: string): boolean {
    const lower = name.toLowerCase()
    return this.#indexInHead(lower, 0) >= 0 || this.#indexInAdded(lower, 0) >= 0
  }

  set(name: string, value: string): void {
    check(name, value)
    const lower = name.toLowerCase()
    const index = this.#indexInHead(lower, 0)
    const at = this.#indexInAdded(lower, 0)
    if (index >= 0) {
      this.#removeFrom(lower, index + 1, 0)
      this.#change(index, { name: this.#nameInHead(index), value })
    } else if (at >= 0) {
      this.#added[at + 1] = value
      this.#removeFrom(lower, 0, at + 2)
    } else this.#added.push(name, value)
  }

  add(name: string, value: string): void {
    check(name, value)
    this.#added.push(name, value)
  }

  /** As `add`, for a name and a value of our own that need no check. */
  append(name: string, value: string): void {
    this.#added.push(name, value)
  }

  remove(name: string): void {
    this.#removeFrom(name.toLowerCase(), 0, 0)
  }

  /** Every field with one of these names goes away. */
  removeAll(names: NameSet): void {
    const head = this.#head
    if (head !== null) {
      const { fields, text } = head
      for (let at = 0; at < fields.length; at += FIELD_STRIDE) {
        if (names.hasAt(fields[at] as number, text, fields[at + 1] as number, fields[at + 2] as number)) this.#change(at / FIELD_STRIDE, null)
      }
    }
    for (let at = this.#added.length - 2; at >= 0; at -= 2) if (names.has(this.#added[at] as string)) this.#added.splice(at, 2)
  }

  get isEmpty(): boolean {
    return this.#added.length === 0 && (this.#head === null || this.#head.fieldCount === 0)
  }

  *entries(): Generator<[string, string]> {
    const count = this.#head?.fieldCount ?? 0
    for (let index = 0; index < count; index++) if (this.#changes?.[index] !== null) yield [this.#nameInHead(index), this.#valueInHead(index)]
    for (let at = 0; at < this.#added.length; at += 2) yield [this.#added[at] as string, this.#added[at + 1] as string]
  }

  /** The lines as they go over the wire, each with its CRLF, without those of `left` out. Text of one character per byte. */
  lines(left: NameSet | null): string {
    let text = this.#linesOfHead(left)
    for (let at = 0; at < this.#added.length; at += 2) {
      if (left === null || !left.has(this.#added[at] as string)) text += `${this.#added[at]}: ${this.#added[at + 1]}\r\n`
    }
    return text
  }

  #linesOfHead(left: NameSet | null): string {
    const head = this.#head
    if (head === null || head.fields.length === 0) return ''
    const { fields, text } = head
    const changes = this.#changes
    let written = ''
    let runStart = fields[1] as number
    let runEnd = runStart
    for (let at = 0; at < fields.length; at += FIELD_STRIDE) {
      const lineEnd = at + FIELD_STRIDE < fields.length ? (fields[at + FIELD_STRIDE + 1] as number) : text.length - 2
      const nameStart = fields[at + 1] as number
      const nameEnd = fields[at + 2] as number
      const change = changes === null ? undefined : changes[at / FIELD_STRIDE]
      const isLeft = change === null || left?.hasAt(fields[at] as number, text, nameStart, nameEnd) === true
      // A line with exactly one blank after its colon and none at its end goes on as it is.
      const isPlain = fields[at + 3] === nameEnd + 2 && text.charCodeAt(nameEnd + 1) === SP && fields[at + 4] === lineEnd - 2
      if (!isLeft && change === undefined && isPlain) {
        runEnd = lineEnd
        continue
      }
      written += text.slice(runStart, runEnd)
      if (!isLeft)
        written += change === undefined ? `${text.slice(nameStart, nameEnd)}: ${text.slice(fields[at + 3], fields[at + 4])}\r\n` : `${change?.name}: ${change?.value}\r\n`
      runStart = lineEnd
      runEnd = lineEnd
    }
    return written + text.slice(runStart, runEnd)
  }

  #indexInHead(lowerCaseName: string, from: number): number {
    const head = this.#head
    if (head === null) return -1
    let index = head.indexOf(lowerCaseName, from)
    if (this.#changes !== null) while (index >= 0 && this.#changes[index] === null) index = head.indexOf(lowerCaseName, index + 1)
    return index
  }

  #indexInAdded(lowerCaseName: string, from: number): number {
    for (let at = from; at < this.#added.length; at += 2) if (isSameName(this.#added[at] as string, lowerCaseName)) return at
    return -1
  }

  #nameInHead(index: number): string {
    return this.#head?.nameAt(index) ?? ''
  }

  #valueInHead(index: number): string {
    return this.#changes?.[index]?.value ?? this.#head?.valueAt(index) ?? ''
  }

  #change(index: number, change: Change): void {
    if (this.#changes === null) {
      this.#changes = []
      for (let left = this.#head?.fieldCount ?? 0; left > 0; left--) this.#changes.push(undefined)
    }
    this.#changes[index] = change
  }

  #removeFrom(lowerCaseName: string, index: number, addedAt: number): void {
    for (let found = this.#indexInHead(lowerCaseName, index); found >= 0; found = this.#indexInHead(lowerCaseName, found + 1)) this.#change(found, null)
    for (let at = this.#indexInAdded(lowerCaseName, addedAt); at >= 0; at = this.#indexInAdded(lowerCaseName, at)) this.#added.splice(at, 2)
  }
}

function check(name: string, value: string): void {
  if (!NAME.test(name) || FORBIDDEN.test(value)) throw new TypeError(`not a legal header field: ${JSON.stringify(name)}`)
}
