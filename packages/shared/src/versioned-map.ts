/** Entries from which a map is spread over shards: V8 copies a whole table when it grows, which takes milliseconds at 50,000 entries. */
const SPREAD_FROM = 1_024
/** A power of two. */
const SHARDS = 64

/** Where a key is, of a spread map: cheap, and even for ids, host names and numbered paths. A skew costs only longer growth of one shard. */
function shardOf(key: string): number {
  const { length } = key
  if (length === 0) return 0
  const last = key.charCodeAt(length - 1)
  const before = length > 1 ? key.charCodeAt(length - 2) : 0
  const further = length > 3 ? key.charCodeAt(length - 4) : 0
  return (last + before * 7 + further * 31 + length) & (SHARDS - 1)
}

/** The table that the newest version works on. */
class Store<V> {
  shards: Map<string, V>[] = [new Map()]
  size = 0

  get(key: string): V | undefined {
    const { shards } = this
    return (shards.length === 1 ? (shards[0] as Map<string, V>) : (shards[shardOf(key)] as Map<string, V>)).get(key)
  }

  put(key: string, value: V | undefined): void {
    const shard = this.shards[this.shards.length === 1 ? 0 : shardOf(key)] as Map<string, V>
    const before = shard.size
    if (value === undefined) shard.delete(key)
    else shard.set(key, value)
    this.size += shard.size - before
    if (this.size > SPREAD_FROM && this.shards.length === 1) this.#spread()
  }

  #spread(): void {
    const spread = Array.from({ length: SHARDS }, () => new Map<string, V>())
    for (const [key, value] of this.shards[0] as Map<string, V>) (spread[shardOf(key)] as Map<string, V>).set(key, value)
    this.shards = spread
  }
}

/**
 * A map that does not change: `with` gives another version, at the cost of the changes alone, whatever the size. The version that was made
 * last reads at the speed of `Map`; each older one keeps what was otherwise in it and asks the next one for the rest (Baker's trick), so
 * versions that nobody holds any more cost nothing. Keys come in no order. `undefined` cannot be a value.
 */
export class VersionedMap<V> {
  #store: Store<V> | null
  /** Of an older version: the keys that differ in `#next`, with their values here. */
  #differs: Map<string, V | undefined> | null = null
  #next: VersionedMap<V> | null = null
  readonly size: number

  private constructor(store: Store<V>) {
    this.#store = store
    this.size = store.size
  }

  static empty<V>(): VersionedMap<V> {
    return new VersionedMap<V>(new Store<V>())
  }

  get(key: string): V | undefined {
    const store = this.#store
    return store === null ? this.#getOlder(key) : store.get(key)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  /** A version with these changes in their order; `undefined` deletes. This one stays as it is. */
  with(changes: Iterable<readonly [string, V | undefined]>): VersionedMap<V> {
    const store = this.#takeStore()
    const differs = new Map<string, V | undefined>()
    for (const [key, value] of changes) {
      const before = store.get(key)
      if (before === value) continue
      if (!differs.has(key)) differs.set(key, before)
      store.put(key, value)
    }
    if (differs.size === 0) return this
    const next = new VersionedMap<V>(store)
    this.#store = null
    this.#differs = differs
    this.#next = next
    return next
  }

  /** All values, in no order. No version may be made while this runs. */
  *values(): Generator<V> {
    for (const shard of this.#takeStore().shards) yield* shard.values()
  }

  #getOlder(key: string): V | undefined {
    let version: VersionedMap<V> = this
    while (version.#store === null) {
      const differs = version.#differs as Map<string, V | undefined>
      if (differs.has(key)) return differs.get(key)
      version = version.#next as VersionedMap<V>
    }
    return version.#store.get(key)
  }

  /** Makes this the version that the table belongs to, as after an update that was given up. */
  #takeStore(): Store<V> {
    const older: VersionedMap<V>[] = []
    let newest: VersionedMap<V> = this
    while (newest.#store === null) {
      older.push(newest)
      newest = newest.#next as VersionedMap<V>
    }
    const store = newest.#store
    for (let version = older.pop(); version !== undefined; version = older.pop()) {
      const back = new Map<string, V | undefined>()
      for (const [key, value] of version.#differs as Map<string, V | undefined>) {
        back.set(key, store.get(key))
        store.put(key, value)
      }
      newest.#differs = back
      newest.#next = version
      newest.#store = null
      version.#differs = null
      version.#next = null
      version.#store = store
      newest = version
    }
    return store
  }
}
