import type { EntityType } from '@sluice/shared/entities/registry'
import { PersistentMap } from '@sluice/shared/persistent-map'
import type { TableEntry, Touch } from './entity-table.ts'
import { changeMap, type Steps } from './slices.ts'

/** The words under which an entity is found. */
export type KeysOf<T extends EntityType> = (entity: TableEntry<T>['entity']) => readonly string[]

/** From so many changes on a list is sorted again. */
const SORT_FROM = 64

interface ListChange<T extends EntityType> {
  removed: TableEntry<T>[]
  added: TableEntry<T>[]
}

function placeOf(list: readonly TableEntry[], position: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] as TableEntry).position < position) low = middle + 1
    else high = middle
  }
  return low
}

function changeList<T extends EntityType>(list: readonly TableEntry<T>[], { removed, added }: ListChange<T>): readonly TableEntry<T>[] {
  if (removed.length + added.length >= SORT_FROM) {
    const gone = new Set(removed.map(({ position }) => position))
    return [...list.filter(({ position }) => !gone.has(position)), ...added].sort((a, b) => a.position - b.position)
  }
  const changed = list.slice()
  for (const { position } of removed) changed.splice(placeOf(changed, position), 1)
  for (const entry of added) changed.splice(placeOf(changed, entry.position), 0, entry)
  return changed
}

/** Entities of one type by something that they have, each list in the order of the configuration. Never changes: `with` gives another one. */
export class EntityIndex<T extends EntityType> {
  readonly #keysOf: KeysOf<T>
  readonly #lists: PersistentMap<readonly TableEntry<T>[]>

  private constructor(keysOf: KeysOf<T>, lists: PersistentMap<readonly TableEntry<T>[]>) {
    this.#keysOf = keysOf
    this.#lists = lists
  }

  static by<T extends EntityType>(keysOf: KeysOf<T>): EntityIndex<T> {
    return new EntityIndex(keysOf, PersistentMap.empty())
  }

  get(key: string): readonly TableEntry<T>[] {
    return this.#lists.get(key) ?? []
  }

  get isEmpty(): boolean {
    return this.#lists.size === 0
  }

  *with(touches: readonly Touch<T>[]): Steps<EntityIndex<T>> {
    const changes = new Map<string, ListChange<T>>()
    const enter = (side: keyof ListChange<T>, entry: TableEntry<T> | null) => {
      if (entry === null) return
      for (const key of new Set(this.#keysOf(entry.entity))) {
        const change = changes.get(key) ?? { removed: [], added: [] }
        change[side].push(entry)
        changes.set(key, change)
      }
    }
    for (const { before, after } of touches) {
      enter('removed', before)
      enter('added', after)
      yield
    }
    const lists: [string, readonly TableEntry<T>[] | undefined][] = []
    for (const [key, change] of changes) {
      const list = changeList(this.get(key), change)
      lists.push([key, list.length === 0 ? undefined : list])
      yield
    }
    return lists.length === 0 ? this : new EntityIndex(this.#keysOf, yield* changeMap(this.#lists, lists))
  }
}
