import type * as z from 'zod'
import { definePluginHandler, type MaybePromise, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { WINDOWS, type Window, windowEndMs } from '../counting/calendar-windows.ts'
import { type Allowance, type Counting, LocalCounting, type Verdict } from '../counting/counting.ts'
import { type LimitLabel, labelOf, refusalHeaders, secondsUntil, tellUsage, type Usage } from '../counting/limit-headers.ts'
import { RedisCounting } from '../counting/redis-counting.ts'
import { SyncedCounting } from '../counting/synced-counting.ts'
import { whoCounts } from '../counting/who-counts.ts'
import { redisSettings } from '../redis-fields.ts'
import { rateLimitingSchema } from './schema.ts'

type Config = z.output<typeof rateLimitingSchema.config>

interface Limit {
  window: Window
  limit: number
  label: LimitLabel
}

interface Windows {
  ends: readonly number[]
  allowances: readonly Allowance[]
  fromMs: number
  untilMs: number
}

function countingOf({ policy, sync_rate, redis }: Config, environment: PluginEnvironment): Counting {
  if (policy === 'local') return new LocalCounting(environment.counters)
  const store = environment.redis(redisSettings(redis))
  if (sync_rate < 0) return new RedisCounting(store, environment.clock)
  return new SyncedCounting({ counters: environment.counters, redis: store, clock: environment.clock }, sync_rate * 1_000)
}

class RateLimiting {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #counting: Counting
  readonly #limits: readonly Limit[]
  /** The windows of now, until the first of them ends. */
  #windows: Windows = { ends: [], allowances: [], untilMs: 0, fromMs: 0 }

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#counting = countingOf(config, environment)
    this.#limits = WINDOWS.flatMap((window) => {
      const limit = config[window]
      return limit === null ? [] : [{ window, limit, label: labelOf(window.charAt(0).toUpperCase() + window.slice(1), limit) }]
    })
  }

  onRequest(exchange: PluginExchange): MaybePromise<PluginReply | undefined> {
    const nowMs = this.#environment.clock.nowMs()
    const owner = `${this.#environment.pluginId}\0${this.#config.limit_by}\0${whoCounts(this.#config.limit_by, this.#config, exchange)}`
    const { ends, allowances } = this.#windowsAt(nowMs)
    const verdict = this.#counting.take(owner, allowances, false)
    if (!(verdict instanceof Promise)) return this.#decide(exchange, verdict, ends)
    return verdict.then(
      (found) => this.#decide(exchange, found, ends),
      () => this.#decide(exchange, null, ends),
    )
  }

  #windowsAt(nowMs: number): Windows {
    // A clock that was set back is in windows that have ended.
    if (nowMs < this.#windows.untilMs && nowMs >= this.#windows.fromMs) return this.#windows
    const ends = this.#limits.map(({ window }) => windowEndMs(window, nowMs))
    const allowances = this.#limits.map(({ window, limit }, index) => {
      const endMs = ends[index] ?? 0
      return { window: `${window}:${endMs / 1000}`, limit, previous: null, keepUntilMs: endMs, previousKeepUntilMs: 0 }
    })
    this.#windows = { ends, allowances, fromMs: nowMs, untilMs: Math.min(...ends) }
    return this.#windows
  }

  #decide(exchange: PluginExchange, verdict: Verdict | null, ends: readonly number[]): PluginReply | undefined {
    if (verdict === null) return this.#config.fault_tolerant ? undefined : { kind: 'error', status: 500, message: 'An unexpected error occurred' }
    const { error_code: status, error_message: message, hide_client_headers: isHidden } = this.#config
    if (isHidden) return verdict.allowed ? undefined : { kind: 'error', status, message, headers: {} }
    const nowMs = this.#environment.clock.nowMs()
    const usages = this.#limits.map(({ label }, index): Usage => ({ label, remaining: verdict.remaining[index] ?? 0, resetSeconds: secondsUntil(ends[index] ?? 0, nowMs) }))
    if (!verdict.allowed) return { kind: 'error', status, message, headers: refusalHeaders(usages) }
    tellUsage(usages, (name, value) => exchange.responseHeaders.set(name, value))
    return undefined
  }
}

export const rateLimitingHandler = definePluginHandler(rateLimitingSchema, (config, environment) => {
  const instance = new RateLimiting(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
