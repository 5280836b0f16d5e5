/** What Lua's letters stand for, in RE2; ASCII alone, as in the C locale. */
const CLASSES: Readonly<Record<string, string>> = {
  a: 'A-Za-z',
  c: '\\x00-\\x1f\\x7f',
  d: '0-9',
  g: '\\x21-\\x7e',
  l: 'a-z',
  p: '!-/:-@\\[-`{-~',
  s: '\\t-\\r ',
  u: 'A-Z',
  w: 'A-Za-z0-9',
  x: 'A-Fa-f0-9',
}

const escaped = (character: string) => (/[A-Za-z0-9_ ]/.test(character) || character > '\x7f' ? character : `\\x{${character.codePointAt(0)?.toString(16)}}`)

class Misfit extends Error {}

/** Lua's pattern as RE2 writes it. */
class LuaPattern {
  readonly #characters: string[]
  #at = 0
  #depth = 0

  constructor(pattern: string) {
    this.#characters = [...pattern]
  }

  translate(): string {
    let text = ''
    if (this.#characters[0] === '^') {
      text += '^'
      this.#at = 1
    }
    while (this.#at < this.#characters.length) text += this.#part()
    if (this.#depth > 0) throw new Misfit('has a ( that is not closed')
    return `(?s)${text}`
  }

  #part(): string {
    const character = this.#characters[this.#at]
    if (character === '$' && this.#at === this.#characters.length - 1) {
      this.#at += 1
      return '\\z'
    }
    if (character === '(') {
      this.#at += 1
      this.#depth += 1
      return '('
    }
    if (character === ')') {
      this.#at += 1
      this.#depth -= 1
      if (this.#depth < 0) throw new Misfit('has a ) that opens nowhere')
      return ')'
    }
    return this.#single() + this.#repetition()
  }

  #repetition(): string {
    const sign = this.#characters[this.#at]
    if (sign === undefined || !['*', '+', '?', '-'].includes(sign)) return ''
    this.#at += 1
    return sign === '-' ? '*?' : sign
  }

  #single(): string {
    const character = this.#characters[this.#at] as string
    this.#at += 1
    if (character === '.') return '.'
    if (character === '[') return this.#set()
    return character === '%' ? this.#class(this.#next('ends in %'), false) : escaped(character)
  }

  #next(problem: string): string {
    const character = this.#characters[this.#at]
    if (character === undefined) throw new Misfit(problem)
    this.#at += 1
    return character
  }

  /** What follows a %, alone or within a set. */
  #class(letter: string, isInSet: boolean): string {
    const known = CLASSES[letter.toLowerCase()]
    if (known !== undefined) {
      if (letter === letter.toLowerCase()) return isInSet ? known : `[${known}]`
      if (isInSet) throw new Misfit(`%${letter} within [ ] is not supported`)
      return `[^${known}]`
    }
    if (/[A-Za-z0-9]/.test(letter)) throw new Misfit(`%${letter} is not supported: it cannot be checked in linear time`)
    return escaped(letter)
  }

  #set(): string {
    let text = '['
    if (this.#characters[this.#at] === '^') {
      text += '^'
      this.#at += 1
    }
    let isFirst = true
    for (;;) {
      const character = this.#next('has a [ that is not closed')
      if (character === ']' && !isFirst) return `${text}]`
      isFirst = false
      if (character === '%') text += this.#class(this.#next('ends in %'), true)
      else if (this.#characters[this.#at] === '-' && this.#characters[this.#at + 1] !== undefined && this.#characters[this.#at + 1] !== ']') {
        const to = this.#characters[this.#at + 1] as string
        if (to < character) throw new Misfit(`has the range ${character}-${to}, which is empty`)
        text += `${escaped(character)}-${escaped(to)}`
        this.#at += 2
      } else text += escaped(character)
    }
  }
}

/** A pattern of Lua (string.find) in RE2 syntax; a sentence where there is none: %b, %f, back-references. */
export function fromLuaPattern(pattern: string): { ok: true; pattern: string } | { ok: false; problem: string } {
  try {
    return { ok: true, pattern: new LuaPattern(pattern).translate() }
  } catch (error) {
    if (error instanceof Misfit) return { ok: false, problem: `the pattern ${error.message}` }
    throw error
  }
}
