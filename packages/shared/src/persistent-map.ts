/** Entries up to which a map is one table that is copied whole. */
const SMALL_MAX = 64
/** Both levels of a large map have as many places: 4,096 tables, of 12 entries each in a map of 50,000. */
const WIDTH = 64
const BITS = 6

export const HASH_START = 0x811c9dc5 | 0

/** FNV-1a, one UTF-16 unit further: the hash of a text is that of its units one after the other. A 32-bit integer. */
export function extendHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193)
}

/** Keys that are numbers are hashes already. The upper bits are mixed into those that are used. */
function placeOf(key: string | number): number {
  let hash = typeof key === 'number' ? key : HASH_START
  if (typeof key === 'string') for (let index = 0; index < key.length; index++) hash = extendHash(hash, key.charCodeAt(index))
  return (hash ^ (hash >>> 15)) & (WIDTH * WIDTH - 1)
}

type Key = string | number
type Leaf<V, K extends Key> = Map<K, V>
type Branch<V, K extends Key> = readonly (Leaf<V, K> | undefined)[]
type Root<V, K extends Key> = readonly (Branch<V, K> | undefined)[]

function leafAt<V, K extends Key>(root: Root<V, K>, place: number): Leaf<V, K> | undefined {
  return root[place & (WIDTH - 1)]?.[place >>> BITS]
}

/**
 * A map that does not change: `with` gives another one that shares with this what the changes do not touch, so that it costs what they cost,
 * whatever the size, and no table is ever large (V8 copies a whole `Map` when it grows: milliseconds at 50,000 entries). Keys come in no
 * order. `undefined` cannot be a value. Meant for keys that configuration chooses; a reader may ask for anything.
 */
export class PersistentMap<V, K extends Key = string> {
  /** All entries of a small map. */
  readonly #leaf: Leaf<V, K> | null
  readonly #root: Root<V, K> | null
  readonly size: number

  private constructor(leaf: Leaf<V, K> | null, root: Root<V, K> | null, size: number) {
    this.#leaf = leaf
    this.#root = root
    this.size = size
  }

  static empty<V, K extends Key = string>(): PersistentMap<V, K> {
    return new PersistentMap<V, K>(new Map(), null, 0)
  }

  get(key: K): V | undefined {
    return (this.#root === null ? (this.#leaf as Leaf<V, K>) : leafAt(this.#root, placeOf(key)))?.get(key)
  }

  /** The table in which the key would be: for hot paths, which ask it themselves. */
  tableOf(key: K): ReadonlyMap<K, V> | undefined {
    return this.#root === null ? (this.#leaf as Leaf<V, K>) : leafAt(this.#root, placeOf(key))
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  /** A map with these changes in their order; `undefined` deletes. */
  with(changes: Iterable<readonly [K, V | undefined]>): PersistentMap<V, K> {
    const draft = this.draft()
    for (const [key, value] of changes) draft.set(key, value)
    return draft.finish()
  }

  /** For changes that come bit by bit: what one of them copied, the next ones do not copy again. */
  draft(): MapDraft<V, K> {
    return new MapDraft(this.#leaf, this.#root, this.size, (leaf, root, size) => new PersistentMap(leaf, root, size))
  }

  /** All values, in no order. */
  *values(): Generator<V> {
    if (this.#root === null) yield* (this.#leaf as Leaf<V, K>).values()
    for (const branch of this.#root ?? []) for (const leaf of branch ?? []) if (leaf !== undefined) yield* leaf.values()
  }
}

/** Changes of a map on their way to the next one. The map that they started from stays as it is. */
export class MapDraft<V, K extends Key = string> {
  readonly #make: (leaf: Leaf<V, K> | null, root: Root<V, K> | null, size: number) => PersistentMap<V, K>
  #leaf: Leaf<V, K> | null
  #root: (Branch<V, K> | undefined)[] | null = null
  #ownBranches = new Map<number, (Leaf<V, K> | undefined)[]>()
  #ownLeaves = new Map<number, Leaf<V, K>>()
  #size: number

  constructor(leaf: Leaf<V, K> | null, root: Root<V, K> | null, size: number, make: (leaf: Leaf<V, K> | null, root: Root<V, K> | null, size: number) => PersistentMap<V, K>) {
    this.#leaf = leaf === null ? null : new Map(leaf)
    this.#root = root === null ? null : root.slice()
    this.#size = size
    this.#make = make
  }

  /** As it would be now. */
  get(key: K): V | undefined {
    return (this.#root === null ? (this.#leaf as Leaf<V, K>) : leafAt(this.#root, placeOf(key)))?.get(key)
  }

  /** `undefined` deletes. */
  set(key: K, value: V | undefined): void {
    const leaf = this.#root === null ? (this.#leaf as Leaf<V, K>) : this.#ownLeaf(this.#root, placeOf(key))
    const before = leaf.size
    if (value === undefined) leaf.delete(key)
    else leaf.set(key, value)
    this.#size += leaf.size - before
    if (this.#root === null && leaf.size > SMALL_MAX) this.#spread(leaf)
  }

  /** The map after the changes. The draft cannot be used any more. */
  finish(): PersistentMap<V, K> {
    return this.#make(this.#leaf, this.#root, this.#size)
  }

  #ownLeaf(root: (Branch<V, K> | undefined)[], place: number): Leaf<V, K> {
    const own = this.#ownLeaves.get(place)
    if (own !== undefined) return own
    const at = place & (WIDTH - 1)
    const branch = this.#ownBranches.get(at) ?? root[at]?.slice() ?? new Array<Leaf<V, K> | undefined>(WIDTH).fill(undefined)
    const leaf = new Map(branch[place >>> BITS])
    branch[place >>> BITS] = leaf
    root[at] = branch
    this.#ownBranches.set(at, branch)
    this.#ownLeaves.set(place, leaf)
    return leaf
  }

  #spread(leaf: Leaf<V, K>): void {
    this.#root = new Array<Branch<V, K> | undefined>(WIDTH).fill(undefined)
    this.#leaf = null
    for (const [key, value] of leaf) this.#ownLeaf(this.#root, placeOf(key)).set(key, value)
  }
}
