import type * as z from 'zod'
import { definePluginHandler, type PluginEnvironment, type PluginExchange } from '../contract.ts'
import { BUCKETS, bucketOf } from './bucket.ts'
import { canarySchema } from './schema.ts'

type Config = z.output<typeof canarySchema.config>

const COOKIE_MAX_AGE_S = 60 * 60 * 24 * 365

function readCookie(exchange: PluginExchange, name: string): string | null {
  for (const line of exchange.requestHeaders.getAll('cookie')) {
    for (const pair of line.split(';')) {
      const equals = pair.indexOf('=')
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
    }
  }
  return null
}

class Canary {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #groups: ReadonlySet<string>

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#groups = new Set(config.groups ?? [])
  }

  onRequest(exchange: PluginExchange): void {
    if (!this.#isChosen(exchange)) return
    const { upstream_host, upstream_port, upstream_uri, upstream_fallback } = this.#config
    if (upstream_fallback && upstream_host !== null && this.#environment.upstreamAvailable(upstream_host) === false) return
    // What is not set stays as other plugins left it.
    if (upstream_host !== null) exchange.upstream.host = upstream_host
    if (upstream_port !== null) exchange.upstream.port = upstream_port
    if (upstream_uri !== null) exchange.upstream.path = upstream_uri
    exchange.upstream.variant = 'canary'
  }

  #isChosen(exchange: PluginExchange): boolean {
    const forced = this.#config.canary_by_header_name === null ? null : exchange.requestHeaders.get(this.#config.canary_by_header_name)
    // The key is made even where the header decides, so that a caller keeps the cookie.
    const key = this.#key(exchange)
    if (forced === 'always') return true
    if (forced === 'never') return false
    if (this.#config.hash === 'allow' || this.#config.hash === 'deny') {
      const isMember = exchange.consumer?.acl_groups.some((group) => this.#groups.has(group)) ?? false
      return this.#config.hash === 'allow' ? isMember : !isMember
    }
    const bucket = key === null ? Math.floor(this.#environment.random() * BUCKETS) : bucketOf(this.#environment.pluginId, key)
    return bucket < this.#threshold()
  }

  /** Number of buckets that are in the canary now. */
  #threshold(): number {
    const { percentage, start, duration, steps } = this.#config
    if (percentage !== null) return Math.round(percentage * (BUCKETS / 100))
    const elapsed = this.#environment.clock.nowMs() / 1000 - (start ?? 0)
    if (elapsed <= 0) return 0
    const step = Math.min(steps, Math.floor((elapsed / duration) * steps))
    return Math.round((step / steps) * BUCKETS)
  }

  /** What keeps the caller on its side; null: each request is drawn anew. */
  #key(exchange: PluginExchange): string | null {
    switch (this.#config.hash) {
      case 'consumer':
        return exchange.consumer?.id ?? exchange.clientIp
      case 'ip':
        return exchange.clientIp
      case 'header':
        return exchange.requestHeaders.get(this.#config.hash_header ?? '') ?? exchange.consumer?.id ?? exchange.clientIp
      case 'cookie':
        return this.#cookie(exchange)
      default:
        return null
    }
  }

  #cookie(exchange: PluginExchange): string {
    const present = readCookie(exchange, this.#config.hash_cookie)
    if (present !== null && present !== '') return present
    const value = this.#environment.uuid()
    exchange.responseHeaders.add(
      'Set-Cookie',
      `${this.#config.hash_cookie}=${value}; Path=/; Max-Age=${COOKIE_MAX_AGE_S}; HttpOnly; SameSite=Lax${exchange.scheme === 'https' ? '; Secure' : ''}`,
    )
    return value
  }
}

export const canaryHandler = definePluginHandler(canarySchema, (config, environment) => {
  const instance = new Canary(config, environment)
  return {
    onRequest(exchange) {
      instance.onRequest(exchange)
      return undefined
    },
  }
})
