import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { checkEntity, checkSteps, uniqueValuesOf } from '@sluice/shared/declarative/check'
import { type Entity, type EntityType, referencesOf } from '@sluice/shared/entities/registry'
import { type MapDraft, PersistentMap } from '@sluice/shared/persistent-map'
import type { DeltaChange } from '@sluice/shared/protocol'
import type { Issue, SnapshotEntity } from '@sluice/shared/snapshot'
import type { Steps } from './slices.ts'

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

/** An entity that changes, on its way through the checks. */
interface Draft {
  key: string
  before: TableEntry | null
  /** As it came, not checked yet. */
  after: (SnapshotEntity & { position: number }) | null
}

/** What a list of changes does, by type, and the table after them. */
export class ChangeSet {
  readonly table: EntityTable
  readonly #touches: ReadonlyMap<EntityType, readonly Touch[]>

  constructor(table: EntityTable, touches: ReadonlyMap<EntityType, readonly Touch[]>) {
    this.table = table
    this.#touches = touches
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
  /** Id of the entity that has a value which must be unique. */
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
    const entries = this.#entries.draft()
    const touches = yield* checkDrafts(drafts, entries)
    const unique = touches === null ? null : yield* this.#checkUnique(touches)
    const references = touches === null ? null : yield* this.#checkReferences(touches, entries)
    if (touches === null || unique === null || references === null) return yield* this.#findIssues(drafts)
    const table = new EntityTable({ entries: entries.finish(), unique, references, nextPosition })
    return { ok: true, changes: new ChangeSet(table, touches) }
  }

  /** Several changes of one entity count as the last. One that goes and comes again is a new one. */
  *#collect(changes: Iterable<DeltaChange>): Steps<{ drafts: Draft[]; nextPosition: number }> {
    const drafts: Draft[] = []
    const byKey = PersistentMap.empty<Draft>().draft()
    let nextPosition = this.#nextPosition
    for (const change of changes) {
      const key = keyOf(change.type, change.op === 'delete' ? change.id : change.entity.id)
      let draft = byKey.get(key)
      if (draft === undefined) {
        const before = this.#entries.get(key) ?? null
        draft = { key, before, after: before }
        byKey.set(key, draft)
        drafts.push(draft)
      }
      draft.after = change.op === 'delete' ? null : { type: change.type, entity: change.entity, position: draft.after?.position ?? nextPosition++ }
      yield
    }
    return { drafts, nextPosition }
  }

  /** The values that must be unique after the changes, or null where two entities would have the same. What is gone comes first: a value may move. */
  *#checkUnique(touches: Touches): Steps<PersistentMap<string> | null> {
    const unique = this.#unique.draft()
    for (const { before } of each(touches)) {
      if (before !== null) for (const { value } of uniqueValuesOf(before.type, before.entity)) unique.set(value, undefined)
      yield
    }
    for (const { after } of each(touches)) {
      for (const { value } of after === null ? [] : uniqueValuesOf(after.type, after.entity)) {
        if (unique.get(value) !== undefined) return null
        unique.set(value, after?.entity.id)
      }
      yield
    }
    return unique.finish()
  }

  /** How often each entity is referred to after the changes, or null where a reference would point to nothing. */
  *#checkReferences(touches: Touches, entries: MapDraft<TableEntry>): Steps<PersistentMap<number> | null> {
    const counts = this.#references.draft()
    const add = (key: string, change: number) => {
      const count = (counts.get(key) ?? 0) + change
      counts.set(key, count === 0 ? undefined : count)
    }
    for (const { before, after } of each(touches)) {
      for (const key of before === null ? [] : keysReferredTo(before)) add(key, -1)
      for (const key of after === null ? [] : keysReferredTo(after)) {
        if (entries.get(key) === undefined) return null
        add(key, 1)
      }
      yield
    }
    for (const { before, after } of each(touches)) {
      if (after === null && before !== null && counts.get(keyOf(before.type, before.entity.id)) !== undefined) return null
      yield
    }
    return counts.finish()
  }

  *#findIssues(drafts: readonly Draft[]): Steps<TableResult> {
    const changed = new Set(drafts.map(({ key }) => key))
    const all: (SnapshotEntity & { position: number })[] = []
    for (const entry of this.#entries.values()) if (!changed.has(keyOf(entry.type, entry.entity.id))) all.push(entry)
    yield
    for (const { after } of drafts) if (after !== null) all.push(after)
    all.sort((a, b) => a.position - b.position)
    yield
    const checked = yield* checkSteps(all, PLUGIN_SCHEMAS)
    if (checked.ok) throw new Error('the check of the changes and that of the whole configuration do not agree')
    return checked
  }
}

type Touches = ReadonlyMap<EntityType, readonly Touch[]>

function* each(touches: Touches): Generator<Touch> {
  for (const ofType of touches.values()) yield* ofType
}

/** The entities of the drafts with their defaults, by type, which are put into `entries`; null where one of them is not good in itself. */
function* checkDrafts(drafts: readonly Draft[], entries: MapDraft<TableEntry>): Steps<Touches | null> {
  const touches = new Map<EntityType, Touch[]>()
  for (const { key, before, after } of drafts) {
    if (before === null && after === null) continue
    let checked: TableEntry | null = null
    if (after !== null) {
      const { entity, issues } = checkEntity(after, PLUGIN_SCHEMAS)
      if (entity === null || issues.length > 0) return null
      checked = { type: after.type, entity: entity as Entity, position: after.position }
    }
    entries.set(key, checked ?? undefined)
    const { type } = (checked ?? before) as TableEntry
    const ofType = touches.get(type) ?? []
    ofType.push({ before, after: checked })
    touches.set(type, ofType)
    yield
  }
  return touches
}
