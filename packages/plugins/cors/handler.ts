import type * as z from 'zod'
import { definePluginHandler, type PluginExchange, type PluginReply } from '../contract.ts'
import { compileOrigins } from './origins.ts'
import { corsSchema } from './schema.ts'

type Config = z.output<typeof corsSchema.config>
type Headers = [name: string, value: string | null][]

function originHeaders(config: Config, resolve: ReturnType<typeof compileOrigins>, origin: string | null): Headers {
  const answer = resolve(origin)
  const headers: Headers = []
  if (answer.kind === 'any') {
    // `*` and credentials exclude each other, so the origin is named.
    const named = config.credentials && origin !== null
    if (named) headers.push(['Vary', 'Origin'])
    headers.push(['Access-Control-Allow-Origin', named ? origin : '*'])
    if (named) headers.push(['Access-Control-Allow-Credentials', 'true'])
    return headers
  }
  headers.push(['Vary', 'Origin'], ['Access-Control-Allow-Origin', answer.kind === 'none' ? null : answer.value])
  if (config.credentials) headers.push(['Access-Control-Allow-Credentials', 'true'])
  return headers
}

function preflight(config: Config, exchange: PluginExchange, origin: Headers): PluginReply {
  const headers: Record<string, string> = {}
  for (const [name, value] of origin) if (value !== null) headers[name] = value
  const asked = exchange.requestHeaders.get('access-control-request-headers')
  const allowed = config.headers !== null && config.headers.length > 0 ? config.headers.join(',') : asked
  if (allowed !== null) headers['Access-Control-Allow-Headers'] = allowed
  headers['Access-Control-Allow-Methods'] = config.methods.join(',')
  if (config.max_age !== null) headers['Access-Control-Max-Age'] = String(config.max_age)
  if (config.private_network && exchange.requestHeaders.get('access-control-request-private-network') === 'true') headers['Access-Control-Allow-Private-Network'] = 'true'
  return { kind: 'raw', status: 200, body: null, contentType: null, headers }
}

export const corsHandler = definePluginHandler(corsSchema, (config) => {
  const resolve = compileOrigins(config.origins)
  const preflights = new WeakSet<PluginExchange>()
  return {
    onRequest(exchange) {
      const origin = exchange.requestHeaders.get('origin')
      if (exchange.method !== 'OPTIONS' || origin === null || !exchange.requestHeaders.has('access-control-request-method')) return undefined
      preflights.add(exchange)
      return config.preflight_continue ? undefined : preflight(config, exchange, originHeaders(config, resolve, origin))
    },
    onResponse(exchange) {
      if (preflights.has(exchange)) return
      const origin = exchange.requestHeaders.get('origin')
      if (origin === null && !config.allow_origin_absent) return
      for (const [name, value] of originHeaders(config, resolve, origin)) {
        if (value === null) exchange.responseHeaders.remove(name)
        else if (name === 'Vary') exchange.responseHeaders.add(name, value)
        else exchange.responseHeaders.set(name, value)
      }
      if (config.exposed_headers !== null && config.exposed_headers.length > 0) exchange.responseHeaders.set('Access-Control-Expose-Headers', config.exposed_headers.join(','))
    },
  }
})
