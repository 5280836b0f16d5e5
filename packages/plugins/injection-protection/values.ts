/** Parts values within one text: what is on both sides has nothing to do with each other. */
const SEPARATOR = 0
/** Stands for a NUL within a value. */
const NUL_WITHIN = 1

/** Which kinds are not looked for in the value of a name, as bits; 0 for none. */
export type MaskOf = (name: string) => number

/** Largest memory that is kept for the next request, in bytes: fresh memory of a megabyte costs as much as a search through it. */
const KEPT_BYTES_MAX = 2 ** 22
const SPARE_BYTES = 4_096
/** Bytes. */
const SHORT_RUN = 32
let spare: Buffer | null = null

/** Bytes that grow. */
class ByteList {
  #bytes: Buffer
  #size = 0

  constructor() {
    this.#bytes = spare ?? Buffer.allocUnsafe(SPARE_BYTES)
    spare = null
  }

  /** Gives the memory back; what was read of it is gone. */
  release(): void {
    if (this.#bytes.byteLength <= KEPT_BYTES_MAX && this.#bytes.byteLength > (spare?.byteLength ?? 0)) spare = this.#bytes
  }

  put(byte: number): void {
    if (this.#size === this.#bytes.byteLength) this.#grow(1)
    this.#bytes[this.#size] = byte
    this.#size += 1
  }

  append(bytes: Uint8Array): void {
    if (this.#size + bytes.byteLength > this.#bytes.byteLength) this.#grow(bytes.byteLength)
    this.#bytes.set(bytes, this.#size)
    this.#size += bytes.byteLength
  }

  #grow(more: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.byteLength * 2, this.#size + more))
    this.#bytes.copy(grown, 0, 0, this.#size)
    this.#bytes = grown
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }
}

const LETTER: Readonly<Record<number, number>> = { 34: 0x22, 47: 0x2f, 92: 0x5c, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9 }
/** Outside of texts these part what is between them. */
const STRUCTURE = new Uint8Array(256)
for (const character of '{}[],:') STRUCTURE[character.charCodeAt(0)] = 1

/** Where the next quote and backslash are, each searched for once however many texts lie before it. */
class NextSigns {
  #quote = -1
  #backslash = -1

  quote(bytes: Uint8Array, from: number): number {
    if (this.#quote < from) this.#quote = indexOf(bytes, 0x22, from)
    return this.#quote
  }

  backslash(bytes: Uint8Array, from: number): number {
    if (this.#backslash < from) this.#backslash = indexOf(bytes, 0x5c, from)
    return this.#backslash
  }
}

function indexOf(bytes: Uint8Array, byte: number, from: number): number {
  const found = bytes.indexOf(byte, from)
  return found === -1 ? bytes.byteLength : found
}

/** The values of one part of a request, parted by NUL; those for which something is not looked for are apart. */
export class Values {
  readonly #lists = new Map<number, ByteList>()
  readonly #maskOf: MaskOf | null
  #list: ByteList
  #next = new NextSigns()

  /** `maskOf` is null where there are no exceptions by name, which then cost nothing. */
  constructor(maskOf: MaskOf | null) {
    this.#maskOf = maskOf
    this.#list = this.#listOf(0)
  }

  /** What `texts` gave may not be used after it. */
  release(): void {
    for (const list of this.#lists.values()) list.release()
  }

  *texts(): Generator<{ mask: number; bytes: Uint8Array }> {
    for (const [mask, list] of this.#lists) yield { mask, bytes: list.bytes }
  }

  #listOf(mask: number): ByteList {
    const known = this.#lists.get(mask)
    if (known !== undefined) return known
    const made = new ByteList()
    this.#lists.set(mask, made)
    return made
  }

  /** One value as it is; one character per byte. */
  add(name: string | null, text: string): void {
    this.addBytes(name, Buffer.from(text, 'latin1'))
  }

  addBytes(name: string | null, bytes: Uint8Array): void {
    this.#list = this.#listOf(name === null || this.#maskOf === null ? 0 : this.#maskOf(name))
    this.#run(bytes)
    this.#list.put(SEPARATOR)
  }

  /** Names and values of a query or form; a + is a space. */
  addPairs(bytes: Uint8Array): void {
    let isName = true
    let from = 0
    this.#list = this.#listOf(0)
    for (let at = 0; at < bytes.byteLength; at += 1) {
      const byte = bytes[at] as number
      if (byte === 0x26 || (byte === 0x3d && isName)) {
        this.#list.put(SEPARATOR)
        isName = byte === 0x26
        if (this.#maskOf !== null) this.#list = this.#listOf(isName ? 0 : this.#maskOf(decodedName(bytes.subarray(from, at))))
        from = at + 1
      } else this.#list.put(byte === 0x2b ? 0x20 : byte === SEPARATOR ? NUL_WITHIN : byte)
    }
    this.#list.put(SEPARATOR)
  }

  /** Texts of one JSON document, names of members too, with its escapes undone. What stands outside of quotes is taken as it is, for readers that are not strict. */
  addJson(bytes: Uint8Array): void {
    this.#list = this.#listOf(0)
    this.#next = new NextSigns()
    let at = 0
    while (at < bytes.byteLength) {
      const byte = bytes[at] as number
      if (byte === 0x22) at = this.#text(bytes, at + 1)
      else {
        this.#list.put(STRUCTURE[byte] === 1 || byte === SEPARATOR ? SEPARATOR : byte)
        at += 1
      }
    }
    this.#list.put(SEPARATOR)
  }

  /** Reads a text from behind its first quote; where it is a name, what follows is held to the exceptions of that name. Gives where it ends. */
  #text(bytes: Uint8Array, from: number): number {
    this.#list.put(SEPARATOR)
    let at = from
    for (;;) {
      // Runs without an escape are copied whole: most texts are one.
      const end = this.#next.quote(bytes, at)
      const escapeAt = this.#next.backslash(bytes, at)
      this.#runOf(bytes, at, Math.min(end, escapeAt))
      if (end <= escapeAt) {
        at = end
        break
      }
      at = this.#escape(bytes, escapeAt)
    }
    this.#list.put(SEPARATOR)
    if (this.#maskOf !== null && isFollowedByColon(bytes, at + 1)) this.#list = this.#listOf(this.#maskOf(Buffer.from(bytes.subarray(from, at)).toString('utf8')))
    return at + 1
  }

  /** Short runs are copied byte by byte: a view of each would cost more. */
  #runOf(bytes: Uint8Array, from: number, to: number): void {
    if (to - from > SHORT_RUN) this.#run(bytes.subarray(from, to))
    else for (let at = from; at < to; at += 1) this.#list.put(bytes[at] === SEPARATOR ? NUL_WITHIN : (bytes[at] as number))
  }

  #run(bytes: Uint8Array): void {
    if (bytes.includes(SEPARATOR)) for (const byte of bytes) this.#list.put(byte === SEPARATOR ? NUL_WITHIN : byte)
    else this.#list.append(bytes)
  }

  #escape(bytes: Uint8Array, at: number): number {
    const next = bytes[at + 1] ?? 0x5c
    if (next !== 0x75) {
      this.#list.put(LETTER[next] ?? next)
      return at + 2
    }
    const code = hexOf(bytes, at + 2)
    // Full-width forms are read as the ASCII that they look like by whoever normalises.
    const byte = code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code
    this.#list.put(Number.isNaN(byte) || byte > 0xff ? 0xbf : byte === 0 ? NUL_WITHIN : byte)
    return at + 6
  }
}

/** Four digits; NaN where they are none. */
function hexOf(bytes: Uint8Array, from: number): number {
  let value = 0
  for (let at = from; at < from + 4; at += 1) {
    const byte = bytes[at] ?? 0
    const lower = byte | 0x20
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57
    else return Number.NaN
  }
  return value
}

function isFollowedByColon(bytes: Uint8Array, from: number): boolean {
  let at = from
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1
  return bytes[at] === 0x3a
}

function decodedName(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1').replaceAll('+', ' ')
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const BASE64 = new Uint8Array(256)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=') BASE64[character.charCodeAt(0)] = 1
/** Bytes of base64 that hide something worth the work. */
const BASE64_LENGTH_MIN = 12
/** Whole groups of four characters. */
const BASE64_SAMPLE = 64

/** Values that are nothing but base64, or end in it after a comma as in `data:…;base64,…`, decoded where they are text; null where none is. */
export function decodeBase64Values(bytes: Uint8Array): Uint8Array | null {
  let found: ByteList | null = null
  let from = 0
  for (let at = 0; at <= bytes.byteLength; at += 1) {
    const byte = at === bytes.byteLength ? SEPARATOR : (bytes[at] as number)
    if (BASE64[byte] === 1) continue
    if (byte === SEPARATOR && at - from >= BASE64_LENGTH_MIN) {
      const decoded = decodedText(bytes, from, at)
      if (decoded !== null) {
        found ??= new ByteList()
        found.append(decoded)
        found.put(SEPARATOR)
      }
    }
    // What begins behind any other sign than these is no value of its own.
    from = byte === SEPARATOR || byte === 0x2c ? at + 1 : Number.POSITIVE_INFINITY
    if (from === Number.POSITIVE_INFINITY) {
      while (at < bytes.byteLength && bytes[at] !== SEPARATOR && bytes[at] !== 0x2c) at += 1
      from = at + 1
    }
  }
  return found === null ? null : found.bytes
}

/** Null where it is no text, which for most its beginning tells. */
function decodedText(bytes: Uint8Array, from: number, to: number): Uint8Array | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = Math.min(to, from + BASE64_SAMPLE)
  if (!isText(Buffer.from(view.toString('latin1', from, start), 'base64'))) return null
  const decoded = Buffer.from(view.toString('latin1', from, to), 'base64')
  return isText(decoded) ? decoded : null
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 6) return false
  for (const byte of bytes) if (byte < 0x20 ? byte !== 9 && byte !== 10 && byte !== 13 : byte > 0x7e) return false
  return true
}
