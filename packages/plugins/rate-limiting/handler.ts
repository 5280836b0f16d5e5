import type * as z from 'zod'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply, REFUSED, TABLE_FULL } from '../contract.ts'
import { rateLimitingSchema, WINDOWS, type Window } from './schema.ts'

type Config = z.output<typeof rateLimitingSchema.config>

interface Limit {
  window: Window
  limit: number
  /** Names of its two headers, and what the first of them always says. */
  limitHeader: string
  remainingHeader: string
  limitText: string
}

interface Usage {
  limit: Limit
  remaining: number
  resetSeconds: number
}

/** First moment after the window that `nowMs` is in: windows follow the UTC calendar. */
export function windowEndMs(window: Window, nowMs: number): number {
  const fixed = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }
  if (window !== 'month' && window !== 'year') return (Math.floor(nowMs / fixed[window]) + 1) * fixed[window]
  const now = new Date(nowMs)
  return window === 'year' ? Date.UTC(now.getUTCFullYear() + 1, 0) : Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)
}

const secondsUntil = (endMs: number, nowMs: number) => Math.max(1, Math.ceil((endMs - nowMs) / 1000))

/** Two headers for each window, and three for the tightest: of equal ones the longer, which holds longer. */
function tellUsage(usages: readonly Usage[], tell: (name: string, value: string) => void): void {
  let tightest: Usage | null = null
  for (const usage of usages) {
    tell(usage.limit.limitHeader, usage.limit.limitText)
    tell(usage.limit.remainingHeader, String(usage.remaining))
    if (tightest === null || usage.remaining <= tightest.remaining) tightest = usage
  }
  if (tightest === null) return
  tell('RateLimit-Limit', tightest.limit.limitText)
  tell('RateLimit-Remaining', String(tightest.remaining))
  tell('RateLimit-Reset', String(tightest.resetSeconds))
}

/** Who shares the counter, as one text; the address of the client where the wished one is missing. */
function identifier(config: Config, exchange: PluginExchange): string {
  switch (config.limit_by) {
    case 'consumer':
      return exchange.consumer?.id ?? exchange.credential?.id ?? exchange.clientIp
    case 'consumer-group':
      return exchange.consumer?.groups[0] ?? exchange.clientIp
    case 'credential':
      return exchange.credential?.id ?? exchange.clientIp
    case 'service':
      return exchange.service?.id ?? exchange.clientIp
    case 'header':
      return exchange.requestHeaders.get(config.header_name ?? '') ?? exchange.clientIp
    case 'path':
      return exchange.path === config.path ? exchange.path : exchange.clientIp
    case 'ip':
      return exchange.clientIp
  }
}

class RateLimiting {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #limits: readonly Limit[]

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#limits = WINDOWS.flatMap((window) => {
      const limit = config[window]
      if (limit === null) return []
      const label = window.charAt(0).toUpperCase() + window.slice(1)
      return [{ window, limit, limitHeader: `X-RateLimit-Limit-${label}`, remainingHeader: `X-RateLimit-Remaining-${label}`, limitText: String(limit) }]
    })
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined {
    const nowMs = this.#environment.clock.nowMs()
    const key = `${this.#environment.pluginId}\0${this.#config.limit_by}\0${identifier(this.#config, exchange)}`
    const usages: Usage[] = []
    for (const limit of this.#limits) {
      const endMs = windowEndMs(limit.window, nowMs)
      const count = this.#environment.counters.take(`${key}\0${limit.window}`, limit.limit, endMs)
      if (count > 0) {
        usages.push({ limit, remaining: limit.limit - count, resetSeconds: secondsUntil(endMs, nowMs) })
        continue
      }
      // A refused request is counted in no window, as in Kong.
      for (const { limit: earlier } of usages) this.#environment.counters.release(`${key}\0${earlier.window}`, windowEndMs(earlier.window, nowMs))
      if (count === TABLE_FULL) return this.#onTableFull()
      if (count === REFUSED) return this.#refuse(key, nowMs)
    }
    if (!this.#config.hide_client_headers) tellUsage(usages, (name, value) => exchange.responseHeaders.set(name, value))
    return undefined
  }

  #onTableFull(): PluginReply | undefined {
    if (this.#config.fault_tolerant) return undefined
    return { kind: 'error', status: 500, message: 'An unexpected error occurred' }
  }

  #refuse(key: string, nowMs: number): PluginReply {
    const { error_code: status, error_message: message, hide_client_headers } = this.#config
    if (hide_client_headers) return { kind: 'error', status, message, headers: {} }
    const usages = this.#limits.map((limit): Usage => {
      const endMs = windowEndMs(limit.window, nowMs)
      const count = this.#environment.counters.read(`${key}\0${limit.window}`, endMs)
      return { limit, remaining: Math.max(0, limit.limit - count), resetSeconds: secondsUntil(endMs, nowMs) }
    })
    const headers: Record<string, string> = {}
    tellUsage(usages, (name, value) => {
      headers[name] = value
    })
    return { kind: 'error', status, message, headers: { ...headers, 'Retry-After': headers['RateLimit-Reset'] ?? '1' } }
  }
}

export const rateLimitingHandler = definePluginHandler(rateLimitingSchema, (config, environment) => {
  const instance = new RateLimiting(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
