import { isMadeOf, SP, TAB, TOKEN, VALUE } from './byte-classes.ts'
import { FIELD_STRIDE, type Head, hashOfName, isName } from './head.ts'

function checkField(name: string, value: string): void {
  if (!isMadeOf(name, TOKEN)) throw new TypeError(`not a legal field name: ${JSON.stringify(name)}`)
  if (value !== '' && !isMadeOf(value, VALUE)) throw new TypeError(`not a legal value of the field ${name}: control characters or characters above U+00FF`)
}

interface Edit {
  hash: number
  lowerCaseName: string
  /** Lines in place of the first field of that name, '' to remove it. The others of that name are removed. */
  lines: string
}

const UNTOUCHED = -1

/**
 * Changes to the fields of a parsed head, written by `writeHead`. Names compare without case. Names that are not tokens and values with
 * control characters (CR, LF, NUL and all others but HTAB) or characters above U+00FF throw TypeError: nothing that comes from a plugin or a
 * configuration can begin a line of its own.
 */
export class HeadEdits {
  readonly #edits: Edit[] = []
  #added = ''

  /** Every field of that name goes away. */
  remove(name: string): void {
    this.#edit(name, '')
  }

  /** One field of that name is left, where the first of them was, or behind all others if there was none. */
  replace(name: string, value: string): void {
    checkField(name, value)
    this.#edit(name, `${name}: ${value}\r\n`)
  }

  /** One more field behind all others, whether or not there is one of that name. */
  add(name: string, value: string): void {
    checkField(name, value)
    this.#added += `${name}: ${value}\r\n`
  }

  /** Place of the edit for a field of `head`, or -1. */
  find(head: Head, at: number): number {
    const hash = head.fields[at] as number
    for (let index = 0; index < this.#edits.length; index++) {
      const edit = this.#edits[index] as Edit
      if (edit.hash === hash && isName(head.text, head.fields[at + 1] as number, head.fields[at + 2] as number, edit.lowerCaseName)) return index
    }
    return UNTOUCHED
  }

  linesOf(edit: number): string {
    return this.#edits[edit]?.lines ?? ''
  }

  /** What comes behind the fields of `head`: replacements that found no field, and what was added. */
  rest(head: Head | null): string {
    let text = ''
    for (const { lines, lowerCaseName } of this.#edits) if (lines !== '' && (head === null || head.indexOf(lowerCaseName) < 0)) text += lines
    return text + this.#added
  }

  #edit(name: string, lines: string): void {
    const lowerCaseName = name.toLowerCase()
    const known = this.#edits.find((edit) => edit.lowerCaseName === lowerCaseName)
    if (known === undefined) this.#edits.push({ hash: hashOfName(lowerCaseName), lowerCaseName, lines })
    else known.lines = lines
  }
}

/** Whether a line is `name: value` with exactly one blank, so that it can go on as it is. */
function isPlain(head: Head, at: number, lineEnd: number): boolean {
  const { fields, text } = head
  const nameEnd = fields[at + 2] as number
  return fields[at + 3] === nameEnd + 2 && text.charCodeAt(nameEnd + 1) === SP && fields[at + 4] === lineEnd - 2
}

function splicedFields(head: Head, edits: HeadEdits): string {
  const { fields, text } = head
  let written = ''
  let runStart = fields.length === 0 ? 0 : (fields[1] as number)
  let runEnd = runStart
  for (let at = 0; at < fields.length; at += FIELD_STRIDE) {
    const lineEnd = at + FIELD_STRIDE < fields.length ? (fields[at + FIELD_STRIDE + 1] as number) : text.length - 2
    const edit = edits.find(head, at)
    if (edit === UNTOUCHED && isPlain(head, at, lineEnd)) {
      runEnd = lineEnd
      continue
    }
    written += text.slice(runStart, runEnd)
    if (edit === UNTOUCHED) written += `${text.slice(fields[at + 1], fields[at + 2])}: ${text.slice(fields[at + 3], fields[at + 4])}\r\n`
    else if (isFirstOfName(head, at, edits, edit)) written += edits.linesOf(edit)
    runStart = lineEnd
    runEnd = lineEnd
  }
  return written + text.slice(runStart, runEnd)
}

function isFirstOfName(head: Head, at: number, edits: HeadEdits, edit: number): boolean {
  if (edits.linesOf(edit) === '') return false
  for (let before = 0; before < at; before += FIELD_STRIDE) if (edits.find(head, before) === edit) return false
  return true
}

/**
 * The text of a head, to be written as latin1: `startLine` (without CRLF), the fields of `head` as `edits` leave them, the empty line. Runs of
 * untouched fields are copied in one piece; blanks around values become one blank before. `head` is null for a message that begins here.
 * Throws TypeError for a start line with control characters.
 */
export function writeHead(startLine: string, head: Head | null, edits: HeadEdits): string {
  if (!isMadeOf(startLine, VALUE) || startLine.charCodeAt(0) === SP || startLine.includes(String.fromCharCode(TAB))) throw new TypeError('not a legal start line')
  const fields = head === null ? '' : splicedFields(head, edits)
  return `${startLine}\r\n${fields}${edits.rest(head)}\r\n`
}

/** What stands before `bytes` (at least 1) bytes of data in a chunked body; CHUNK_END stands behind them (RFC 9112 7.1). */
export function chunkStart(bytes: number): string {
  // A chunk of no bytes would end the body.
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new RangeError(`not the size of a chunk: ${bytes}`)
  return `${bytes.toString(16)}\r\n`
}

export const CHUNK_END = '\r\n'

/** The end of a chunked body without trailers. */
export const LAST_CHUNK = '0\r\n\r\n'

/** The end of a chunked body with the trailers that came, as `edits` leave them. */
export function lastChunk(trailers: Head | null, edits: HeadEdits): string {
  const fields = trailers === null ? '' : splicedFields(trailers, edits)
  return `0\r\n${fields}${edits.rest(trailers)}\r\n`
}
