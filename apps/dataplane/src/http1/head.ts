import { bitOf, type FieldName, fieldNameOf, isName } from './field-name.ts'

/** Numbers per field in `Head.fields`: hash of the name, nameStart, nameEnd, valueStart, valueEnd. */
export const FIELD_STRIDE = 5

/** How the target of a request is written (RFC 9112 3.2). */
export type TargetForm = 'origin' | 'absolute' | 'authority' | 'asterisk'

/**
 * A head that was found legal: its text once, and where its fields lie in it. Fields are looked for by name when somebody asks; with at most
 * `fieldsMax` of them a walk over hashes is cheaper than a map per message.
 */
export class Head {
  /** From the start line to the empty line with its CRLF, byte for byte as latin1. */
  readonly text: string
  /** FIELD_STRIDE numbers per field, offsets in `text`; values are without the blanks around them. */
  readonly fields: readonly number[]
  /** The `bitOf` each name: most names that are asked for are in no message. */
  readonly mask: number
  /** 0 or 1: the x of HTTP/1.x. */
  minorVersion = 1
  /** Request: as it was sent. Response and trailers: ''. */
  method = ''
  /** Request: the target as it was sent. Else ''. */
  target = ''
  form: TargetForm = 'origin'
  /** Authority of a target in absolute-form or authority-form, which then is the Host (RFC 9112 3.2.2). Else ''. */
  authority = ''
  /** Where in `target` path and query begin; a target in absolute-form may have nothing there, which means `/` (RFC 9110 4.2.3). */
  pathStart = 0
  /** Response: 100 to 599. Else 0. */
  status = 0
  /** Response: text after the status, may be ''. */
  reason = ''
  /** Request: the one Host field, '' where HTTP/1.0 has none. */
  host = ''
  /** Bytes; -1 without Content-Length. `003` is 3: write the number anew instead of passing the text on. */
  contentLength = -1
  /** The one Transfer-Encoding is `chunked`. */
  isChunked = false
  hasClose = false
  hasKeepAlive = false
  /** Lower-case options of Connection besides close, keep-alive and upgrade: fields that end here (RFC 9110 7.6.1). */
  connectionOptions: readonly string[] = []
  /** HTTP/1.1 with `Connection: upgrade` and an Upgrade field (RFC 9110 7.8). */
  hasUpgrade = false
  /** HTTP/1.1 with `Expect: 100-continue`; in HTTP/1.0 it means nothing (RFC 9110 10.1.1). */
  expectsContinue = false
  /** `TE` lists `trailers` (RFC 9110 10.1.4). */
  takesTrailers = false

  constructor(text: string, fields: readonly number[], mask: number) {
    this.text = text
    this.fields = fields
    this.mask = mask
  }

  get fieldCount(): number {
    return this.fields.length / FIELD_STRIDE
  }

  /** Index of the next field with this name from field `from` on, or -1. */
  indexOf(name: FieldName, from = 0): number {
    const { hash, lower } = name
    if ((this.mask & bitOf(hash)) === 0) return -1
    const { fields, text } = this
    for (let at = from * FIELD_STRIDE; at < fields.length; at += FIELD_STRIDE) {
      if (fields[at] === hash && isName(text, fields[at + 1] as number, fields[at + 2] as number, lower)) return at / FIELD_STRIDE
    }
    return -1
  }

  /** Value of the first field with this name, or null. */
  get(name: string): string | null {
    const index = this.indexOf(fieldNameOf(name))
    return index < 0 ? null : this.valueAt(index)
  }

  /** Name of a field in the case in which it came. */
  nameAt(index: number): string {
    const at = index * FIELD_STRIDE
    return this.text.slice(this.fields[at + 1], this.fields[at + 2])
  }

  valueAt(index: number): string {
    const at = index * FIELD_STRIDE
    return this.text.slice(this.fields[at + 3], this.fields[at + 4])
  }
}
