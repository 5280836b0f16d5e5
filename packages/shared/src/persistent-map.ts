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

function apply<V>(leaf: Leaf<V>, key: string, value: V | undefined): void {
  if (value === undefined) leaf.delete(key)
  else leaf.set(key, value)
}

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
    return this.#root === null ? this.#withSmall(changes) : PersistentMap.#withLarge(this.#root, this.size, changes)
  }

  /** All values, in no order. */
  *values(): Generator<V> {
    if (this.#root === null) yield* (this.#leaf as Leaf<V>).values()
    for (const branch of this.#root ?? []) for (const leaf of branch ?? []) if (leaf !== undefined) yield* leaf.values()
  }

  #withSmall(changes: Iterable<readonly [string, V | undefined]>): PersistentMap<V> {
    const leaf = new Map(this.#leaf as Leaf<V>)
    for (const [key, value] of changes) apply(leaf, key, value)
    return leaf.size <= SMALL_MAX ? new PersistentMap<V>(leaf, null, leaf.size) : PersistentMap.#withLarge([], 0, leaf)
  }

  static #withLarge<V>(before: Root<V>, sizeBefore: number, changes: Iterable<readonly [string, V | undefined]>): PersistentMap<V> {
    const root = before.length === 0 ? new Array<Branch<V> | undefined>(WIDTH).fill(undefined) : before.slice()
    const ownBranches = new Map<number, (Leaf<V> | undefined)[]>()
    const ownLeaves = new Map<number, Leaf<V>>()
    let size = sizeBefore
    for (const [key, value] of changes) {
      const hash = hashOf(key)
      const place = hash & (WIDTH * WIDTH - 1)
      let leaf = ownLeaves.get(place)
      if (leaf === undefined) {
        const at = hash & (WIDTH - 1)
        const branch = ownBranches.get(at) ?? root[at]?.slice() ?? new Array<Leaf<V> | undefined>(WIDTH).fill(undefined)
        leaf = new Map(branch[place >>> BITS])
        branch[place >>> BITS] = leaf
        root[at] = branch
        ownBranches.set(at, branch)
        ownLeaves.set(place, leaf)
      }
      const sizeOfLeaf = leaf.size
      apply(leaf, key, value)
      size += leaf.size - sizeOfLeaf
    }
    return new PersistentMap<V>(null, root, size)
  }
}
