import { createHash } from 'node:crypto'
import { type RedisStore, RedisUnavailableError } from '../contract.ts'
import { type Allowance, type Counting, roomOf, type Verdict } from './counting.ts'

/** How much longer than its window a counter is kept: clocks of nodes differ. */
const KEEP_LONGER_MS = 5_000

/**
 * One step in Redis, so that no two nodes count the same place. KEYS: the counter of each limit, then that of its window before (the same where windows are
 * fixed). ARGV: 1 where refused requests count too, then for each limit its size, the weight of the window before and how many milliseconds it is kept.
 */
const TAKE = `
local limits = #KEYS / 2
local allowed = 1
local counts = {}
for i = 1, limits do
  local weight = tonumber(ARGV[3 * i])
  local before = 0
  if weight >= 0 then before = tonumber(redis.call('GET', KEYS[2 * i]) or '0') else weight = 0 end
  local current = tonumber(redis.call('GET', KEYS[2 * i - 1]) or '0')
  if current + 1 > math.floor(tonumber(ARGV[3 * i - 1]) - before * weight) then allowed = 0 end
  counts[2 * i - 1] = current
  counts[2 * i] = before
end
if allowed == 1 or ARGV[1] == '1' then
  for i = 1, limits do
    counts[2 * i - 1] = redis.call('INCR', KEYS[2 * i - 1])
    if counts[2 * i - 1] == 1 then redis.call('PEXPIRE', KEYS[2 * i - 1], ARGV[3 * i + 1]) end
  end
end
table.insert(counts, 1, allowed)
return counts
`

/** Names the counters of one owner. What clients send is hashed: it may be long, and it is nobody's business in Redis. The braces keep them in one slot. */
export function redisPrefix(owner: string): string {
  return `sluice:limit:{${createHash('sha256').update(owner).digest('base64url').slice(0, 24)}}:`
}

/** Whole numbers of an answer of Redis; an error where it has none. */
export function numbersOf(answer: unknown, count: number): number[] {
  if (!Array.isArray(answer) || answer.length !== count || !answer.every((entry) => typeof entry === 'number'))
    throw new RedisUnavailableError('Redis gave an answer that was not asked for')
  return answer as number[]
}

export const keepMs = (keepUntilMs: number, nowMs: number) => Math.max(1, Math.ceil(keepUntilMs - nowMs)) + KEEP_LONGER_MS

/** Counters in Redis, asked for each request: exact across all nodes. Rejects with RedisUnavailableError. */
export class RedisCounting implements Counting {
  readonly #redis: RedisStore
  readonly #clock: { nowMs(): number }

  constructor(redis: RedisStore, clock: { nowMs(): number }) {
    this.#redis = redis
    this.#clock = clock
  }

  async take(owner: string, allowances: readonly Allowance[], countsRefused: boolean): Promise<Verdict> {
    const prefix = redisPrefix(owner)
    const nowMs = this.#clock.nowMs()
    const keys = allowances.flatMap(({ window, previous }) => [`${prefix}${window}`, `${prefix}${previous?.window ?? window}`])
    const args = allowances.flatMap(({ limit, previous, keepUntilMs }) => [limit, previous?.weight ?? -1, keepMs(keepUntilMs, nowMs)])
    const [allowed, ...found] = numbersOf(await this.#redis.run(TAKE, keys, [countsRefused ? 1 : 0, ...args]), 1 + keys.length)
    const counts = allowances.map((_, index) => ({ current: found[2 * index] ?? 0, previous: found[2 * index + 1] ?? 0 }))
    const remaining = allowances.map((allowance, index) => Math.max(0, roomOf(allowance, counts[index]?.previous ?? 0) - (counts[index]?.current ?? 0)))
    return { allowed: allowed === 1, remaining, counts }
  }
}
