import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { checkEntity, checkSteps, uniqueValuesOf } from '@sluice/shared/declarative/check'
import { type Entity, type EntityType, referencesOf } from '@sluice/shared/entities/registry'
import { PersistentMap } from '@sluice/shared/persistent-map'
import type { DeltaChange } from '@sluice/shared/protocol'
import type { Issue, SnapshotEntity } from '@sluice/shared/snapshot'
import { changeMap, type Steps } from './slices.ts'

/** An entity with its defaults, and its place in the order of the configuration: a change keeps it, a new entity comes last. */
export interface TableEntry<T extends EntityType = EntityType> {
  type: EntityType
  entity: Entity<T>
  position: number
}

/** What became of one entity: `before` is null where it is new, `after` where it is gone. */
export interface Touch<T extends EntityType = EntityType> {
  before: TableEntry<T> | null
  after: TableEntry<T> | null
}

interface Draft {
  before: TableEntry | null
  /** As it came, not checked yet. */
  after: (SnapshotEntity & { position: number }) | null
}

/** What a list of changes does, by type, and the table after them. */
export class ChangeSet {
  readonly table: EntityTable
  readonly #touches: ReadonlyMap<EntityType, readonly Touch[]>

  constructor(table: EntityTable, touches: Iterable<Touch>) {
    const byType = new Map<EntityType, Touch[]>()
    for (const touch of touches) {
      const { type } = (touch.after ?? touch.before) as TableEntry
      const ofType = byType.get(type)
      if (ofType === undefined) byType.set(type, [touch])
      else ofType.push(touch)
    }
    this.table = table
    this.#touches = byType
  }

  of<T extends EntityType>(type: T): readonly Touch<T>[] {
    return (this.#touches.get(type) ?? []) as readonly Touch<T>[]
  }

  touches(...types: EntityType[]): boolean {
    return types.some((type) => this.#touches.has(type))
  }
}

export type TableResult = { ok: true; changes: ChangeSet } | { ok: false; issues: Issue[] }

const keyOf = (type: EntityType, id: string) => `${type} ${id}`
const keysReferredTo = (entry: TableEntry) => referencesOf(entry.type, entry.entity).map(({ type, id }) => keyOf(type, id))

/** The checked entities of a revision. Never changes: `with` gives another table, at the cost of the changes. */
export class EntityTable {
  readonly #entries: PersistentMap<TableEntry>
  /** The entity that has a value which must be unique. */
  readonly #unique: PersistentMap<string>
  /** How many references there are to an entity. */
  readonly #references: PersistentMap<number>
  readonly #nextPosition: number

  private constructor(parts: { entries: PersistentMap<TableEntry>; unique: PersistentMap<string>; references: PersistentMap<number>; nextPosition: number }) {
    this.#entries = parts.entries
    this.#unique = parts.unique
    this.#references = parts.references
    this.#nextPosition = parts.nextPosition
  }

  static empty(): EntityTable {
    return new EntityTable({ entries: PersistentMap.empty(), unique: PersistentMap.empty(), references: PersistentMap.empty(), nextPosition: 0 })
  }

  get<T extends EntityType>(type: T, id: string): TableEntry<T> | null {
    return (this.#entries.get(keyOf(type, id)) as TableEntry<T> | undefined) ?? null
  }

  /**
   * Checks what the changes touch, and what refers to it. Where that is not good, the whole configuration is gone through for its issues, so
   * that they are those that `checkEntities` has for it.
   */
  *with(changes: Iterable<DeltaChange>): Steps<TableResult> {
    const { drafts, nextPosition } = yield* this.#collect(changes)
    const touches = yield* checkDrafts(drafts)
    const unique = touches === null ? null : yield* this.#checkUnique(touches)
    const references = touches === null ? null : yield* this.#checkReferences(touches)
    if (touches === null || unique === null || references === null) return yield* this.#findIssues(drafts)
    const entries = [...touches].map(([key, touch]) => [key, touch.after ?? undefined] as const)
    const table = new EntityTable({
      entries: yield* changeMap(this.#entries, entries),
      unique: yield* changeMap(this.#unique, unique),
      references: yield* changeMap(this.#references, references),
      nextPosition,
    })
    return { ok: true, changes: new ChangeSet(table, touches.values()) }
  }

  /** Several changes of one entity count as the last. One that goes and comes again is a new one. */
  *#collect(changes: Iterable<DeltaChange>): Steps<{ drafts: Map<string, Draft>; nextPosition: number }> {
    const drafts = new Map<string, Draft>()
    let nextPosition = this.#nextPosition
    for (const change of changes) {
      const key = keyOf(change.type, change.op === 'delete' ? change.id : change.entity.id)
      const draft = drafts.get(key)
      const before = draft === undefined ? (this.#entries.get(key) ?? null) : draft.before
      const present = draft === undefined ? before : draft.after
      if (change.op === 'delete') drafts.set(key, { before, after: null })
      else drafts.set(key, { before, after: { type: change.type, entity: change.entity, position: present?.position ?? nextPosition++ } })
      yield
    }
    return { drafts, nextPosition }
  }

  /** The changes of `#unique`, or null where two entities would have the same value. */
  *#checkUnique(touches: ReadonlyMap<string, Touch>): Steps<[string, string | undefined][] | null> {
    const changed = new Map<string, string | undefined>()
    for (const { before } of touches.values()) {
      if (before === null) continue
      for (const { value } of uniqueValuesOf(before.type, before.entity)) changed.set(value, undefined)
      yield
    }
    for (const [key, { after }] of touches) {
      if (after === null) continue
      for (const { value } of uniqueValuesOf(after.type, after.entity)) {
        if ((changed.has(value) ? changed.get(value) : this.#unique.get(value)) !== undefined) return null
        changed.set(value, key)
      }
      yield
    }
    return [...changed]
  }

  /** The changes of `#references`, or null where one would point to nothing. */
  *#checkReferences(touches: ReadonlyMap<string, Touch>): Steps<[string, number | undefined][] | null> {
    const counts = new Map<string, number>()
    const add = (key: string, change: number) => counts.set(key, (counts.get(key) ?? this.#references.get(key) ?? 0) + change)
    for (const { before, after } of touches.values()) {
      for (const key of before === null ? [] : keysReferredTo(before)) add(key, -1)
      for (const key of after === null ? [] : keysReferredTo(after)) add(key, 1)
      yield
    }
    const isThere = (key: string) => {
      const touch = touches.get(key)
      return touch === undefined ? this.#entries.has(key) : touch.after !== null
    }
    for (const [key, count] of counts) if (count > 0 && !isThere(key)) return null
    for (const [key, { after }] of touches) if (after === null && (counts.get(key) ?? this.#references.get(key) ?? 0) > 0) return null
    return [...counts].map(([key, count]) => [key, count === 0 ? undefined : count])
  }

  *#findIssues(drafts: ReadonlyMap<string, Draft>): Steps<TableResult> {
    const all: (SnapshotEntity & { position: number })[] = []
    for (const entry of this.#entries.values()) if (!drafts.has(keyOf(entry.type, entry.entity.id))) all.push(entry)
    yield
    for (const { after } of drafts.values()) if (after !== null) all.push(after)
    all.sort((a, b) => a.position - b.position)
    yield
    const checked = yield* checkSteps(all, PLUGIN_SCHEMAS)
    if (checked.ok) throw new Error('the check of the changes and that of the whole configuration do not agree')
    return checked
  }
}

/** The entities of the drafts with their defaults, or null where one of them is not good in itself. */
function* checkDrafts(drafts: ReadonlyMap<string, Draft>): Steps<Map<string, Touch> | null> {
  const touches = new Map<string, Touch>()
  for (const [key, { before, after }] of drafts) {
    if (after === null) {
      if (before !== null) touches.set(key, { before, after })
      continue
    }
    const { entity, issues } = checkEntity(after, PLUGIN_SCHEMAS)
    if (entity === null || issues.length > 0) return null
    touches.set(key, { before, after: { type: after.type, entity: entity as Entity, position: after.position } })
    yield
  }
  return touches
}
