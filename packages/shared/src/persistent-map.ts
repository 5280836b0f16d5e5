/** Entries of one table at most; copying so many takes about a microsecond. */
const TABLE_MAX = 32
/** Bits of a hash that choose a table at most: beyond them (2^20 tables, or keys chosen so that they collide) tables grow. */
const DEPTH_MAX = 20
const CHUNK_BITS = 6
const CHUNK = 2 ** CHUNK_BITS

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

/** An array whose length is a power of two, of which copies share what is not changed. */
class Places<T> {
  /** Chunks of 64, or one that is shorter. */
  chunks: T[][]
  length: number
  #isOwn = false
  readonly #ownChunks = new Set<number>()

  constructor(chunks: T[][], length: number) {
    this.chunks = chunks
    this.length = length
  }

  /** A copy that may change; this one must not any more. */
  fork(): Places<T> {
    return new Places(this.chunks, this.length)
  }

  get(place: number): T {
    return (this.chunks[place >>> CHUNK_BITS] as T[])[place & (CHUNK - 1)] as T
  }

  set(place: number, value: T): void {
    if (!this.#isOwn) this.chunks = this.chunks.slice()
    this.#isOwn = true
    const at = place >>> CHUNK_BITS
    if (!this.#ownChunks.has(at)) this.chunks[at] = (this.chunks[at] as T[]).slice()
    this.#ownChunks.add(at)
    ;(this.chunks[at] as T[])[place & (CHUNK - 1)] = value
  }

  /** Everything once more behind itself. */
  double(): void {
    const [first = []] = this.chunks
    this.chunks = this.length < CHUNK ? [[...first, ...first]] : [...this.chunks, ...this.chunks]
    this.length *= 2
    this.#isOwn = true
    // Each chunk stands at two places now.
    this.#ownChunks.clear()
  }
}

/** Extendible hashing: the last bits of a hash choose a place; tables that have not been split as often as others stand at several. */
interface Directory<V, K extends Key> {
  tables: Places<Table<V, K>>
  /** How many bits the keys of the table at each place have in common. */
  depths: Places<number>
}

/**
 * A map that does not change: `with` gives another one that shares with this what the changes do not touch, so that it costs what they cost,
 * whatever the size, and no table is ever large (V8 copies a whole `Map` when it grows: milliseconds at 50,000 entries). Keys come in no
 * order. `undefined` cannot be a value. Meant for keys that configuration chooses; a reader may ask for anything.
 */
export class PersistentMap<V, K extends Key = string> {
  readonly #chunks: readonly (readonly Table<V, K>[])[]
  readonly #mask: number
  readonly #directory: Directory<V, K>
  readonly size: number

  constructor(directory: Directory<V, K>, size: number) {
    this.#directory = directory
    this.#chunks = directory.tables.chunks
    this.#mask = directory.tables.length - 1
    this.size = size
  }

  static empty<V, K extends Key = string>(): PersistentMap<V, K> {
    return new PersistentMap<V, K>({ tables: new Places<Table<V, K>>([[new Map()]], 1), depths: new Places([[0]], 1) }, 0)
  }

  get(key: K): V | undefined {
    return this.tableOf(key).get(key)
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  /** The table in which the key would be: for hot paths, which ask it themselves. */
  tableOf(key: K): ReadonlyMap<K, V> {
    const place = this.#mask === 0 ? 0 : bitsOf(key) & this.#mask
    return (this.#chunks[place >>> CHUNK_BITS] as readonly Table<V, K>[])[place & (CHUNK - 1)] as Table<V, K>
  }

  /** A map with these changes in their order; `undefined` deletes. */
  with(changes: Iterable<readonly [K, V | undefined]>): PersistentMap<V, K> {
    const draft = this.draft()
    for (const [key, value] of changes) draft.set(key, value)
    return draft.finish()
  }

  /** For changes that come bit by bit: what one of them copied, the next ones do not copy again. */
  draft(): MapDraft<V, K> {
    return new MapDraft(this, this.#directory)
  }

  /** All values, in no order. */
  *values(): Generator<V> {
    const { tables, depths } = this.#directory
    for (let place = 0; place < tables.length; place += 1) {
      // At its first place only.
      if (place < 2 ** depths.get(place)) yield* tables.get(place).values()
    }
  }
}

/** Changes of a map on their way to the next one. The map that they started from stays as it is. */
export class MapDraft<V, K extends Key = string> {
  readonly #from: PersistentMap<V, K>
  readonly #tables: Places<Table<V, K>>
  readonly #depths: Places<number>
  readonly #own = new Set<Table<V, K>>()
  #size: number

  constructor(from: PersistentMap<V, K>, { tables, depths }: Directory<V, K>) {
    this.#from = from
    this.#tables = tables.fork()
    this.#depths = depths.fork()
    this.#size = from.size
  }

  /** As it would be now. */
  get(key: K): V | undefined {
    return this.#tables.get(bitsOf(key) & (this.#tables.length - 1)).get(key)
  }

  /** `undefined` deletes. */
  set(key: K, value: V | undefined): void {
    const place = bitsOf(key) & (this.#tables.length - 1)
    const table = this.#ownTable(place)
    const before = table.size
    if (value === undefined) table.delete(key)
    else table.set(key, value)
    this.#size += table.size - before
    if (table.size > TABLE_MAX && this.#depths.get(place) < DEPTH_MAX) this.#split(table, place)
  }

  /** The map after the changes. The draft cannot be used any more. */
  finish(): PersistentMap<V, K> {
    return this.#own.size === 0 ? this.#from : new PersistentMap<V, K>({ tables: this.#tables, depths: this.#depths }, this.#size)
  }

  #ownTable(place: number): Table<V, K> {
    const present = this.#tables.get(place)
    if (this.#own.has(present)) return present
    const table = new Map(present)
    this.#own.add(table)
    const stride = 2 ** this.#depths.get(place)
    for (let at = place & (stride - 1); at < this.#tables.length; at += stride) this.#tables.set(at, table)
    return table
  }

  /** Two tables in place of one, which is a copy already: one bit more decides. */
  #split(table: Table<V, K>, place: number): void {
    const depth = this.#depths.get(place)
    const bit = 2 ** depth
    if (bit === this.#tables.length) {
      this.#tables.double()
      this.#depths.double()
    }
    const other: Table<V, K> = new Map()
    for (const [key, value] of table) {
      if ((bitsOf(key) & bit) === 0) continue
      other.set(key, value)
      table.delete(key)
    }
    this.#own.add(other)
    for (let at = place & (bit - 1); at < this.#tables.length; at += bit) {
      if ((at & bit) !== 0) this.#tables.set(at, other)
      this.#depths.set(at, depth + 1)
    }
  }
}
