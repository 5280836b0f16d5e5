/** What a JSON text may have at most; Infinity where there is no limit. */
export interface JsonLimits {
  /** Objects and lists within each other; 1 for one that holds no other. */
  depth: number
  /** Elements of one list. */
  elements: number
  /** Members of one object. */
  entries: number
  /** Of the name of a member, in characters. */
  nameLength: number
  /** Of a text that is a value, in characters. */
  stringLength: number
  /** The same name twice in one object is a threat. */
  uniqueNames: boolean
}

/** Why a text is refused; `not_json` where it breaks the grammar of RFC 8259 or is no UTF-8. */
export type JsonThreat =
  | 'container_depth'
  | 'array_element_count'
  | 'object_entry_count'
  | 'object_entry_name_length'
  | 'string_value_length'
  | 'duplicate_object_entry_name'
  | 'not_json'

/** What may come next outside of texts, numbers and words. */
const VALUE = 0
const VALUE_OR_END = 1
const NAME = 2
const NAME_OR_END = 3
const COLON = 4
const AFTER_VALUE = 5
/** Within a text. */
const TEXT = 6
const ESCAPE = 7
const HEX = 8
const CONTINUATION = 9
/** Within a number, by what was read last; those that may end one are the even ones. */
const MINUS = 11
const ZERO = 12
const POINT = 13
const INTEGER = 14
const EXPONENT = 15
const FRACTION = 16
const EXPONENT_SIGN = 17
const EXPONENT_DIGITS = 18
/** Within true, false or null. */
const WORD = 19
const BYTE_ORDER_MARK = 20

/** Containers within each other that any text may have: what is kept of each open one must not cost more than the body itself, and no usual parser reads deeper. */
const DEPTH_MAX = 65_536

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const OPEN_LIST = 0x5b
const ESCAPED: Readonly<Record<number, string>> = { 34: '"', 47: '/', 92: '\\', 98: '\b', 102: '\f', 110: '\n', 114: '\r', 116: '\t' }
const WORDS: Readonly<Record<number, string>> = { 102: 'false', 110: 'null', 116: 'true' }

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function hexValue(byte: number): number {
  if (isDigit(byte)) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** The state after a byte within a number; -1 where the number ends before it or is none. */
function afterInNumber(state: number, byte: number): number {
  if (isDigit(byte)) {
    if (state === ZERO) return -1
    if (state === MINUS) return byte === 0x30 ? ZERO : INTEGER
    if (state === POINT) return FRACTION
    return state === EXPONENT || state === EXPONENT_SIGN ? EXPONENT_DIGITS : state
  }
  if (byte === 0x2e) return state === ZERO || state === INTEGER ? POINT : -1
  if ((byte | 0x20) === 0x65) return state === ZERO || state === INTEGER || state === FRACTION ? EXPONENT : -1
  return (byte === 0x2b || byte === 0x2d) && state === EXPONENT ? EXPONENT_SIGN : -1
}

/**
 * Reads a JSON text as its bytes come, in any pieces, and says at the first byte that is too much what is wrong. Takes time linear in the bytes,
 * keeps no value, and of the text only the names of open objects where those must be unique. Strict: what JSON.parse takes of a text in UTF-8 is
 * taken, and nothing else, but for a byte order mark at the start (RFC 8259 8.1 lets a reader pass over it).
 */
export class JsonScanner {
  readonly #limits: JsonLimits
  #state = VALUE
  #threat: JsonThreat | null = null
  /** Kind of each open container, and what it holds so far. */
  #kinds = new Uint8Array(32)
  #counts = new Uint32Array(32)
  #depth = 0
  readonly #names: Set<string>[] = []
  #hasBegun = false
  #isName = false
  /** Characters of the text that is being read. */
  #length = 0
  #name = ''
  #hex = 0
  #hexLeft = 0
  /** The text so far ends in the first half of a surrogate pair, written as an escape. */
  #isHalf = false
  #point = 0
  #pointLeft = 0
  #pointMin = 0
  #word = ''
  #wordAt = 0

  constructor(limits: JsonLimits) {
    this.#limits = limits
  }

  /** Reads on; the threat once there is one, null until then. */
  write(bytes: Uint8Array): JsonThreat | null {
    for (let at = 0; at < bytes.byteLength && this.#threat === null; at += 1) {
      // Most bytes of most texts are plain characters: they are passed here without a call.
      if (this.#state === TEXT) at = this.#passPlain(bytes, at)
      if (at < bytes.byteLength) this.#threat = this.#take(bytes[at] as number)
    }
    return this.#threat
  }

  /** The text is whole: null where it was JSON within the limits. */
  end(): JsonThreat | null {
    if (this.#threat !== null) return this.#threat
    const isNumber = this.#state >= MINUS && this.#state <= EXPONENT_DIGITS && this.#state % 2 === 0
    if (isNumber) this.#state = AFTER_VALUE
    return this.#state === AFTER_VALUE && this.#depth === 0 ? null : 'not_json'
  }

  #passPlain(bytes: Uint8Array, from: number): number {
    let at = from
    // One more than the limit allows: the check is made where the text is taken.
    const most = Math.min(bytes.byteLength, from + this.#longest() - this.#length)
    while (at < most) {
      const byte = bytes[at] as number
      if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH || byte > 0x7e) break
      at += 1
    }
    if (at === from) return from
    this.#length += at - from
    this.#isHalf = false
    if (this.#keepsName()) this.#name += Buffer.from(bytes.buffer, bytes.byteOffset + from, at - from).toString('latin1')
    return at
  }

  #longest(): number {
    return this.#isName ? this.#limits.nameLength : this.#limits.stringLength
  }

  #keepsName(): boolean {
    return this.#isName && this.#limits.uniqueNames
  }

  #take(byte: number): JsonThreat | null {
    switch (this.#state) {
      case TEXT:
        return this.#takeInText(byte)
      case ESCAPE:
        return this.#takeEscaped(byte)
      case HEX:
        return this.#takeHex(byte)
      case CONTINUATION:
        return this.#takeContinuation(byte)
      case WORD:
        return this.#takeInWord(byte)
      case BYTE_ORDER_MARK:
        return this.#takeMark(byte)
    }
    if (this.#state < TEXT) return this.#takeBetween(byte)
    const next = afterInNumber(this.#state, byte)
    if (next !== -1) {
      this.#state = next
      return null
    }
    if (this.#state % 2 === 1) return 'not_json'
    this.#state = AFTER_VALUE
    return this.#takeBetween(byte)
  }

  #takeBetween(byte: number): JsonThreat | null {
    if (isSpace(byte)) return null
    switch (this.#state) {
      case VALUE_OR_END:
        return byte === 0x5d ? this.#close(OPEN_LIST) : this.#beginValue(byte)
      case NAME_OR_END:
        return byte === 0x7d ? this.#close(OPEN_OBJECT) : this.#beginName(byte)
      case NAME:
        return this.#beginName(byte)
      case COLON:
        this.#state = VALUE
        return byte === 0x3a ? null : 'not_json'
      case AFTER_VALUE:
        return this.#takeAfterValue(byte)
      default:
        return this.#beginValue(byte)
    }
  }

  #takeAfterValue(byte: number): JsonThreat | null {
    if (byte === 0x5d) return this.#close(OPEN_LIST)
    if (byte === 0x7d) return this.#close(OPEN_OBJECT)
    if (byte !== 0x2c || this.#depth === 0) return 'not_json'
    this.#state = this.#kinds[this.#depth - 1] === OPEN_OBJECT ? NAME : VALUE
    return null
  }

  #beginValue(byte: number): JsonThreat | null {
    if (!this.#hasBegun) {
      this.#hasBegun = true
      if (byte === 0xef) return this.#beginMark()
    }
    if (this.#depth > 0 && this.#kinds[this.#depth - 1] === OPEN_LIST && this.#count() > this.#limits.elements) return 'array_element_count'
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) return this.#open(byte)
    if (byte === QUOTE) return this.#beginText(false)
    if (byte === 0x2d || isDigit(byte)) {
      this.#state = byte === 0x2d ? MINUS : byte === 0x30 ? ZERO : INTEGER
      return null
    }
    const word = WORDS[byte]
    if (word === undefined) return 'not_json'
    this.#state = WORD
    this.#word = word
    this.#wordAt = 1
    return null
  }

  #beginMark(): null {
    this.#state = BYTE_ORDER_MARK
    this.#wordAt = 1
    return null
  }

  #takeMark(byte: number): JsonThreat | null {
    if (byte !== (this.#wordAt === 1 ? 0xbb : 0xbf)) return 'not_json'
    this.#wordAt += 1
    if (this.#wordAt === 3) this.#state = VALUE
    return null
  }

  #beginName(byte: number): JsonThreat | null {
    if (byte !== QUOTE) return 'not_json'
    if (this.#count() > this.#limits.entries) return 'object_entry_count'
    return this.#beginText(true)
  }

  #beginText(isName: boolean): null {
    this.#state = TEXT
    this.#isName = isName
    this.#length = 0
    this.#name = ''
    this.#isHalf = false
    return null
  }

  #count(): number {
    const count = (this.#counts[this.#depth - 1] as number) + 1
    this.#counts[this.#depth - 1] = count
    return count
  }

  #open(kind: number): JsonThreat | null {
    if (this.#depth + 1 > Math.min(this.#limits.depth, DEPTH_MAX)) return 'container_depth'
    if (this.#depth === this.#kinds.length) this.#grow()
    this.#kinds[this.#depth] = kind
    this.#counts[this.#depth] = 0
    if (kind === OPEN_OBJECT && this.#limits.uniqueNames) this.#names.push(new Set())
    this.#depth += 1
    this.#state = kind === OPEN_OBJECT ? NAME_OR_END : VALUE_OR_END
    return null
  }

  #grow(): void {
    const [kinds, counts] = [this.#kinds, this.#counts]
    this.#kinds = new Uint8Array(kinds.length * 2)
    this.#counts = new Uint32Array(counts.length * 2)
    this.#kinds.set(kinds)
    this.#counts.set(counts)
  }

  #close(kind: number): JsonThreat | null {
    if (this.#depth === 0 || this.#kinds[this.#depth - 1] !== kind) return 'not_json'
    this.#depth -= 1
    if (kind === OPEN_OBJECT && this.#limits.uniqueNames) this.#names.pop()
    this.#state = AFTER_VALUE
    return null
  }

  #takeInText(byte: number): JsonThreat | null {
    if (byte === QUOTE) return this.#endText()
    if (byte < 0x20) return 'not_json'
    if (byte === BACKSLASH) this.#state = ESCAPE
    else if (byte < 0x80) return this.#addCharacter(byte)
    else return this.#beginPoint(byte)
    return null
  }

  #endText(): JsonThreat | null {
    this.#state = this.#isName ? COLON : AFTER_VALUE
    if (!this.#keepsName()) return null
    const names = this.#names[this.#names.length - 1] as Set<string>
    if (names.has(this.#name)) return 'duplicate_object_entry_name'
    names.add(this.#name)
    return null
  }

  /** `code` is a code point, or one half of a surrogate pair that an escape wrote. */
  #addCharacter(code: number): JsonThreat | null {
    this.#state = TEXT
    // Two escapes that make a pair are one character, as the bytes of one are.
    if (!(this.#isHalf && code >= 0xdc00 && code <= 0xdfff)) this.#length += 1
    this.#isHalf = code >= 0xd800 && code <= 0xdbff
    if (this.#keepsName()) this.#name += String.fromCodePoint(code)
    if (this.#length <= this.#longest()) return null
    return this.#isName ? 'object_entry_name_length' : 'string_value_length'
  }

  #takeEscaped(byte: number): JsonThreat | null {
    if (byte === 0x75) {
      this.#state = HEX
      this.#hex = 0
      this.#hexLeft = 4
      return null
    }
    const character = ESCAPED[byte]
    return character === undefined ? 'not_json' : this.#addCharacter(character.charCodeAt(0))
  }

  #takeHex(byte: number): JsonThreat | null {
    const value = hexValue(byte)
    if (value === -1) return 'not_json'
    this.#hex = this.#hex * 16 + value
    this.#hexLeft -= 1
    return this.#hexLeft === 0 ? this.#addCharacter(this.#hex) : null
  }

  /** The first byte of a character of several (RFC 3629 4): no overlong form, no surrogate, nothing above U+10FFFF. */
  #beginPoint(byte: number): JsonThreat | null {
    if (byte < 0xc2 || byte > 0xf4) return 'not_json'
    this.#pointLeft = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    this.#pointMin = [0, 0x80, 0x800, 0x10000][this.#pointLeft] as number
    this.#point = byte & (0x3f >> this.#pointLeft)
    this.#state = CONTINUATION
    return null
  }

  #takeContinuation(byte: number): JsonThreat | null {
    if (byte >> 6 !== 2) return 'not_json'
    this.#point = this.#point * 64 + (byte & 0x3f)
    this.#pointLeft -= 1
    if (this.#pointLeft > 0) return null
    if (this.#point < this.#pointMin || this.#point > 0x10ffff || (this.#point >= 0xd800 && this.#point <= 0xdfff)) return 'not_json'
    return this.#addCharacter(this.#point)
  }

  #takeInWord(byte: number): JsonThreat | null {
    if (byte !== this.#word.charCodeAt(this.#wordAt)) return 'not_json'
    this.#wordAt += 1
    if (this.#wordAt === this.#word.length) this.#state = AFTER_VALUE
    return null
  }
}
