import type { PluginExchange } from '../contract.ts'

/** Answer where a request has tokens that differ: which of them counts must not be a matter of luck. */
export const SEVERAL = Symbol('several tokens')

export interface TokenPlaces {
  header_names: readonly string[]
  uri_param_names: readonly string[]
  cookie_names: readonly string[]
}

const BEARER = /^[ \t]*bearer[ \t]+/i

/** The text after `Bearer `, empty where there is none. */
function bearerOf(value: string): string {
  const scheme = BEARER.exec(value)
  return scheme === null ? '' : value.slice(scheme[0].length).trim()
}

function decode(text: string): string {
  return text.includes('%') || text.includes('+') ? (new URLSearchParams(`v=${text}`).get('v') ?? '') : text
}

/** Values of a query argument or of a cookie: `separator` parts the pairs. */
function* valuesOf(text: string, separator: '&' | ';', isWanted: (name: string) => boolean): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const next = text.indexOf(separator, from)
    const end = next < 0 ? text.length : next
    const equals = text.indexOf('=', from)
    if (equals >= 0 && equals < end && isWanted(text.slice(from, equals))) yield text.slice(equals + 1, end)
    from = end + 1
  }
}

/** Finds the token of a request in the places that a configuration names. */
export class TokenFinder {
  readonly #headers: readonly string[]
  readonly #arguments: ReadonlySet<string>
  readonly #cookies: ReadonlySet<string>

  constructor(places: TokenPlaces) {
    this.#headers = [...new Set(places.header_names.map((name) => name.toLowerCase()))]
    this.#arguments = new Set(places.uri_param_names)
    this.#cookies = new Set(places.cookie_names)
  }

  /** The one token, null where there is none. The same token in several places is one. */
  find(exchange: PluginExchange): string | null | typeof SEVERAL {
    let found: string | null = null
    for (const token of this.#tokens(exchange)) {
      if (token === '' || token === found) continue
      if (found !== null) return SEVERAL
      found = token
    }
    return found
  }

  *#tokens(exchange: PluginExchange): Generator<string> {
    for (const name of this.#headers) for (const value of exchange.requestHeaders.getAll(name)) yield bearerOf(value)
    if (this.#arguments.size > 0 && exchange.query !== null) {
      for (const value of valuesOf(exchange.query, '&', (name) => this.#arguments.has(decode(name)))) yield decode(value)
    }
    if (this.#cookies.size === 0) return
    for (const line of exchange.requestHeaders.getAll('cookie')) {
      for (const value of valuesOf(line, ';', (name) => this.#cookies.has(name.trim()))) yield value.trim()
    }
  }
}
