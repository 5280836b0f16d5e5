/** RFC 9111 1.2.2: what is larger counts as this. */
const SECONDS_MAX = 2_147_483_648
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/
const DIGITS = /^\d+$/
/** One item of RFC 9651 as RFC 9213 needs it: a key, and an integer, token, string or flag, with parameters that mean nothing here. */
const MEMBER = /^([a-z*][a-z0-9_\-.*]*)(?:=(-?\d{1,15}|\?[01]|[A-Za-z*][^\s;,]*|"[^"]*"))?(?:\s*;.*)?$/

/** Splits a list field at its commas, but for those in quoted strings (RFC 9110 5.6.1). */
export function splitList(text: string): string[] {
  if (!text.includes('"'))
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  const parts: string[] = []
  let from = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (isQuoted && char === '\\') at += 1
    else if (char === '"') isQuoted = !isQuoted
    else if (char === ',' && !isQuoted) {
      parts.push(text.slice(from, at).trim())
      from = at + 1
    }
  }
  parts.push(text.slice(from).trim())
  return parts.filter((part) => part !== '')
}

/** Directives of Cache-Control: names compare without case, arguments may be quoted, repeated ones are all kept. */
export class Directives {
  readonly #values: ReadonlyMap<string, readonly (string | null)[]>

  constructor(values: ReadonlyMap<string, readonly (string | null)[]>) {
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  get isEmpty(): boolean {
    return this.#values.size === 0
  }

  /**
   * Seconds of a directive, null where there is none. RFC 9111 4.2.1: of repeated ones the least counts, and what is no number makes an
   * answer stale, so it is 0.
   */
  seconds(name: string): number | null {
    const values = this.#values.get(name)
    return values === undefined ? null : Math.min(...values.map((value) => (value !== null && DIGITS.test(value) ? Math.min(Number(value), SECONDS_MAX) : 0)))
  }

  /** True for a directive without argument, so that it concerns the whole answer. */
  isBare(name: string): boolean {
    return this.#values.get(name)?.some((value) => value === null || value.trim() === '') === true
  }

  /** Names of fields in the argument, in lower case (`no-cache="set-cookie"`). */
  fields(name: string): string[] {
    return (this.#values.get(name) ?? []).flatMap((value) => (value === null ? [] : value.split(',').map((field) => field.trim().toLowerCase())).filter((field) => field !== ''))
  }
}

export const NO_DIRECTIVES = new Directives(new Map())

/** Reads the lines of a Cache-Control field (RFC 9111 5.2). What has no legal form has no number either. */
export function parseCacheControl(lines: readonly string[]): Directives {
  if (lines.length === 0) return NO_DIRECTIVES
  const values = new Map<string, (string | null)[]>()
  for (const part of splitList(lines.join(','))) {
    const name = TOKEN.exec(part)?.[0]
    if (name === undefined) continue
    const rest = part.slice(name.length)
    const value = rest === '' ? null : rest.startsWith('=') ? unquoted(rest.slice(1)) : 'malformed'
    const key = name.toLowerCase()
    values.set(key, [...(values.get(key) ?? []), value])
  }
  return new Directives(values)
}

function unquoted(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text
}

/** Reads a targeted field such as CDN-Cache-Control: a dictionary of RFC 9651, which counts as a whole or not at all; null for not at all. */
export function parseTargeted(lines: readonly string[]): Directives | null {
  const values = new Map<string, (string | null)[]>()
  for (const part of splitList(lines.join(','))) {
    const match = MEMBER.exec(part)
    if (match === null) return null
    const [, name = '', value] = match
    if (value === '?0') values.delete(name)
    // RFC 9213 2.1: a value of another type is as if it were not there.
    else if (value === undefined || value === '?1') values.set(name, [null])
    else if (DIGITS.test(value)) values.set(name, [value])
  }
  return values.size === 0 ? null : new Directives(values)
}
