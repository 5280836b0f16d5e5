import type { EntityType } from '@sluice/shared/entities/registry'
import { PersistentMap } from '@sluice/shared/persistent-map'
import type { TableEntry, Touch } from './entity-table.ts'
import type { Steps } from './slices.ts'

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
    const changes: (ListChange<T> & { key: string })[] = []
    const byKey = PersistentMap.empty<ListChange<T>>().draft()
    const enter = (side: keyof ListChange<T>, entry: TableEntry<T> | null) => {
      if (entry === null) return
      for (const key of new Set(this.#keysOf(entry.entity))) {
        const known = byKey.get(key)
        if (known !== undefined) known[side].push(entry)
        else {
          const change = { key, removed: [], added: [], [side]: [entry] }
          byKey.set(key, change)
          changes.push(change)
        }
      }
    }
    for (const { before, after } of touches) {
      enter('removed', before)
      enter('added', after)
      yield
    }
    if (changes.length === 0) return this
    const lists = this.#lists.draft()
    for (const { key, ...change } of changes) {
      const list = changeList(lists.get(key) ?? [], change)
      lists.set(key, list.length === 0 ? undefined : list)
      yield
    }
    return new EntityIndex(this.#keysOf, lists.finish())
  }
}

/**
 * A map of what the entities of one type become, after their changes. What is gone comes first: a key may go from one entity to another.
 * An entity whose key is null is left out.
 */
export function* changeByKey<T extends EntityType, V>(
  map: PersistentMap<V>,
  touches: readonly Touch<T>[],
  keyOf: (entity: TableEntry<T>['entity']) => string | null,
  make: (entity: TableEntry<T>['entity']) => V,
): Steps<PersistentMap<V>> {
  if (touches.length === 0) return map
  const draft = map.draft()
  for (const { before } of touches) {
    const key = before === null ? null : keyOf(before.entity)
    if (key !== null) draft.set(key, undefined)
    yield
  }
  for (const { after } of touches) {
    const key = after === null ? null : keyOf(after.entity)
    if (after !== null && key !== null) draft.set(key, make(after.entity))
    yield
  }
  return draft.finish()
}
