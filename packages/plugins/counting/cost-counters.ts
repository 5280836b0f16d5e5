import { type CounterTable, type MaybePromise, type RedisStore, TABLE_FULL } from '../contract.ts'
import { keepMs, redisPrefix } from './redis-counting.ts'

/** One counter of a window that ends. */
export interface CostCounter {
  window: string
  endMs: number
}

/** Counters that are read before and added to afterwards. */
export interface CostCounters {
  /** Present counts, in their order. Null where they cannot be known; rejects where their Redis is away. */
  read(owner: string, counters: readonly CostCounter[]): MaybePromise<number[] | null>
  /** Nobody waits for it. */
  add(owner: string, costs: readonly { counter: CostCounter; cost: number }[]): void
}

export class LocalCostCounters implements CostCounters {
  readonly #counters: CounterTable

  constructor(counters: CounterTable) {
    this.#counters = counters
  }

  read(owner: string, counters: readonly CostCounter[]): number[] | null {
    const counts = counters.map(({ window, endMs }) => this.#counters.read(`${owner}\0${window}`, endMs))
    return counts.includes(TABLE_FULL) ? null : counts
  }

  add(owner: string, costs: readonly { counter: CostCounter; cost: number }[]): void {
    for (const { counter, cost } of costs) this.#counters.add(`${owner}\0${counter.window}`, cost, counter.endMs)
  }
}

/** KEYS: counters. ARGV: for each what is added, and how many milliseconds it is kept. */
const ADD = `
for i = 1, #KEYS do
  redis.call('INCRBY', KEYS[i], ARGV[2 * i - 1])
  redis.call('PEXPIRE', KEYS[i], ARGV[2 * i])
end
return #KEYS
`

export class RedisCostCounters implements CostCounters {
  readonly #redis: RedisStore
  readonly #clock: { nowMs(): number }

  constructor(redis: RedisStore, clock: { nowMs(): number }) {
    this.#redis = redis
    this.#clock = clock
  }

  async read(owner: string, counters: readonly CostCounter[]): Promise<number[] | null> {
    const prefix = redisPrefix(owner)
    const found = await this.#redis.command(
      'MGET',
      counters.map(({ window }) => `${prefix}${window}`),
    )
    if (!Array.isArray(found) || found.length !== counters.length) return null
    return found.map((count) => Number(count ?? 0))
  }

  add(owner: string, costs: readonly { counter: CostCounter; cost: number }[]): void {
    const prefix = redisPrefix(owner)
    const nowMs = this.#clock.nowMs()
    const keys = costs.map(({ counter }) => `${prefix}${counter.window}`)
    const args = costs.flatMap(({ counter, cost }) => [cost, keepMs(counter.endMs, nowMs)])
    // The node has logged that Redis is away: what was to be added is lost, as for a request that came then.
    this.#redis.run(ADD, keys, args).catch(() => undefined)
  }
}
