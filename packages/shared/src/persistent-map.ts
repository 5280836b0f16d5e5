/** Entries up to which a map is one table that is copied whole. */
const SMALL_MAX = 64
/** Both levels of a large map have as many places: 4,096 tables, of 12 entries each in a map of 50,000. */
const WIDTH = 64
const BITS = 6

/** FNV-1a over UTF-16 units, with the upper bits mixed into those that are used. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return hash ^ (hash >>> 15)
}

type Leaf<V> = Map<string, V>
type Branch<V> = readonly (Leaf<V> | undefined)[]
type Root<V> = readonly (Branch<V> | undefined)[]

/**
 * A map that does not change: `with` gives another one that shares with this what the changes do not touch, so that it costs what they cost,
 * whatever the size, and no table is ever large (V8 copies a whole `Map` when it grows: milliseconds at 50,000 entries). Keys come in no
 * order. `undefined` cannot be a value. Meant for keys that configuration chooses; a reader may ask for anything.
 */
export class PersistentMap<V> {
  /** All entries of a small map. */
  readonly #leaf: Leaf<V> | null
  readonly #root: Root<V> | null
  readonly size: number

  private constructor(leaf: Leaf<V> | null, root: Root<V> | null, size: number) {
    this.#leaf = leaf
    this.#root = root
    this.size = size
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(new Map(), null, 0)
  }

  get(key: string): V | undefined {
    if (this.#root === null) return (this.#leaf as Leaf<V>).get(key)
    const hash = hashOf(key)
    return this.#root[hash & (WIDTH - 1)]?.[(hash >>> BITS) & (WIDTH - 1)]?.get(key)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  /** A map with these changes in their order; `undefined` deletes. */
  with(changes: Iterable<readonly [string, V | undefined]>): PersistentMap<V> {
    const draft = this.draft()
    for (const [key, value] of changes) draft.set(key, value)
    return draft.finish()
  }

  /** For changes that come bit by bit: what one of them copied, the next ones do not copy again. */
  draft(): MapDraft<V> {
    return new MapDraft(this.#leaf, this.#root, this.size, (leaf, root, size) => new PersistentMap(leaf, root, size))
  }

  /** All values, in no order. */
  *values(): Generator<V> {
    if (this.#root === null) yield* (this.#leaf as Leaf<V>).values()
    for (const branch of this.#root ?? []) for (const leaf of branch ?? []) if (leaf !== undefined) yield* leaf.values()
  }
}

/** Changes of a map on their way to the next one. The map that they started from stays as it is. */
export class MapDraft<V> {
  readonly #make: (leaf: Leaf<V> | null, root: Root<V> | null, size: number) => PersistentMap<V>
  #leaf: Leaf<V> | null
  #root: (Branch<V> | undefined)[] | null = null
  #ownBranches = new Map<number, (Leaf<V> | undefined)[]>()
  #ownLeaves = new Map<number, Leaf<V>>()
  #size: number

  constructor(leaf: Leaf<V> | null, root: Root<V> | null, size: number, make: (leaf: Leaf<V> | null, root: Root<V> | null, size: number) => PersistentMap<V>) {
    this.#leaf = leaf === null ? null : new Map(leaf)
    this.#root = root === null ? null : root.slice()
    this.#size = size
    this.#make = make
  }

  /** As it would be now. */
  get(key: string): V | undefined {
    if (this.#root === null) return (this.#leaf as Leaf<V>).get(key)
    const hash = hashOf(key)
    return this.#root[hash & (WIDTH - 1)]?.[(hash >>> BITS) & (WIDTH - 1)]?.get(key)
  }

  /** `undefined` deletes. */
  set(key: string, value: V | undefined): void {
    const leaf = this.#root === null ? (this.#leaf as Leaf<V>) : this.#ownLeaf(this.#root, hashOf(key))
    const before = leaf.size
    if (value === undefined) leaf.delete(key)
    else leaf.set(key, value)
    this.#size += leaf.size - before
    if (this.#root === null && leaf.size > SMALL_MAX) this.#spread(leaf)
  }

  /** The map after the changes. The draft cannot be used any more. */
  finish(): PersistentMap<V> {
    return this.#make(this.#leaf, this.#root, this.#size)
  }

  #ownLeaf(root: (Branch<V> | undefined)[], hash: number): Leaf<V> {
    const place = hash & (WIDTH * WIDTH - 1)
    const own = this.#ownLeaves.get(place)
    if (own !== undefined) return own
    const at = place & (WIDTH - 1)
    const branch = this.#ownBranches.get(at) ?? root[at]?.slice() ?? new Array<Leaf<V> | undefined>(WIDTH).fill(undefined)
    const leaf = new Map(branch[place >>> BITS])
    branch[place >>> BITS] = leaf
    root[at] = branch
    this.#ownBranches.set(at, branch)
    this.#ownLeaves.set(place, leaf)
    return leaf
  }

  #spread(leaf: Leaf<V>): void {
    this.#root = new Array<Branch<V> | undefined>(WIDTH).fill(undefined)
    this.#leaf = null
    for (const [key, value] of leaf) this.#ownLeaf(this.#root, hashOf(key)).set(key, value)
  }
}
