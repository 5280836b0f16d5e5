import type { PluginExchange } from '../contract.ts'

export type Parameters = ReadonlyMap<string, string>

const BODY_BYTES_MAX = 65_536
const FORM = 'application/x-www-form-urlencoded'

const typeOf = (exchange: PluginExchange) => (exchange.requestHeaders.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()

/** RFC 6749 3.1: a parameter that occurs twice is none that counts. Null then. */
function add(parameters: Map<string, string>, pairs: Iterable<readonly [string, unknown]>): boolean {
  for (const [name, value] of pairs) {
    if (typeof value !== 'string') continue
    if (parameters.has(name)) return false
    parameters.set(name, value)
  }
  return true
}

function fromJson(text: string): [string, unknown][] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? Object.entries(value) : []
  } catch {
    return []
  }
}

/** Parameters of query and body (form or JSON, of at most 64 KiB); null where one occurs twice or the body is too long. */
export async function parametersOf(exchange: PluginExchange): Promise<Parameters | null> {
  const parameters = new Map<string, string>()
  if (!add(parameters, new URLSearchParams(exchange.query ?? ''))) return null
  const type = typeOf(exchange)
  if (!exchange.hasBody || (type !== FORM && type !== 'application/json')) return parameters
  const body = await exchange.body(BODY_BYTES_MAX)
  if (body === null) return null
  const text = Buffer.from(body).toString('utf8')
  return add(parameters, type === FORM ? new URLSearchParams(text) : fromJson(text)) ? parameters : null
}

const ARGUMENT = 'access_token'

/** The text of pairs without the token, as it was written otherwise, and the token. */
function without(text: string): { token: string | null; rest: string } {
  const pairs = text.split('&')
  const kept = pairs.filter((pair) => !pair.startsWith(`${ARGUMENT}=`))
  const taken = pairs.find((pair) => pair.startsWith(`${ARGUMENT}=`))
  return { token: taken === undefined ? null : new URLSearchParams(taken).get(ARGUMENT), rest: kept.join('&') }
}

/** The token of the header or the query, null where there is none; taken out where `hides`. */
export function tokenInHead(exchange: PluginExchange, header: string, hides: boolean): string | null {
  const found = /^\s*(?:bearer|token)\s+(\S+)\s*$/i.exec(exchange.requestHeaders.get(header) ?? '')?.[1]
  if (found !== undefined) {
    if (hides) exchange.requestHeaders.remove(header)
    return found
  }
  if (exchange.query === null || !exchange.query.includes(`${ARGUMENT}=`)) return null
  const { token, rest } = without(exchange.query)
  if (token !== null && hides) exchange.query = rest === '' ? null : rest
  return token
}

export const mayBeInForm = (exchange: PluginExchange) => exchange.hasBody && typeOf(exchange) === FORM

export async function tokenInForm(exchange: PluginExchange, hides: boolean): Promise<string | null> {
  const body = await exchange.body(BODY_BYTES_MAX)
  if (body === null) return null
  const { token, rest } = without(Buffer.from(body).toString('latin1'))
  if (token !== null && hides) exchange.setBody(Buffer.from(rest, 'latin1'))
  return token
}
