import { randomUUID } from 'node:crypto'
import { canonicalJson } from '@sluice/shared/canonical'
import { ENTITIES, type EntityType } from '@sluice/shared/entities/registry'
import { textIssues } from '@sluice/shared/entities/text'
import type { PluginSchemaRegistry } from '@sluice/shared/plugin-config'
import type { Actor } from '../store/changes.ts'
import type { Store, Transaction } from '../store/client.ts'
import { COLUMNS } from '../store/columns.ts'
import { findEntity, type ListQuery, listEntities, queryableFields, type StoredEntity, type StoredRow } from '../store/entity-rows.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import { change, type Draft } from './change.ts'
import { collectRemoval, findDependents, toDependent } from './dependents.ts'
import { type Dependent, DomainError, invalid } from './errors.ts'
import type { SecretKeys } from './keys.ts'
import { labelOf } from './label.ts'
import { parseFields } from './parse.ts'
import { generateSecrets, redact, storeSecrets, toNodeForm } from './secrets.ts'

export interface DomainParts {
  store: Store
  keys: SecretKeys
  plugins: PluginSchemaRegistry
  workspaceId: string
}

/** An entity for people: redacted fields and what is kept beside them. Times are ISO 8601. */
export type Row = { id: string; created_at: string; updated_at: string; revision: number; updated_by: string | null } & Record<string, unknown>

export interface Written {
  item: Row
  revision: number
  /** Secrets in plain, for this one time. */
  shown_once?: Record<string, string>
}

interface Shown {
  type: EntityType
  id: string
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function toRow(type: EntityType, { entity, meta }: StoredRow): Row {
  const { created_at, updated_at, revision, updated_by } = meta
  return { ...redact(type, entity), id: entity.id, created_at: created_at.toISOString(), updated_at: updated_at.toISOString(), revision, updated_by }
}

const notFound = (type: EntityType, id: string) => new DomainError('not_found', `there is no ${type} ${id}; it may have been deleted`)

/** Reading and changing one entity at a time. */
export class Entities {
  readonly #parts: DomainParts

  constructor(parts: DomainParts) {
    this.#parts = parts
  }

  async list(type: EntityType, query: ListQuery): Promise<{ items: Row[]; next: string | null; total: number }> {
    const fields = queryableFields(type, Object.keys(ENTITIES[type].secrets))
    const issues = Object.entries(query.where ?? {}).flatMap(([field, value]) => {
      if (!fields.where.includes(field)) return [{ path: `where.${field}`, message: `cannot be filtered by; there are: ${fields.where.join(', ')}` }]
      return COLUMNS[type].get(field) === 'ref' && !UUID.test(value) ? [{ path: `where.${field}`, message: 'must be an id' }] : []
    })
    if (query.sort !== undefined && !fields.sort.includes(query.sort.field))
      issues.push({ path: 'sort.field', message: `cannot be sorted by; there are: ${fields.sort.join(', ')}` })
    if (issues.length > 0) throw invalid(issues)
    // Nothing that is stored has such text, and the database refuses to be asked for it.
    if (textIssues([query.search, query.where]).length > 0) return { items: [], next: null, total: 0 }
    const { store, workspaceId } = this.#parts
    // Without its row a cursor would look like the end of the list.
    if (query.cursor !== undefined && (await findEntity(store.db, workspaceId, type, query.cursor)) === null)
      throw invalid([{ path: 'cursor', message: 'was deleted meanwhile; begin at the first page again' }])
    const { rows, next, total } = await listEntities(store.db, workspaceId, type, { ...query, searchIn: fields.search })
    return { items: rows.map((row) => toRow(type, row)), next, total }
  }

  async get(type: EntityType, id: string): Promise<Row> {
    const row = await findEntity(this.#parts.store.db, this.#parts.workspaceId, type, id)
    if (row === null) throw notFound(type, id)
    return toRow(type, row)
  }

  async create(actor: Actor, type: EntityType, value: Record<string, unknown>): Promise<Written> {
    const { keys, plugins } = this.#parts
    const { id: wanted, ...fields } = value
    if (wanted !== undefined && !(typeof wanted === 'string' && UUID.test(wanted))) throw invalid([{ path: 'id', message: 'must be a UUID' }])
    const { value: complete, made } = generateSecrets(type, fields)
    const parsed = parseFields(type, complete, plugins)
    const id = typeof wanted === 'string' ? wanted.toLowerCase() : randomUUID()
    const after = await storeSecrets(type, { id, ...parsed }, { keys })
    const written = await this.#write(actor, { message: `create ${type} ${labelOf(type, after)}`, shows: { type, id } }, async () => [{ op: 'create', type, after }])
    const given = Object.keys(ENTITIES[type].secrets).filter((field) => typeof complete[field] === 'string')
    const shown = { ...Object.fromEntries(given.map((field) => [field, String(complete[field])])), ...made }
    return { ...written, ...(type !== 'certificate' && Object.keys(shown).length > 0 ? { shown_once: shown } : {}) }
  }

  /** Changes the given fields. `revision` is that of the entity as it was read: if it changed since, nothing is written. */
  async update(actor: Actor, type: EntityType, change: { id: string; value: Record<string, unknown>; revision: number }): Promise<Written> {
    const { keys, plugins, store, workspaceId } = this.#parts
    const { id, value, revision } = change
    const row = await findEntity(store.db, workspaceId, type, id)
    if (row === null) throw notFound(type, id)
    const secrets = Object.keys(ENTITIES[type].secrets)
    // A secret that is left empty stays as it is.
    const kept = secrets.filter((field) => value[field] === undefined || value[field] === '' || value[field] === row.entity[field])
    const { id: _, ...present } = toNodeForm(type, row.entity, keys)
    const given = Object.fromEntries(Object.entries(value).filter(([field]) => field !== 'id' && !kept.includes(field)))
    const parsed = parseFields(type, { ...present, ...given }, plugins)
    for (const field of kept) parsed[field] = row.entity[field]
    const after = await storeSecrets(type, { id, ...parsed }, { keys, kept })
    return this.#write(actor, { message: `update ${type} ${labelOf(type, after)}`, shows: { type, id } }, async (tx) => {
      // What is written was merged with the row above: one that came in between would be lost, whatever revision the caller names.
      const before = await this.#readFresh(tx, type, { id, revision: Math.min(revision, row.meta.revision), yours: given })
      return canonicalJson(before) === canonicalJson(after) ? [] : [{ op: 'update', type, before, after }]
    })
  }

  async remove(actor: Actor, type: EntityType, removal: { id: string; revision: number; cascade: boolean }): Promise<{ revision: number }> {
    const { id, revision, cascade } = removal
    return this.#write(actor, { message: `delete ${type}`, shows: null }, async (tx) => {
      const before = await this.#readFresh(tx, type, { id, revision, yours: {} })
      const { drafts, refusing } = await collectRemoval(tx, type, before)
      if (refusing.length > 0 && !cascade) {
        const names = refusing.slice(0, 5).map((item) => `${item.type} ${item.label}`)
        throw new DomainError('dependents', `is used by ${names.join(', ')}${refusing.length > 5 ? ` and ${refusing.length - 5} more` : ''}; delete or move these first`, {
          dependents: refusing,
        })
      }
      return drafts
    })
  }

  async dependents(type: EntityType, id: string): Promise<{ items: Dependent[]; total: number }> {
    const found = await findDependents(this.#parts.store.db, type, id)
    return { items: found.map(toDependent), total: found.length }
  }

  async #readFresh(tx: Transaction, type: EntityType, read: { id: string; revision: number; yours: Record<string, unknown> }): Promise<StoredEntity> {
    const row = await findEntity(tx, this.#parts.workspaceId, type, read.id)
    if (row === null) throw notFound(type, read.id)
    if (row.meta.revision > read.revision) {
      const text = `was changed by ${row.meta.updated_by ?? 'somebody'} in revision ${row.meta.revision}, after you read revision ${read.revision}; look at it again, nothing was written`
      throw new DomainError('conflict', text, { current: toRow(type, row), yours: read.yours })
    }
    return row.entity
  }

  async #write(actor: Actor, act: { message: string; shows: Shown }, plan: (tx: Transaction) => Promise<Draft[]>): Promise<Written>
  async #write(actor: Actor, act: { message: string; shows: null }, plan: (tx: Transaction) => Promise<Draft[]>): Promise<{ revision: number }>
  /** Runs under the workspace's lock. Without drafts nothing is written and the present revision is the answer. */
  async #write(actor: Actor, act: { message: string; shows: Shown | null }, plan: (tx: Transaction) => Promise<Draft[]>): Promise<{ revision: number; item?: Row }> {
    const { store, workspaceId, keys } = this.#parts
    return store.transaction(async (tx) => {
      const workspace = await lockWorkspace(tx, workspaceId)
      const drafts = await plan(tx)
      const first = drafts[0]
      const message = first?.op === 'delete' ? `${act.message} ${labelOf(first.type, first.before)}` : act.message
      const revision = drafts.length === 0 ? workspace.revision : await change({ tx, workspace, actor, message, keys }, drafts)
      if (act.shows === null) return { revision }
      // Read here: after the commit somebody else may have deleted it already.
      const row = await findEntity(tx, workspaceId, act.shows.type, act.shows.id)
      if (row === null) throw notFound(act.shows.type, act.shows.id)
      return { revision, item: toRow(act.shows.type, row) }
    })
  }
}
