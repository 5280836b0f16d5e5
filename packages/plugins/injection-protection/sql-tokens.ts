import { hashStep, TOKEN, wordToken } from './sql-words.ts'

const QUOTE = 0x27
const DOUBLE = 0x22
const BACKTICK = 0x60
const SPACE = 1
const LETTER = 2
const DIGIT = 3

const KIND = new Uint8Array(256)
for (const code of [9, 10, 11, 12, 13, 32, 0xa0]) KIND[code] = SPACE
for (let code = 0x61; code <= 0x7a; code += 1) KIND[code] = LETTER
for (const code of [0x24, 0x5f, 0x40]) KIND[code] = LETTER
for (let code = 0x80; code < 256; code += 1) if (code !== 0xa0) KIND[code] = LETTER
for (let code = 0x30; code <= 0x39; code += 1) KIND[code] = DIGIT

const SINGLE = new Uint8Array(256).fill(TOKEN.other)
for (const [code, token] of Object.entries({
  40: TOKEN.open,
  41: TOKEN.close,
  44: TOKEN.comma,
  46: TOKEN.dot,
  59: TOKEN.semicolon,
  42: TOKEN.arithmetic,
  43: TOKEN.arithmetic,
  45: TOKEN.arithmetic,
  47: TOKEN.arithmetic,
  37: TOKEN.arithmetic,
  94: TOKEN.arithmetic,
  38: TOKEN.arithmetic,
  124: TOKEN.arithmetic,
  126: TOKEN.arithmetic,
  33: TOKEN.modifier,
  61: TOKEN.comparison,
  60: TOKEN.comparison,
  62: TOKEN.comparison,
}))
  SINGLE[Number(code)] = token

/** Reads one value as SQL would, token after token; each character once. The text is in lower case. */
export class SqlTokens {
  readonly #text: string
  #at = 0
  #to = 0
  /** Where each kind of quote comes next; found once, however many values lie before it. */
  #nextSingle = -1
  #nextDouble = -1
  /** The string that was read last has no end. */
  isOpen = false
  /** The string that was read last has nothing in it. */
  isEmpty = false
  /** The comment that was read last follows without a space. */
  isAdjacent = false
  /** The comment that was read last has letters or digits in it. */
  hasWords = false
  /** The sign that was read last is a star. */
  isStar = false

  /** `text` is in lower case. */
  constructor(text: string) {
    this.#text = text
  }

  /** Begins with the value from `from` to `to`. */
  begin(from: number, to: number): void {
    this.#at = from
    this.#to = to
  }

  /** The value begins within a text in quotes: its end, whatever is before it. False where there is no such quote. */
  leaveString(quote: number): boolean {
    const end = this.#nextQuote(quote)
    if (end >= this.#to) return false
    this.isEmpty = end === this.#at
    this.isOpen = false
    this.#at = end + 1
    return true
  }

  #nextQuote(quote: number): number {
    const known = quote === QUOTE ? this.#nextSingle : this.#nextDouble
    if (known >= this.#at) return known
    const found = this.#text.indexOf(quote === QUOTE ? "'" : '"', this.#at)
    const next = found === -1 ? this.#text.length : found
    if (quote === QUOTE) this.#nextSingle = next
    else this.#nextDouble = next
    return next
  }

  /** The next token, or 0 at the end of the value. */
  next(): number {
    const text = this.#text
    while (this.#at < this.#to) {
      const code = text.charCodeAt(this.#at)
      const kind = KIND[code]
      if (kind === LETTER) return this.#word()
      if (kind === DIGIT || (code === 0x2e && KIND[text.charCodeAt(this.#at + 1)] === DIGIT)) return this.#number()
      if (code === QUOTE || code === DOUBLE || code === BACKTICK) return this.#string(code)
      if (kind !== SPACE) {
        const token = this.#sign(code)
        if (token !== 0) return token
      } else this.#at += 1
    }
    return 0
  }

  #word(): number {
    const text = this.#text
    const from = this.#at
    let hash = 0
    let at = from
    for (; at < this.#to; at += 1) {
      const code = text.charCodeAt(at)
      const kind = KIND[code] as number
      if (kind < LETTER) break
      hash = hashStep(hash, code)
    }
    this.#at = at
    // @@version is a value, @x a name.
    if (text.charCodeAt(from) === 0x40 && text.charCodeAt(from + 1) === 0x40 && at > from + 2) return TOKEN.value
    return wordToken(text, { from, to: at, hash })
  }

  /** 1, 0x1f, 1.5e3; a word that follows at once, as in 1union, is a token of its own. */
  #number(): number {
    const text = this.#text
    let at = this.#at
    if (text.charCodeAt(at) === 0x30 && text.charCodeAt(at + 1) === 0x78) {
      at += 2
      while (at < this.#to && isHex(text.charCodeAt(at))) at += 1
    } else {
      while (at < this.#to && (KIND[text.charCodeAt(at)] === DIGIT || text.charCodeAt(at) === 0x2e)) at += 1
      const sign = text.charCodeAt(at + 1) === 0x2d || text.charCodeAt(at + 1) === 0x2b ? 1 : 0
      if (text.charCodeAt(at) === 0x65 && KIND[text.charCodeAt(at + 1 + sign)] === DIGIT) {
        at += 2 + sign
        while (at < this.#to && KIND[text.charCodeAt(at)] === DIGIT) at += 1
      }
    }
    this.#at = at
    return TOKEN.number
  }

  #string(quote: number): number {
    const end = this.#text.indexOf(String.fromCharCode(quote), this.#at + 1)
    this.isOpen = end === -1 || end >= this.#to
    this.isEmpty = this.isOpen ? this.#at + 1 === this.#to : end === this.#at + 1
    this.#at = this.isOpen ? this.#to : end + 1
    return quote === BACKTICK ? TOKEN.word : TOKEN.string
  }

  /** A sign or several that are one; 0 for what is as good as a space. */
  #sign(code: number): number {
    const text = this.#text
    const next = this.#at + 1 < this.#to ? text.charCodeAt(this.#at + 1) : 0
    if (code === 0x23 || (code === 0x2d && next === 0x2d)) return this.#lineComment()
    if (code === 0x2f && next === 0x2a) return this.#blockComment()
    // The end of a comment whose inside MySQL runs.
    if (code === 0x2a && next === 0x2f) {
      this.#at += 2
      return 0
    }
    const isDouble = next === code && (code === 0x7c || code === 0x26)
    const isComparison = (code === 0x3c || code === 0x3e || code === 0x21 || code === 0x3d) && (next === 0x3d || next === 0x3e)
    this.isStar = code === 0x2a
    this.#at += isDouble || isComparison ? 2 : 1
    if (isDouble) return TOKEN.logic
    if (isComparison) return TOKEN.comparison
    return SINGLE[code] as number
  }

  #lineComment(): number {
    this.isAdjacent = KIND[this.#text.charCodeAt(this.#at - 1)] !== SPACE
    this.#at += 1
    this.hasWords = false
    while (this.#at < this.#to) {
      const code = this.#text.charCodeAt(this.#at)
      this.#at += 1
      if (code === 0x0a) break
      if ((KIND[code] as number) >= LETTER) this.hasWords = true
    }
    return TOKEN.comment
  }

  /** One in the middle stands for a space; one to the end cuts off the rest. What MySQL runs, `/*!50000 union`, is read. */
  #blockComment(): number {
    const text = this.#text
    if (text.charCodeAt(this.#at + 2) === 0x21) {
      this.#at += 3
      while (this.#at < this.#to && KIND[text.charCodeAt(this.#at)] === DIGIT) this.#at += 1
      return 0
    }
    this.isAdjacent = KIND[text.charCodeAt(this.#at - 1)] !== SPACE
    this.hasWords = false
    this.#at += 2
    while (this.#at < this.#to && !(text.charCodeAt(this.#at) === 0x2a && text.charCodeAt(this.#at + 1) === 0x2f)) this.#at += 1
    if (this.#at >= this.#to) return TOKEN.comment
    this.#at += 2
    return 0
  }
}

function isHex(code: number): boolean {
  return KIND[code] === DIGIT || (code >= 0x61 && code <= 0x66)
}
