import type { RedisSettings, RedisStore } from '@sluice/plugins/contract'
import { RedisConnection, type RedisOutside } from './redis-connection.ts'

/**
 * The Redis connections of a worker: one for equal settings, however many plugins and revisions use it. A connection ends by itself when it is
 * not used, so a revision that goes needs to tell nobody.
 */
export class RedisRoom {
  readonly #outside: RedisOutside
  readonly #connections = new Map<string, RedisConnection>()

  constructor(outside: RedisOutside) {
    this.#outside = outside
  }

  store(settings: RedisSettings): RedisStore {
    const key = JSON.stringify(settings)
    const connection = this.#connections.get(key) ?? new RedisConnection(settings, this.#outside)
    this.#connections.set(key, connection)
    return connection
  }

  /** Ends all connections at once. What comes later makes new ones. */
  close(): void {
    for (const connection of this.#connections.values()) connection.end()
  }
}
