import type { HeaderFields } from '@sluice/plugins/contract'
import { type FieldName, fieldNameOf } from '../http1/field-name.ts'
import { FIELD_STRIDE, type Head } from '../http1/head.ts'
import type { NameSet } from './name-set.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 9110 5.5 forbids control bytes in a field value, all but the tab.
const FORBIDDEN = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/
const SP = 32

/** Another line in the place of a field of the parsed head. */
interface Line {
  name: string
  value: string
}

/** Fields whose removal is noted in the bits of one number. */
const BITS = 31

const isSameName = (name: string, lowerCaseName: string) => name === lowerCaseName || (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName)

/**
 * Header fields of one message in their order; names compare without case. Fields of a parsed head stay where they are in its text until somebody
 * asks: what nobody touches is copied on in one piece.
 */
export class HeaderList implements HeaderFields {
  readonly #head: Head | null
  /** A bit for each of the first fields of the head that is removed. */
  #gone = 0
  /** Numbers of further fields that are removed. */
  #goneBeyond: Set<number> | null = null
  /** Lines in place of fields of the head, by number of field. */
  #replaced: Map<number, Line> | null = null
  /** Name and value in turn, behind those of the head. */
  readonly #added: string[]

  /** `added` is taken over: name and value in turn. */
  constructor(head: Head | null = null, added: string[] = []) {
    this.#head = head
    this.#added = added
  }

  get(name: string): string | null {
    const wanted = fieldNameOf(name)
    const index = this.#indexInHead(wanted, 0)
    if (index >= 0) return this.#valueInHead(index)
    const at = this.#indexInAdded(wanted, 0)
    return at < 0 ? null : (this.#added[at + 1] as string)
  }

  getAll(name: string): string[] {
    const wanted = fieldNameOf(name)
    const values: string[] = []
    for (let index = this.#indexInHead(wanted, 0); index >= 0; index = this.#indexInHead(wanted, index + 1)) values.push(this.#valueInHead(index))
    for (let at = this.#indexInAdded(wanted, 0); at >= 0; at = this.#indexInAdded(wanted, at + 2)) values.push(this.#added[at + 1] as string)
    return values
  }

  has(name: string): boolean {
    const wanted = fieldNameOf(name)
    return this.#indexInHead(wanted, 0) >= 0 || this.#indexInAdded(wanted, 0) >= 0
  }

  set(name: string, value: string): void {
    check(name, value)
    this.#put(name, value)
  }

  /** Sets these fields in `target`; cookies are added. */
  putOnto(target: HeaderList): void {
    for (let at = 0; at < this.#added.length; at += 2) {
      const name = this.#added[at] as string
      if (fieldNameOf(name).lower === 'set-cookie') target.#added.push(name, this.#added[at + 1] as string)
      else target.#put(name, this.#added[at + 1] as string)
    }
  }

  #put(name: string, value: string): void {
    const wanted = fieldNameOf(name)
    const index = this.#indexInHead(wanted, 0)
    const at = this.#indexInAdded(wanted, 0)
    if (index >= 0) {
      this.#removeFrom(wanted, index + 1, 0)
      this.#replaced ??= new Map()
      this.#replaced.set(index, { name: this.#nameInHead(index), value })
    } else if (at >= 0) {
      this.#added[at + 1] = value
      this.#removeFrom(wanted, 0, at + 2)
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
    this.#removeFrom(fieldNameOf(name), 0, 0)
  }

  /** Every field with one of these names goes away. */
  removeAll(names: NameSet): void {
    const head = this.#head
    if (head !== null) {
      const { fields, text } = head
      for (let at = 0; at < fields.length; at += FIELD_STRIDE) {
        if (names.hasAt(fields[at] as number, text, fields[at + 1] as number, fields[at + 2] as number)) this.#removeInHead(at / FIELD_STRIDE)
      }
    }
    for (let at = this.#added.length - 2; at >= 0; at -= 2) if (names.has(this.#added[at] as string)) this.#added.splice(at, 2)
  }

  get isEmpty(): boolean {
    return this.#added.length === 0 && (this.#head === null || this.#head.fieldCount === 0)
  }

  *entries(): Generator<[string, string]> {
    const count = this.#head?.fieldCount ?? 0
    for (let index = 0; index < count; index++) if (!this.#isGone(index)) yield [this.#nameInHead(index), this.#valueInHead(index)]
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
    const replaced = this.#replaced
    let written = ''
    let runStart = fields[1] as number
    let runEnd = runStart
    for (let at = 0; at < fields.length; at += FIELD_STRIDE) {
      const lineEnd = at + FIELD_STRIDE < fields.length ? (fields[at + FIELD_STRIDE + 1] as number) : text.length - 2
      const nameStart = fields[at + 1] as number
      const nameEnd = fields[at + 2] as number
      const line = replaced === null ? undefined : replaced.get(at / FIELD_STRIDE)
      const isLeft = this.#isGone(at / FIELD_STRIDE) || left?.hasAt(fields[at] as number, text, nameStart, nameEnd) === true
      // A line with exactly one blank after its colon and none at its end goes on as it is.
      const isPlain = fields[at + 3] === nameEnd + 2 && text.charCodeAt(nameEnd + 1) === SP && fields[at + 4] === lineEnd - 2
      if (!isLeft && line === undefined && isPlain) {
        runEnd = lineEnd
        continue
      }
      if (runEnd > runStart) written += text.slice(runStart, runEnd)
      if (!isLeft) written += line === undefined ? `${text.slice(nameStart, nameEnd)}: ${text.slice(fields[at + 3], fields[at + 4])}\r\n` : `${line.name}: ${line.value}\r\n`
      runStart = lineEnd
      runEnd = lineEnd
    }
    return runEnd > runStart ? written + text.slice(runStart, runEnd) : written
  }

  #indexInHead(name: FieldName, from: number): number {
    const head = this.#head
    if (head === null) return -1
    let index = head.indexOf(name, from)
    while (index >= 0 && this.#isGone(index)) index = head.indexOf(name, index + 1)
    return index
  }

  #indexInAdded({ lower }: FieldName, from: number): number {
    for (let at = from; at < this.#added.length; at += 2) if (isSameName(this.#added[at] as string, lower)) return at
    return -1
  }

  #nameInHead(index: number): string {
    return this.#head?.nameAt(index) ?? ''
  }

  #valueInHead(index: number): string {
    return this.#replaced?.get(index)?.value ?? this.#head?.valueAt(index) ?? ''
  }

  #isGone(index: number): boolean {
    return index < BITS ? ((this.#gone >>> index) & 1) === 1 : this.#goneBeyond?.has(index) === true
  }

  #removeInHead(index: number): void {
    if (index < BITS) {
      this.#gone |= 1 << index
      return
    }
    this.#goneBeyond ??= new Set()
    this.#goneBeyond.add(index)
  }

  #removeFrom(name: FieldName, index: number, addedAt: number): void {
    for (let found = this.#indexInHead(name, index); found >= 0; found = this.#indexInHead(name, found + 1)) this.#removeInHead(found)
    for (let at = this.#indexInAdded(name, addedAt); at >= 0; at = this.#indexInAdded(name, at)) this.#added.splice(at, 2)
  }
}

function check(name: string, value: string): void {
  if (!fieldNameOf(name).isLegal || FORBIDDEN.test(value)) throw new TypeError(`not a legal header field: ${JSON.stringify(name)}`)
}
