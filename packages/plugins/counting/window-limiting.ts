import type { MaybePromise, PluginEnvironment, PluginExchange, PluginReply } from '../contract.ts'
import { refusalHeaders, tellUsage } from './limit-headers.ts'
import type { WindowConfig } from './window-fields.ts'
import { type Limiter, makeLimiter, type Outcome } from './window-limiter.ts'

/** Requests that wait in place of a refusal. */
export interface Throttling {
  enabled: boolean
  /** Seconds between two tries. */
  interval: number
  queue_limit: number
  retry_times: number
}

/** The request phase of plugins that count in windows of any length: passes with headers, or is refused with them. */
export class WindowLimiting {
  readonly #config: WindowConfig
  readonly #environment: PluginEnvironment
  readonly #limiter: Limiter
  readonly #throttling: Throttling | null
  readonly #prefix: string
  #waiting = 0

  constructor(config: WindowConfig, environment: PluginEnvironment, throttling: Throttling | null = null) {
    this.#config = config
    this.#environment = environment
    this.#limiter = makeLimiter(config, environment)
    this.#throttling = throttling?.enabled === true ? throttling : null
    this.#prefix = config.namespace === null ? environment.pluginId : `namespace ${config.namespace}`
  }

  onRequest(exchange: PluginExchange, who: string): MaybePromise<PluginReply | undefined> {
    const owner = `${this.#prefix}\0${who}`
    const outcome = this.#limiter.take(owner)
    return outcome instanceof Promise ? outcome.then((found) => this.#settle(exchange, owner, found)) : this.#settle(exchange, owner, outcome)
  }

  #settle(exchange: PluginExchange, owner: string, outcome: Outcome | null): MaybePromise<PluginReply | undefined> {
    if (outcome === null || outcome.allowed || this.#throttling === null || this.#waiting >= this.#throttling.queue_limit) return this.#decide(exchange, outcome)
    return this.#wait(exchange, owner, this.#throttling)
  }

  /** Tries again every so often; the last outcome decides. */
  async #wait(exchange: PluginExchange, owner: string, { interval, retry_times }: Throttling): Promise<PluginReply | undefined> {
    let isOver = false
    let wake = () => {}
    exchange.whenEnded(() => {
      isOver = true
      wake()
    })
    this.#waiting += 1
    try {
      for (let tries = 1; ; tries += 1) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, interval * 1_000)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
          if (isOver) wake()
        })
        if (isOver) return undefined
        const outcome = await this.#limiter.take(owner)
        if (outcome === null || outcome.allowed || tries >= retry_times) return this.#decide(exchange, outcome)
      }
    } finally {
      this.#waiting -= 1
    }
  }

  /** Where counters cannot be kept requests pass, without headers. */
  #decide(exchange: PluginExchange, outcome: Outcome | null): PluginReply | undefined {
    if (outcome === null) return undefined
    const { error_code: status, error_message: message, hide_client_headers: isHidden, retry_after_jitter_max: jitter } = this.#config
    if (outcome.allowed) {
      if (!isHidden) tellUsage(outcome.usages, (name, value) => exchange.responseHeaders.set(name, value))
      return undefined
    }
    const later = jitter === 0 ? 0 : Math.floor(this.#environment.random() * (jitter + 1))
    return { kind: 'error', status, message, headers: isHidden ? {} : refusalHeaders(outcome.usages, later) }
  }
}
