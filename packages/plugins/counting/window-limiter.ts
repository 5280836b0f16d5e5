import type { MaybePromise, PluginEnvironment } from '../contract.ts'
import { redisSettings } from '../redis-fields.ts'
import { type Allowance, type Counting, LocalCounting, type Verdict } from './counting.ts'
import { type LimitLabel, labelOf, secondsUntil, type Usage } from './limit-headers.ts'
import { PaceLimiter } from './pace-limiter.ts'
import { RedisCounting } from './redis-counting.ts'
import { SyncedCounting } from './synced-counting.ts'
import type { WindowConfig } from './window-fields.ts'

export interface Outcome {
  allowed: boolean
  usages: Usage[]
}

/** Decides about one request. Null where counters cannot be kept; rejects where their Redis is away. */
export interface Limiter {
  take(owner: string): MaybePromise<Outcome | null>
}

export interface SizedLimit {
  limit: number
  sizeMs: number
  burst: number
  label: LimitLabel
}

/** Names of windows as clients know them; others are told by their seconds. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'Second'],
  [60, 'Minute'],
  [3_600, 'Hour'],
  [86_400, 'Day'],
  [2_592_000, 'Month'],
  [31_536_000, 'Year'],
])

/** From the shortest window to the longest, as Kong sorts them. */
function limitsOf({ limit, window_size, burst }: WindowConfig): SizedLimit[] {
  const limits = limit.map((count, index) => {
    const seconds = window_size[index] ?? 1
    return { limit: count, sizeMs: seconds * 1_000, burst: burst?.[index] ?? count, label: labelOf(NAMES.get(seconds) ?? String(seconds), count) }
  })
  return limits.sort((a, b) => a.sizeMs - b.sizeMs)
}

/** When a refused request would fit, if nothing else came: the window before weighs less with time, and this one is the one before in the next. */
function retryMs({ limit, sizeMs }: SizedLimit, { current, previous }: Verdict['counts'][number], elapsedMs: number): number {
  const leftMs = sizeMs - elapsedMs
  if (current <= limit - 1 && previous > 0) return Math.max(0, leftMs - ((limit - 1 - current) / previous) * sizeMs)
  return leftMs + Math.max(0, 1 - (limit - 1) / Math.max(1, current)) * sizeMs
}

class WindowLimiter implements Limiter {
  readonly #limits: readonly SizedLimit[]
  readonly #counting: Counting
  readonly #isSliding: boolean
  readonly #countsRefused: boolean
  readonly #clock: { nowMs(): number }

  constructor(config: WindowConfig, counting: Counting, clock: { nowMs(): number }) {
    this.#limits = limitsOf(config)
    this.#counting = counting
    this.#isSliding = config.window_type === 'sliding'
    this.#countsRefused = this.#isSliding && !config.disable_penalty
    this.#clock = clock
  }

  take(owner: string): MaybePromise<Outcome | null> {
    const nowMs = this.#clock.nowMs()
    const verdict = this.#counting.take(
      owner,
      this.#limits.map((limit) => this.#allowance(limit, nowMs)),
      this.#countsRefused,
    )
    return verdict instanceof Promise ? verdict.then((found) => this.#outcome(found, nowMs)) : this.#outcome(verdict, nowMs)
  }

  #allowance({ limit, sizeMs }: SizedLimit, nowMs: number): Allowance {
    const number = Math.floor(nowMs / sizeMs)
    const endMs = (number + 1) * sizeMs
    const window = `${sizeMs / 1_000}:${number}`
    if (!this.#isSliding) return { window, limit, previous: null, keepUntilMs: endMs, previousKeepUntilMs: 0 }
    const previous = { window: `${sizeMs / 1_000}:${number - 1}`, weight: (endMs - nowMs) / sizeMs }
    return { window, limit, previous, keepUntilMs: endMs + sizeMs, previousKeepUntilMs: endMs }
  }

  #outcome(verdict: Verdict | null, nowMs: number): Outcome | null {
    if (verdict === null) return null
    const usages = this.#limits.map((limit, index): Usage => {
      const remaining = verdict.remaining[index] ?? 0
      const elapsedMs = nowMs % limit.sizeMs
      const count = verdict.counts[index] ?? { current: 0, previous: 0 }
      const isOut = !verdict.allowed && remaining === 0 && this.#isSliding
      const waitMs = isOut ? retryMs(limit, count, elapsedMs) : limit.sizeMs - elapsedMs
      return { label: limit.label, remaining, resetSeconds: secondsUntil(nowMs + waitMs, nowMs) }
    })
    return { allowed: verdict.allowed, usages }
  }
}

/** Counts on this node while the Redis of another limiter is away. */
class FallbackLimiter implements Limiter {
  readonly #first: Limiter
  readonly #second: Limiter

  constructor(first: Limiter, second: Limiter) {
    this.#first = first
    this.#second = second
  }

  take(owner: string): MaybePromise<Outcome | null> {
    const outcome = this.#first.take(owner)
    return outcome instanceof Promise ? outcome.catch(() => this.#second.take(owner)) : outcome
  }
}

export function makeLimiter(config: WindowConfig, { counters, clock, redis }: Pick<PluginEnvironment, 'counters' | 'clock' | 'redis'>): Limiter {
  const isPaced = config.window_type === 'gcra'
  const local = isPaced ? PaceLimiter.local(limitsOf(config), counters) : new WindowLimiter(config, new LocalCounting(counters), clock)
  if (config.strategy === 'local') return local
  const store = redis(redisSettings(config.redis))
  const syncMs = (config.sync_rate ?? 0) * 1_000
  if (syncMs > 0) return new WindowLimiter(config, new SyncedCounting({ counters, redis: store, clock }, syncMs), clock)
  return new FallbackLimiter(isPaced ? PaceLimiter.redis(limitsOf(config), store, clock) : new WindowLimiter(config, new RedisCounting(store, clock), clock), local)
}
