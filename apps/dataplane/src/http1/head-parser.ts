import type { ErrorCode } from '@sluice/shared/errors'
import { BYTE_CLASSES, COLON, CR, DIGIT, LF, SP, TAB, TARGET, TOKEN, VALUE } from './byte-classes.ts'
import { bitOf, nextHash } from './field-name.ts'
import { FIELD_STRIDE, Head } from './head.ts'
import { readFraming, readTarget, refusedTrailers } from './read-meaning.ts'

/** Answer of an incremental parser: all bytes were taken and more are needed. */
export const INCOMPLETE = -1
/** Answer of an incremental parser: the bytes have no legal reading, `error` says why; the connection cannot be used further. */
export const REFUSED = -2

export interface HeadLimits {
  /** Bytes from the start line to the end of the empty line. Above: head_too_large. */
  headBytesMax: number
  /** Above: head_too_large. */
  fieldsMax: number
  /** Bytes of a request target. Above: uri_too_long. */
  targetBytesMax: number
}

/** What is parsed: `trailers` are fields without a start line that follow the last chunk. */
export type HeadKind = 'request' | 'response' | 'trailers'

// States in the order in which a head passes through them; those from FIELD on are of fields.
const START = 0
const EMPTY_LINE_LF = 1
const METHOD = 2
const TARGET_BYTES = 3
const VERSION = 4
const STATUS = 5
const AFTER_STATUS = 6
const REASON = 7
const LINE_LF = 8
const FIELD = 9
const NAME = 10
const BEFORE_VALUE = 11
const IN_VALUE = 12
const VALUE_LF = 13
const END_LF = 14
const DONE = 15

/** `9` stands for any digit: RFC 9112 2.3 has exactly one on each side of the point. */
const VERSION_FORM = [72, 84, 84, 80, 47, 57, 46, 57]
const NINE = 57

const USUAL_METHODS = ['GET', 'PUT', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS']

/** The first `length` characters; usual methods as one string each, which is compared at a glance. */
function methodOf(text: string, length: number): string {
  for (const method of USUAL_METHODS) if (method.length === length && text.startsWith(method)) return method
  return text.slice(0, length)
}

/**
 * One-pass strict parser of the heads of HTTP/1.x (RFC 9112), for one connection: after a complete head the next one may follow.
 *
 * `parse` takes the next piece of bytes and looks at each byte once, however the head is split; the buffer may be reused after it returns.
 * It answers the offset after the head (then `head` is set), INCOMPLETE (all bytes taken) or REFUSED (then `error` is set).
 * A request is refused with the code of its reply; a response always with upstream_invalid_response. One empty line before a request line is
 * passed over (RFC 9112 2.2); everything else that has not exactly one legal reading is refused. Deliberately taken: a status line
 * without the blank before an empty reason, which RFC 9112 4 forbids to send but which has one reading and which origins do send.
 */
export class HeadParser {
  /** The last complete head; null while one is being read. */
  head: Head | null = null
  /** A whole head that was refused for what it says; null where not even its lines could be read. */
  refusedHead: Head | null = null
  /** Why the last answer was REFUSED. */
  error: ErrorCode | null = null
  readonly #kind: HeadKind
  readonly #limits: HeadLimits
  #state: number
  /** Bytes of this head from earlier pieces: their text and number. */
  #kept = ''
  /** Where the part that is being read began, as offset in the head. */
  #partStart = 0
  #hash = 0
  #targetStart = 0
  #targetEnd = 0
  #lineEnd = 0
  #major = 0
  #minor = 0
  #status = 0
  #reasonStart = 0
  #hasEmptyLine = false
  /** Written over by each head; the head gets a copy of the part that is its own. */
  readonly #fields: number[] = []
  #fieldsEnd = 0
  #mask = 0

  constructor(kind: HeadKind, limits: HeadLimits) {
    this.#kind = kind
    this.#limits = limits
    this.#state = this.#firstState()
  }

  /** Whether bytes of a head were taken that is not complete: a connection that ends now breaks a message off. */
  get isInside(): boolean {
    return this.#kept !== '' || this.#hasEmptyLine
  }

  /** Bytes in `buffer` from `from` up to `to`, which follow those of the call before. */
  parse(buffer: Buffer, from: number, to: number): number {
    if (this.error !== null) return REFUSED
    this.head = null
    const start = this.#state <= EMPTY_LINE_LF ? this.#passEmptyLine(buffer, from, to) : from
    if (start < 0) return this.#refuse('bad_request')
    const origin = start - this.#kept.length
    const end = Math.min(to, origin + this.#limits.headBytesMax)
    let at = start
    if (this.#state < FIELD) at = this.#startLine(buffer, start, end, origin)
    if (at >= 0 && this.#state >= FIELD) at = this.#fieldLines(buffer, at, end, origin)
    if (at < 0) return REFUSED
    const text = buffer.toString('latin1', start, at)
    if (this.#state === DONE) return this.#complete(this.#kept === '' ? text : this.#kept + text) ? at : REFUSED
    if (end < to) return this.#refuse('head_too_large')
    this.#kept += text
    return INCOMPLETE
  }

  #firstState(): number {
    if (this.#kind === 'trailers') return FIELD
    return this.#kind === 'request' ? START : VERSION
  }

  #refuse(code: ErrorCode): number {
    this.error = this.#kind === 'response' ? 'upstream_invalid_response' : code
    return REFUSED
  }

  /** Where the request line begins; -1 if a CR stands without its LF. */
  #passEmptyLine(buffer: Buffer, from: number, to: number): number {
    let at = from
    if (at < to && this.#state === START && !this.#hasEmptyLine && buffer[at] === CR) {
      this.#hasEmptyLine = true
      this.#state = EMPTY_LINE_LF
      at++
    }
    if (at < to && this.#state === EMPTY_LINE_LF) {
      if (buffer[at] !== LF) return -1
      this.#state = START
      at++
    }
    return at
  }

  /** The request or status line; the offset after what was read, or REFUSED. */
  #startLine(buffer: Buffer, from: number, end: number, origin: number): number {
    let at = from
    while (at < end && this.#state < FIELD) {
      switch (this.#state) {
        case START:
        case METHOD:
          at = this.#method(buffer, at, end, origin)
          break
        case TARGET_BYTES:
          at = this.#target(buffer, at, end, origin)
          break
        case VERSION:
          at = this.#version(buffer, at, end, origin)
          break
        case LINE_LF:
          if (buffer[at] !== LF) return this.#refuse('bad_request')
          if (this.#major !== 1 || this.#minor > 1) return this.#refuse('http_version_unsupported')
          this.#state = FIELD
          at++
          break
        default:
          at = this.#statusAndReason(buffer, at, end, origin)
      }
      if (at < 0) return at
    }
    return at
  }

  #method(buffer: Buffer, from: number, end: number, origin: number): number {
    let at = from
    while (at < end && ((BYTE_CLASSES[buffer[at] as number] as number) & TOKEN) !== 0) at++
    this.#state = METHOD
    if (at === end) return at
    if (buffer[at] !== SP || at === origin) return this.#refuse('bad_request')
    this.#targetStart = at + 1 - origin
    this.#state = TARGET_BYTES
    return at + 1
  }

  #target(buffer: Buffer, from: number, end: number, origin: number): number {
    let at = from
    while (at < end && ((BYTE_CLASSES[buffer[at] as number] as number) & TARGET) !== 0) at++
    const length = at - origin - this.#targetStart
    if (length > this.#limits.targetBytesMax) return this.#refuse('uri_too_long')
    if (at === end) return at
    if (buffer[at] !== SP || length === 0) return this.#refuse('bad_request')
    this.#targetEnd = at - origin
    this.#partStart = at + 1 - origin
    this.#state = VERSION
    return at + 1
  }

  /** The version and the byte after it. */
  #version(buffer: Buffer, from: number, end: number, origin: number): number {
    const start = origin + this.#partStart
    let at = from
    for (; at < end && at - start < VERSION_FORM.length; at++) {
      const byte = buffer[at] as number
      const wanted = VERSION_FORM[at - start]
      if (wanted === NINE ? ((BYTE_CLASSES[byte] as number) & DIGIT) === 0 : byte !== wanted) return this.#refuse('bad_request')
      if (at - start === 5) this.#major = byte - 48
      if (at - start === 7) this.#minor = byte - 48
    }
    if (at === end) return at
    if (buffer[at] !== (this.#kind === 'request' ? CR : SP)) return this.#refuse('bad_request')
    this.#partStart = at + 1 - origin
    this.#status = 0
    this.#state = this.#kind === 'request' ? LINE_LF : STATUS
    return at + 1
  }

  /** RFC 9112 4: three digits of a class that exists, then a blank and text without controls. */
  #statusAndReason(buffer: Buffer, from: number, end: number, origin: number): number {
    let at = from
    const byte = buffer[at] as number
    if (this.#state === STATUS) {
      if (((BYTE_CLASSES[byte] as number) & DIGIT) === 0) return this.#refuse('bad_request')
      this.#status = this.#status * 10 + byte - 48
      if (at - origin - this.#partStart === 2) this.#state = AFTER_STATUS
      return at + 1
    }
    if (this.#state === AFTER_STATUS) {
      if ((byte !== SP && byte !== CR) || this.#status < 100 || this.#status > 599) return this.#refuse('bad_request')
      this.#state = REASON
      this.#reasonStart = at - origin + (byte === SP ? 1 : 0)
      if (byte === SP) at++
    }
    while (at < end && ((BYTE_CLASSES[buffer[at] as number] as number) & VALUE) !== 0) at++
    if (at === end) return at
    if (buffer[at] !== CR) return this.#refuse('bad_request')
    this.#lineEnd = at - origin
    this.#state = LINE_LF
    return at + 1
  }

  /** Field lines and the empty line after them; the offset after what was read, or REFUSED. The loop that the speed of the engine hangs on. */
  #fieldLines(buffer: Buffer, from: number, end: number, origin: number): number {
    const fields = this.#fields
    const classes = BYTE_CLASSES
    const fieldsEndMax = this.#limits.fieldsMax * FIELD_STRIDE
    let at = from
    let state = this.#state
    let hash = this.#hash
    let slot = this.#fieldsEnd
    let mask = this.#mask
    let partStart = this.#partStart
    while (at < end) {
      if (state === FIELD) {
        if (buffer[at] === CR) {
          state = END_LF
          at++
          continue
        }
        if (slot === fieldsEndMax) return this.#refuse('head_too_large')
        partStart = at - origin
        hash = 0
        state = NAME
      }
      if (state === NAME) {
        let byte = 0
        while (at < end) {
          byte = buffer[at] as number
          if (((classes[byte] as number) & TOKEN) === 0) break
          hash = nextHash(hash, byte)
          at++
        }
        if (at === end) break
        if (byte !== COLON || at - origin === partStart) return this.#refuse('bad_request')
        fields[slot] = hash
        fields[slot + 1] = partStart
        fields[slot + 2] = at - origin
        mask |= bitOf(hash)
        state = BEFORE_VALUE
        at++
      }
      if (state === BEFORE_VALUE) {
        while (at < end && (buffer[at] === SP || buffer[at] === TAB)) at++
        if (at === end) break
        fields[slot + 3] = at - origin
        state = IN_VALUE
      }
      if (state === IN_VALUE) {
        while (at < end && ((classes[buffer[at] as number] as number) & VALUE) !== 0) at++
        if (at === end) break
        if (buffer[at] !== CR) return this.#refuse('bad_request')
        fields[slot + 4] = this.#withoutBlanks(buffer, origin, fields[slot + 3] as number, at - origin)
        slot += FIELD_STRIDE
        state = VALUE_LF
        at++
      } else {
        if (buffer[at] !== LF) return this.#refuse('bad_request')
        at++
        state = state === VALUE_LF ? FIELD : DONE
        if (state === DONE) break
      }
    }
    this.#state = state
    this.#hash = hash
    this.#fieldsEnd = slot
    this.#mask = mask
    this.#partStart = partStart
    return at
  }

  /** Where a value ends that has blanks behind it (RFC 9110 5.5), of which some may have come in an earlier piece. */
  #withoutBlanks(buffer: Buffer, origin: number, start: number, end: number): number {
    const kept = this.#kept.length
    let last = end
    while (last > start) {
      const byte = last > kept ? buffer[origin + last - 1] : this.#kept.charCodeAt(last - 1)
      if (byte !== SP && byte !== TAB) break
      last--
    }
    return last
  }

  #complete(text: string): boolean {
    const head = new Head(text, this.#fields.slice(0, this.#fieldsEnd), this.#mask)
    const refused = this.#read(head)
    if (refused !== null) {
      this.#refuse(refused)
      this.refusedHead = head
      return false
    }
    this.head = head
    this.#state = this.#firstState()
    this.#kept = ''
    this.#partStart = 0
    this.#hasEmptyLine = false
    this.#fieldsEnd = 0
    this.#mask = 0
    return true
  }

  #read(head: Head): ErrorCode | null {
    if (this.#kind === 'trailers') return refusedTrailers(head)
    head.minorVersion = this.#minor
    if (this.#kind === 'response') {
      head.status = this.#status
      head.reason = head.text.slice(this.#reasonStart, this.#lineEnd)
      return readFraming(head, false)
    }
    head.method = methodOf(head.text, this.#targetStart - 1)
    head.target = head.text.slice(this.#targetStart, this.#targetEnd)
    return readTarget(head) ?? readFraming(head, true)
  }
}
