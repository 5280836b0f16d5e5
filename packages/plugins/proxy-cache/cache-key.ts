import { hash } from 'node:crypto'
import { normalizePath } from '@sluice/shared/routing/normalize'
import type { PluginExchange } from '../contract.ts'
import type { CacheSettings } from './settings.ts'
import { normalValue } from './vary.ts'

/** Arguments of a query in one order: those of one name keep theirs. */
function sortedQuery(query: string | null, wanted: ReadonlySet<string> | null): string {
  if (query === null || query === '') return ''
  const pairs = query.split('&').map((pair) => [pair.split('=', 1)[0] ?? '', pair] as const)
  const chosen = wanted === null ? pairs : pairs.filter(([name]) => wanted.has(decoded(name)))
  return chosen
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, pair]) => pair)
    .join('&')
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}

/**
 * The key of what a request asks for: 64 hexadecimal digits. Besides what Kong puts in it (consumer, route, method, path, query, vary_headers)
 * scheme and host, as a URI has them, and where plugins before this one send the request, since another place answers otherwise.
 */
export function cacheKey(exchange: PluginExchange, settings: CacheSettings, bodyDigest: string): string {
  const { upstream, requestHeaders } = exchange
  const path = settings.ignore_uri_case ? exchange.path.toLowerCase() : exchange.path
  const parts = [
    exchange.consumer?.id ?? '',
    exchange.route.id,
    exchange.method === 'HEAD' ? 'GET' : exchange.method,
    exchange.scheme,
    exchange.host.toLowerCase(),
    path,
    sortedQuery(exchange.query, settings.varyQuery),
    bodyDigest,
    ...[upstream.host, upstream.port, upstream.path, upstream.uri, upstream.method, upstream.hostHeader].map(String),
    ...settings.varyHeaders.map((name) => normalValue(requestHeaders, name)),
    // Without Cache-Control nothing says whether an answer is for one caller alone: each has its own.
    settings.cache_control ? '' : normalValue(requestHeaders, 'authorization'),
  ]
  return hash('sha256', JSON.stringify(parts))
}

/** The name by which an unsafe request tells that what is kept for a URI is no longer valid; the same whoever asked and whatever route took it. */
export function uriName(host: string, path: string, query: string | null): string {
  return `uri ${host.toLowerCase()} ${path}${query === null ? '' : `?${query}`}`
}

/** The same for a URI reference in an answer; null where it is of another origin or no URI (RFC 9111 4.4). */
export function referencedName(reference: string, exchange: PluginExchange): string | null {
  const base = `${exchange.scheme}://${exchange.host}`
  if (!URL.canParse(reference, `${base}${exchange.rawTarget}`)) return null
  const url = new URL(reference, `${base}${exchange.rawTarget}`)
  if (url.origin !== new URL(base).origin) return null
  return uriName(exchange.host, normalizePath(url.pathname), url.search === '' ? null : url.search.slice(1))
}
