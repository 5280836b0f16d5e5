import type { PluginExchange } from '../contract.ts'

export interface TokenPlaces {
  kinds: ReadonlySet<'header' | 'query' | 'body' | 'cookie'>
  headerName: string | null
  cookieName: string | null
  hides: boolean
}

const BEARER = /^[ \t]*bearer[ \t]+([A-Za-z0-9\-._~+/]+=*)[ \t]*$/i
const ARGUMENT = 'access_token'
const FORM = 'application/x-www-form-urlencoded'
const FORM_BYTES_MAX = 65_536

const isForm = (exchange: PluginExchange) => (exchange.requestHeaders.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() === FORM

/** The argument, and the query without it, as it was written otherwise. */
function takeArgument(text: string): { value: string; rest: string } | null {
  const pairs = text.split('&')
  const at = pairs.findIndex((pair) => pair.startsWith(`${ARGUMENT}=`))
  const pair = pairs[at]
  if (pair === undefined) return null
  const value = new URLSearchParams(pair).get(ARGUMENT) ?? ''
  return { value, rest: pairs.filter((_, index) => index !== at).join('&') }
}

/** RFC 6750 2, and a cookie: the token in head or cookies, without waiting; null where there is none. */
export function tokenInHead(exchange: PluginExchange, places: TokenPlaces, cookies: ReadonlyMap<string, string>): string | null {
  return inHeader(exchange, places) ?? inQuery(exchange, places) ?? (places.kinds.has('cookie') && places.cookieName !== null ? (cookies.get(places.cookieName) ?? null) : null)
}

function inHeader(exchange: PluginExchange, { kinds, headerName, hides }: TokenPlaces): string | null {
  if (!kinds.has('header')) return null
  const own = headerName === null ? null : exchange.requestHeaders.get(headerName)
  if (headerName !== null && own !== null) {
    if (hides) exchange.requestHeaders.remove(headerName)
    return (BEARER.exec(own)?.[1] ?? own.trim()) || null
  }
  const found = BEARER.exec(exchange.requestHeaders.get('authorization') ?? '')?.[1]
  if (found === undefined) return null
  if (hides) exchange.requestHeaders.remove('authorization')
  return found
}

function inQuery(exchange: PluginExchange, { kinds, hides }: TokenPlaces): string | null {
  const taken = !kinds.has('query') || exchange.query === null ? null : takeArgument(exchange.query)
  if (taken === null || taken.value === '') return null
  if (hides) exchange.query = taken.rest === '' ? null : taken.rest
  return taken.value
}

/** Whether there may be a token in the body, for which one has to wait. */
export const mayBeInBody = (exchange: PluginExchange, { kinds }: TokenPlaces) => kinds.has('body') && exchange.hasBody && isForm(exchange)

export async function tokenInBody(exchange: PluginExchange, { hides }: TokenPlaces): Promise<string | null> {
  const body = await exchange.body(FORM_BYTES_MAX)
  const taken = body === null ? null : takeArgument(Buffer.from(body).toString('latin1'))
  if (taken === null || taken.value === '') return null
  if (hides) exchange.setBody(Buffer.from(taken.rest, 'latin1'))
  return taken.value
}
