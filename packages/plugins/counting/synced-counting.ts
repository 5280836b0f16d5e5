import type { CounterTable, RedisStore } from '../contract.ts'
import { type Allowance, type Counting, LocalCounting, type Verdict } from './counting.ts'
import { keepMs, numbersOf, redisPrefix } from './redis-counting.ts'

/** Counters of one step in Redis: a script of Redis keeps everybody waiting while it runs. */
const STEP_MAX = 200
/** Counters that wait for Redis; while it is away those beyond are counted on this node alone. */
const WAITING_MAX = 50_000

/** Adds what was counted here and tells what all have counted. KEYS: counter and that of the window before; ARGV: how many, and how long it is kept. */
const EXCHANGE = `
local totals = {}
for i = 1, #KEYS / 2 do
  totals[2 * i - 1] = redis.call('INCRBY', KEYS[2 * i - 1], ARGV[2 * i - 1])
  totals[2 * i] = tonumber(redis.call('GET', KEYS[2 * i]) or '0')
  redis.call('PEXPIRE', KEYS[2 * i - 1], ARGV[2 * i])
end
return totals
`

interface Waiting {
  owner: string
  allowance: Allowance
  /** Counted here and not yet in Redis. */
  count: number
}

interface Outside {
  counters: CounterTable
  redis: RedisStore
  clock: { nowMs(): number }
}

/**
 * Counters in the memory of this node, exchanged with Redis every so often: no request waits for Redis. Where all nodes together are asked R times a second,
 * at most R × 2 × the interval more pass than the limit says: what the others let through since what this node last heard of, which each of them
 * had told up to an interval before. While Redis is away each node counts for itself, and tells it afterwards.
 */
export class SyncedCounting implements Counting {
  readonly #outside: Outside
  readonly #intervalMs: number
  readonly #local: LocalCounting
  #waiting = new Map<string, Waiting>()
  #timer: NodeJS.Timeout | null = null

  constructor(outside: Outside, intervalMs: number) {
    this.#outside = outside
    this.#intervalMs = intervalMs
    this.#local = new LocalCounting(outside.counters)
  }

  take(owner: string, allowances: readonly Allowance[], countsRefused: boolean): Verdict | null {
    const verdict = this.#local.take(owner, allowances, countsRefused)
    if (verdict !== null && (verdict.allowed || countsRefused)) for (const allowance of allowances) this.#note(owner, allowance, 1)
    return verdict
  }

  #note(owner: string, allowance: Allowance, count: number): void {
    const key = `${owner}\0${allowance.window}`
    const present = this.#waiting.get(key)
    if (present !== undefined) present.count += count
    else if (this.#waiting.size < WAITING_MAX) this.#waiting.set(key, { owner, allowance, count })
    if (this.#timer === null) this.#exchangeIn(this.#intervalMs)
  }

  #exchangeIn(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#exchange(), delayMs)
    this.#timer.unref()
  }

  async #exchange(): Promise<void> {
    const startedAtMs = performance.now()
    const entries = [...this.#waiting.values()]
    this.#waiting = new Map()
    for (let at = 0; at < entries.length; at += STEP_MAX) {
      const step = entries.slice(at, at + STEP_MAX)
      try {
        await this.#exchangeStep(step)
      } catch {
        // The node has logged that Redis is away; what ended meanwhile interests nobody any more.
        const nowMs = this.#outside.clock.nowMs()
        for (const { owner, allowance, count } of step) if (allowance.keepUntilMs > nowMs) this.#note(owner, allowance, count)
      }
    }
    this.#timer = null
    if (this.#waiting.size > 0) this.#exchangeIn(Math.max(0, this.#intervalMs - (performance.now() - startedAtMs)))
  }

  async #exchangeStep(step: readonly Waiting[]): Promise<void> {
    const { redis, clock, counters } = this.#outside
    const nowMs = clock.nowMs()
    const keys = step.flatMap(({ owner, allowance: { window, previous } }) => {
      const prefix = redisPrefix(owner)
      return [`${prefix}${window}`, `${prefix}${previous?.window ?? window}`]
    })
    const args = step.flatMap(({ count, allowance }) => [count, keepMs(allowance.keepUntilMs, nowMs)])
    const totals = numbersOf(await redis.run(EXCHANGE, keys, args), keys.length)
    for (const [index, { owner, allowance }] of step.entries()) {
      const { window, previous, keepUntilMs, previousKeepUntilMs } = allowance
      const since = this.#waiting.get(`${owner}\0${window}`)?.count ?? 0
      counters.raise(`${owner}\0${window}`, (totals[2 * index] ?? 0) + since, keepUntilMs)
      if (previous !== null && previousKeepUntilMs > nowMs) counters.raise(`${owner}\0${previous.window}`, totals[2 * index + 1] ?? 0, previousKeepUntilMs)
    }
  }
}
