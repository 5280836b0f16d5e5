/*
 * Undoes what hides an attack from whoever reads a value as it came: percent-encoding in several layers, escapes of JavaScript and JSON, entities of
 * HTML, overlong UTF-8. Each round reads the bytes once and never makes more of them.
 */

const PERCENT = 0x25
const AMPERSAND = 0x26
const BACKSLASH = 0x5c
/** Rounds: a value that is encoded more often is decoded that often by nobody. */
const ROUNDS_MAX = 4
/** Parts values; a NUL that is decoded becomes 0x01, so that it parts nothing. */
const NUL_WITHIN = 0x01

/** Bytes that something encoded begins with; of UTF-8 those of overlong and of full-width forms. */
const SIGNS = [PERCENT, AMPERSAND, BACKSLASH, 0xc0, 0xc1, 0xe0, 0xef, 0xf0]

const HEX = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 10; digit += 1) HEX[0x30 + digit] = digit
for (let digit = 0; digit < 6; digit += 1) HEX[0x41 + digit] = HEX[0x61 + digit] = 10 + digit

const ENTITIES: Readonly<Record<string, number>> = {
  lt: 0x3c,
  gt: 0x3e,
  quot: 0x22,
  apos: 0x27,
  amp: 0x26,
  colon: 0x3a,
  semi: 0x3b,
  lpar: 0x28,
  rpar: 0x29,
  sol: 0x2f,
  bsol: 0x5c,
  lbrace: 0x7b,
  rbrace: 0x7d,
  lcub: 0x7b,
  rcub: 0x7d,
  equals: 0x3d,
  num: 0x23,
  grave: 0x60,
  tab: 0x09,
  newline: 0x0a,
  nbsp: 0x20,
  period: 0x2e,
  comma: 0x2c,
  plus: 0x2b,
  dollar: 0x24,
  percnt: 0x25,
  vert: 0x7c,
  ast: 0x2a,
  lsqb: 0x5b,
  rsqb: 0x5d,
}
const ENTITY_LENGTH_MAX = 8

/** One character per byte; a character that has no byte of its own becomes one that means nothing, or the ASCII that it looks like. */
function byteOf(code: number): number {
  if (code === 0) return NUL_WITHIN
  if (code < 0x100) return code
  // Full-width forms are read as the ASCII that they look like by whoever normalises (Unicode NFKC).
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0
  if (code === 0x2018 || code === 0x2019 || code === 0x02bc || code === 0x2032) return 0xb4
  return 0xbf
}

/** What one round writes, and how far it read. */
class Round {
  readonly #from: Uint8Array
  readonly #length: number
  readonly #to: Uint8Array
  #at = 0
  #size = 0
  hasChanged = false

  constructor(from: Uint8Array, length: number, to: Uint8Array) {
    this.#from = from
    this.#length = length
    this.#to = to
  }

  run(): number {
    const from = this.#from
    const to = this.#to
    while (this.#at < this.#length) {
      const byte = from[this.#at] as number
      if (byte === PERCENT || byte === AMPERSAND || byte === BACKSLASH || byte >= 0xc0) {
        if (this.#decode(byte)) continue
      }
      to[this.#size] = byte
      this.#size += 1
      this.#at += 1
    }
    return this.#size
  }

  #decode(byte: number): boolean {
    if (byte === PERCENT) return this.#percent()
    if (byte === AMPERSAND) return this.#entity()
    return byte === BACKSLASH ? this.#escape() : this.#character(byte)
  }

  #put(code: number, read: number): true {
    this.#to[this.#size] = byteOf(code)
    this.#size += 1
    this.#at += read
    this.hasChanged = true
    return true
  }

  #hex(from: number, digits: number): number {
    let value = 0
    for (let at = from; at < from + digits; at += 1) {
      const digit = at < this.#length ? (HEX[this.#from[at] as number] as number) : -1
      if (digit === -1) return -1
      value = value * 16 + digit
    }
    return value
  }

  #percent(): boolean {
    const pair = this.#hex(this.#at + 1, 2)
    if (pair !== -1) return this.#put(pair, 3)
    const next = this.#from[this.#at + 1]
    if (next !== 0x75 && next !== 0x55) return false
    const wide = this.#hex(this.#at + 2, 4)
    return wide === -1 ? false : this.#put(wide, 6)
  }

  /** \u0027, \u{27}, \x27 and \/. */
  #escape(): boolean {
    const next = this.#from[this.#at + 1]
    if (next === 0x78) {
      const value = this.#hex(this.#at + 2, 2)
      return value === -1 ? false : this.#put(value, 4)
    }
    if (next !== 0x75) return false
    const value = this.#hex(this.#at + 2, 4)
    if (value !== -1) return this.#put(value, 6)
    if (this.#from[this.#at + 2] !== 0x7b) return false
    let at = this.#at + 3
    let code = 0
    for (; at < this.#at + 9 && at < this.#length; at += 1) {
      const digit = HEX[this.#from[at] as number] as number
      if (digit === -1) break
      code = code * 16 + digit
    }
    return this.#from[at] === 0x7d && at > this.#at + 3 ? this.#put(code, at + 1 - this.#at) : false
  }

  /** &lt; &#60; &#x3c; each with or without its semicolon. */
  #entity(): boolean {
    if (this.#from[this.#at + 1] === 0x23) return this.#numericEntity()
    let name = ''
    for (let at = this.#at + 1; at <= this.#at + ENTITY_LENGTH_MAX && at < this.#length; at += 1) {
      const byte = this.#from[at] as number
      if (byte === 0x3b) {
        const code = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined
        return code === undefined ? false : this.#put(code, at + 1 - this.#at)
      }
      const lower = byte | 0x20
      if (lower < 0x61 || lower > 0x7a) return false
      name += String.fromCharCode(lower)
    }
    return false
  }

  #numericEntity(): boolean {
    let at = this.#at + 2
    const isHex = ((this.#from[at] ?? 0) | 0x20) === 0x78
    if (isHex) at += 1
    const first = at
    let code = 0
    for (; at < first + 10 && at < this.#length; at += 1) {
      const digit = HEX[this.#from[at] as number] as number
      if (digit === -1 || (!isHex && digit > 9)) break
      code = code * (isHex ? 16 : 10) + digit
    }
    if (at === first) return false
    return this.#put(code, at - this.#at + (this.#from[at] === 0x3b ? 1 : 0))
  }

  /** A character of several bytes: overlong forms of ASCII and full-width forms become what they stand for; others stay. */
  #character(byte: number): boolean {
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    if (this.#at + length > this.#length) return false
    let code = byte & (0x7f >> length)
    for (let index = 1; index < length; index += 1) {
      const next = this.#from[this.#at + index] as number
      if (next >> 6 !== 2) return false
      code = code * 64 + (next & 0x3f)
    }
    const isWide = code >= 0xff01 && code <= 0xff5e
    return code < 0x80 || isWide ? this.#put(code, length) : false
  }
}

/** Largest memory that is kept for the next request, in bytes: fresh memory of a megabyte costs as much as a search through it. */
const KEPT_BYTES_MAX = 2 ** 22
const kept: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)]

function memoryFor(length: number, which: 0 | 1): Uint8Array {
  if (kept[which].byteLength >= length) return kept[which]
  const made = new Uint8Array(length)
  if (length <= KEPT_BYTES_MAX) kept[which] = made
  return made
}

/**
 * The bytes with every layer of encoding undone, or null where there is none; they are good until the next call. NULs part values and stay; linear: at
 * most four rounds, none of which makes a text longer.
 */
export function decodeLayers(bytes: Uint8Array): Uint8Array | null {
  if (!SIGNS.some((sign) => bytes.includes(sign))) return null
  let from = bytes
  let length = bytes.byteLength
  let isChanged = false
  for (let count = 0; count < ROUNDS_MAX; count += 1) {
    const to = memoryFor(length, count % 2 === 0 ? 0 : 1)
    const round = new Round(from, length, to)
    const size = round.run()
    if (!round.hasChanged) break
    from = to
    length = size
    isChanged = true
  }
  return isChanged ? from.subarray(0, length) : null
}
