import { type CounterTable, type MaybePromise, type RedisStore, RedisUnavailableError } from '../contract.ts'
import { redisPrefix } from './redis-counting.ts'
import type { Limiter, Outcome, SizedLimit } from './window-limiter.ts'

/** What a limit takes for one request, and how much may be owed at a time, in milliseconds. */
interface Pace {
  key: string
  intervalMs: number
  toleranceMs: number
}

/**
 * Spends in all limits or in none. Gives for each what is owed then, or minus the milliseconds until a request fits; where one refuses, the
 * others give what is owed without the request. Null where counters cannot be kept.
 */
type Spend = (owner: string, paces: readonly Pace[]) => MaybePromise<number[] | null>

/**
 * KEYS: one for each limit, with the time at which all is paid. ARGV: now, then interval and tolerance of each limit. Fractions of milliseconds count, so numbers come
 * back as texts.
 */
const SPEND = `
local now = tonumber(ARGV[1])
local allowed = true
local owed = {}
for i = 1, #KEYS do
  local paid = math.max(now, tonumber(redis.call('GET', KEYS[i]) or '0'))
  owed[i] = paid + tonumber(ARGV[2 * i]) - now
  if owed[i] - tonumber(ARGV[2 * i + 1]) > 0.0005 then allowed = false end
end
for i = 1, #KEYS do
  local over = owed[i] - tonumber(ARGV[2 * i + 1])
  if allowed then
    redis.call('SET', KEYS[i], string.format('%.3f', now + owed[i]), 'PX', math.ceil(owed[i]) + 5000)
  elseif over > 0.0005 then
    owed[i] = -over
  else
    owed[i] = owed[i] - tonumber(ARGV[2 * i])
  end
  owed[i] = string.format('%.3f', owed[i])
end
return owed
`

function spendLocally(counters: CounterTable): Spend {
  return (owner, paces) => {
    const owed: number[] = []
    for (const [index, { key, intervalMs, toleranceMs }] of paces.entries()) {
      const found = counters.spend(`${owner}\0${key}`, intervalMs, toleranceMs)
      if (found !== null && found >= 0) {
        owed.push(found)
        continue
      }
      for (const earlier of paces.slice(0, index)) counters.spend(`${owner}\0${earlier.key}`, -earlier.intervalMs, earlier.toleranceMs)
      if (found === null) return null
      // One that gives nothing is a look.
      return paces.map((pace, at) => (at === index ? found : (counters.spend(`${owner}\0${pace.key}`, 0, pace.toleranceMs) ?? 0)))
    }
    return owed
  }
}

function spendInRedis(redis: RedisStore, clock: { nowMs(): number }): Spend {
  return async (owner, paces) => {
    const prefix = redisPrefix(owner)
    const args = paces.flatMap(({ intervalMs, toleranceMs }) => [intervalMs, toleranceMs])
    const keys = paces.map(({ key }) => `${prefix}${key}`)
    const owed = await redis.run(SPEND, keys, [clock.nowMs(), ...args])
    if (!Array.isArray(owed) || owed.length !== paces.length) throw new RedisUnavailableError('Redis gave an answer that was not asked for')
    return owed.map(Number)
  }
}

/** Generic cell rate algorithm: requests at an even pace, with bursts. */
export class PaceLimiter implements Limiter {
  readonly #limits: readonly SizedLimit[]
  readonly #paces: readonly Pace[]
  readonly #spend: Spend

  private constructor(limits: readonly SizedLimit[], spend: Spend) {
    this.#limits = limits
    this.#paces = limits.map(({ limit, sizeMs, burst }) => {
      // Whole microseconds are what counters keep: so nothing is lost on the way.
      const intervalMs = Math.ceil((sizeMs * 1_000) / limit) / 1_000
      return { key: `pace:${sizeMs / 1_000}`, intervalMs, toleranceMs: intervalMs * burst }
    })
    this.#spend = spend
  }

  static local(limits: readonly SizedLimit[], counters: CounterTable): PaceLimiter {
    return new PaceLimiter(limits, spendLocally(counters))
  }

  static redis(limits: readonly SizedLimit[], redis: RedisStore, clock: { nowMs(): number }): PaceLimiter {
    return new PaceLimiter(limits, spendInRedis(redis, clock))
  }

  take(owner: string): MaybePromise<Outcome | null> {
    const owed = this.#spend(owner, this.#paces)
    return owed instanceof Promise ? owed.then((found) => this.#outcome(found)) : this.#outcome(owed)
  }

  #outcome(owed: readonly number[] | null): Outcome | null {
    if (owed === null) return null
    const usages = this.#limits.map(({ label }, index) => {
      const { intervalMs, toleranceMs } = this.#paces[index] as Pace
      const left = owed[index] ?? 0
      // A millionth of a request is what fractions of milliseconds may lose.
      const remaining = left < 0 ? 0 : Math.max(0, Math.floor((toleranceMs - left) / intervalMs + 1e-6))
      return { label, remaining, resetSeconds: Math.max(1, Math.ceil(Math.abs(left) / 1_000)) }
    })
    return { allowed: owed.every((entry) => entry >= 0), usages }
  }
}
