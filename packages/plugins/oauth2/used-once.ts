import type { PluginEnvironment, RedisStore } from '../contract.ts'
import type { Grant } from './sealed-token.ts'

/**
 * `first`: it was not used before. `again`: it was; all that came of the same consent is over from now on. `over`: that is over already.
 */
export type Use = 'first' | 'again' | 'over'

/** KEYS: what is used, its family. ARGV: how long both are remembered, in milliseconds. */
const USE = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 2 end
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 1 end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
return 0`
const PREFIX = 'sluice:oauth2'

/** Remembers what was used: for all nodes in a Redis, or for the workers of one node. */
export class UsedOnce {
  readonly #store: RedisStore | null
  readonly #environment: PluginEnvironment
  readonly #familyMs: number

  constructor(store: RedisStore | null, environment: PluginEnvironment, familyMs: number) {
    this.#store = store
    this.#environment = environment
    this.#familyMs = familyMs
  }

  /** Rejects where the Redis cannot be asked: what may have been used is not used again. */
  async use(grant: Grant): Promise<Use> {
    if (this.#store === null) return this.#useHere(grant)
    const lastsMs = Math.max(1, Math.ceil(grant.untilMs - this.#environment.clock.nowMs()))
    const answer = await this.#store.run(USE, [`${PREFIX}:used:${grant.id}`, `${PREFIX}:over:${grant.family}`], [lastsMs, Math.max(lastsMs, this.#familyMs)])
    return answer === 1 ? 'first' : answer === 0 ? 'again' : 'over'
  }

  /** A table that is full remembers nothing: then nothing is used. */
  #useHere(grant: Grant): Use {
    return this.#environment.counters.take(`oauth2 used ${grant.id}`, 1, Math.ceil(grant.untilMs)) === 1 ? 'first' : 'again'
  }
}
