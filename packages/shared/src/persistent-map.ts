/** Entries of one table at most; copying so many takes about a microsecond. */
const TABLE_MAX = 32
/** Bits of a hash that choose a table at most: beyond them (2^20 tables, or keys chosen so that they collide) tables grow. */
const DEPTH_MAX = 20

export const HASH_START = 0x811c9dc5 | 0

/** FNV-1a, one UTF-16 unit further: the hash of a text is that of its units one after the other. A 32-bit integer. */
export function extendHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193)
}

type Key = string | number
type Table<V, K extends Key> = Map<K, V>

/** Numbers are hashes already. The upper bits are mixed into those that are used. */
function bitsOf(key: Key): number {
  let hash = typeof key === 'number' ? key : HASH_START
  if (typeof key === 'string') for (let index = 0; index < key.length; index++) hash = extendHash(hash, key.charCodeAt(index))
  return hash ^ (hash >>> 15)
}

/** Extendible hashing: the last bits of a hash choose a place; tables that have not been split as often as others stand at several. */
interface Directory<V, K extends Key> {
  /** A power of two of them. */
  tables: readonly Table<V, K>[]
  /** How many bits the keys of the table at each place have in common. */
  depths: readonly number[]
}

/**
 * A map that does not change: `with` gives another one that shares with this what the changes do not touch, so that it costs what they cost,
 * whatever the size, and no table is ever large (V8 copies a whole `Map` when it grows: milliseconds at 50,000 entries). Keys come in no
 * order. `undefined` cannot be a value. Meant for keys that configuration chooses; a reader may ask for anything.
 */
export class PersistentMap<V, K extends Key = string> {
  readonly #tables: readonly Table<V, K>[]
  readonly #depths: readonly number[]
  readonly size: number

  constructor({ tables, depths }: Directory<V, K>, size: number) {
    this.#tables = tables
    this.#depths = depths
    this.size = size
  }

  static empty<V, K extends Key = string>(): PersistentMap<V, K> {
    return new PersistentMap<V, K>({ tables: [new Map()], depths: [0] }, 0)
  }

  get(key: K): V | undefined {
    return this.tableOf(key).get(key)
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  /** The table in which the key would be: for hot paths, which ask it themselves. */
  tableOf(key: K): ReadonlyMap<K, V> {
    const tables = this.#tables
    return (tables.length === 1 ? tables[0] : tables[bitsOf(key) & (tables.length - 1)]) as Table<V, K>
  }

  /** A map with these changes in their order; `undefined` deletes. */
  with(changes: Iterable<readonly [K, V | undefined]>): PersistentMap<V, K> {
    const draft = this.draft()
    for (const [key, value] of changes) draft.set(key, value)
    return draft.finish()
  }

  /** For changes that come bit by bit: what one of them copied, the next ones do not copy again. */
  draft(): MapDraft<V, K> {
    return new MapDraft({ tables: this.#tables, depths: this.#depths }, this.size)
  }

  /** All values, in no order. */
  *values(): Generator<V> {
    for (const [place, table] of this.#tables.entries()) {
      // At its first place only.
      if (place < 2 ** (this.#depths[place] as number)) yield* table.values()
    }
  }
}

/** Changes of a map on their way to the next one. The map that they started from stays as it is. */
export class MapDraft<V, K extends Key = string> {
  #tables: Table<V, K>[]
  #depths: number[]
  #size: number
  readonly #own = new Set<Table<V, K>>()

  constructor({ tables, depths }: Directory<V, K>, size: number) {
    this.#tables = tables.slice()
    this.#depths = depths.slice()
    this.#size = size
  }

  /** As it would be now. */
  get(key: K): V | undefined {
    return (this.#tables[bitsOf(key) & (this.#tables.length - 1)] as Table<V, K>).get(key)
  }

  /** `undefined` deletes. */
  set(key: K, value: V | undefined): void {
    const place = bitsOf(key) & (this.#tables.length - 1)
    const table = this.#ownTable(place)
    const before = table.size
    if (value === undefined) table.delete(key)
    else table.set(key, value)
    this.#size += table.size - before
    if (table.size > TABLE_MAX && (this.#depths[place] as number) < DEPTH_MAX) this.#split(table, place)
  }

  /** The map after the changes. The draft cannot be used any more. */
  finish(): PersistentMap<V, K> {
    return new PersistentMap<V, K>({ tables: this.#tables, depths: this.#depths }, this.#size)
  }

  #ownTable(place: number): Table<V, K> {
    const present = this.#tables[place] as Table<V, K>
    if (this.#own.has(present)) return present
    const table = new Map(present)
    this.#own.add(table)
    const stride = 2 ** (this.#depths[place] as number)
    for (let at = place & (stride - 1); at < this.#tables.length; at += stride) this.#tables[at] = table
    return table
  }

  /** Two tables in place of one: one bit more decides. */
  #split(table: Table<V, K>, place: number): void {
    const depth = this.#depths[place] as number
    if (2 ** depth === this.#tables.length) {
      this.#tables = this.#tables.concat(this.#tables)
      this.#depths = this.#depths.concat(this.#depths)
    }
    const bit = 2 ** depth
    const other: Table<V, K> = new Map()
    for (const [key, value] of table) {
      if ((bitsOf(key) & bit) === 0) continue
      other.set(key, value)
      table.delete(key)
    }
    this.#own.add(other)
    for (let at = place & (bit - 1); at < this.#tables.length; at += bit) {
      if ((at & bit) !== 0) this.#tables[at] = other
      this.#depths[at] = depth + 1
    }
  }
}
