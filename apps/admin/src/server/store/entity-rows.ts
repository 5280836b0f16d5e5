import { ENTITY_TYPES, type EntityType } from '@sluice/shared/entities/registry'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { DB_NULL, type Db, insertRows, type Transaction } from './client.ts'
import { COLUMNS } from './columns.ts'

/** An entity in stored form: its fields with references as `{ id }`, and its id. */
export type StoredEntity = SnapshotEntity['entity']

/** What is kept about an entity beside its fields. */
export interface RowMeta {
  created_at: Date
  updated_at: Date
  revision: number
  updated_by: string | null
  entity_hash: string
}

export interface StoredRow {
  entity: StoredEntity
  meta: RowMeta
}

type Columns = Record<string, unknown>

/** What is used of Prisma's fifteen delegates. Prisma types each by itself and has no type for "any of them". */
interface Delegate {
  findFirst(args: { where: Columns }): Promise<Columns | null>
  findMany(args: { where: Columns; orderBy?: Columns[]; take?: number; skip?: number; cursor?: { id: string } }): Promise<Columns[]>
  count(args: { where: Columns }): Promise<number>
  update(args: { where: { id: string }; data: Columns }): Promise<unknown>
  deleteMany(args: { where: Columns }): Promise<unknown>
}

const rowsOf = (db: Db, type: EntityType) => db[type] as unknown as Delegate

const WRITE_BATCH = 500
const SCOPES = ['service', 'route', 'consumer', 'consumer_group'] as const

function toColumns(type: EntityType, entity: StoredEntity, jsonNull: unknown): Columns {
  const columns: Columns = {}
  for (const [field, kind] of COLUMNS[type]) {
    const value = entity[field]
    if (kind === 'ref') columns[`${field}_id`] = (value as { id: string } | null)?.id ?? null
    else columns[field] = kind === 'json' && value === null ? jsonNull : value
  }
  // A unique index takes two nulls for different, so the scopes of a plugin are written into one text.
  if (type === 'plugin') columns.binding = SCOPES.map((scope) => (entity[scope] as { id: string } | null)?.id ?? '-').join(' ')
  return columns
}

function fromColumns(type: EntityType, columns: Columns): StoredRow {
  const entity: StoredEntity = { id: String(columns.id) }
  for (const [field, kind] of COLUMNS[type]) {
    if (kind === 'ref') entity[field] = columns[`${field}_id`] === null ? null : { id: columns[`${field}_id`] }
    else entity[field] = columns[field]
  }
  const { created_at, updated_at, revision, updated_by, entity_hash } = columns as unknown as RowMeta
  return { entity, meta: { created_at, updated_at, revision, updated_by, entity_hash } }
}

export interface WriteMeta {
  workspaceId: string
  revision: number
  updatedBy: string
}

/** Inserts entities of one type. */
export async function insertEntities(tx: Transaction, type: EntityType, rows: { entity: StoredEntity; hash: string }[], meta: WriteMeta): Promise<void> {
  const beside = { workspace_id: meta.workspaceId, revision: meta.revision, updated_by: meta.updatedBy }
  const data = rows.map(({ entity, hash }) => ({ ...toColumns(type, entity, null), id: entity.id, ...beside, entity_hash: hash }))
  await insertRows(tx, type, data)
}

export async function updateEntity(tx: Transaction, type: EntityType, row: { entity: StoredEntity; hash: string }, meta: WriteMeta): Promise<void> {
  const data = { ...toColumns(type, row.entity, DB_NULL), revision: meta.revision, updated_by: meta.updatedBy, updated_at: new Date(), entity_hash: row.hash }
  await rowsOf(tx, type).update({ where: { id: row.entity.id }, data })
}

export async function deleteEntities(tx: Transaction, type: EntityType, ids: string[]): Promise<void> {
  await rowsOf(tx, type).deleteMany({ where: { id: { in: ids } } })
}

export async function findEntity(db: Db, workspaceId: string, type: EntityType, id: string): Promise<StoredRow | null> {
  const columns = await rowsOf(db, type).findFirst({ where: { id, workspace_id: workspaceId } })
  return columns === null ? null : fromColumns(type, columns)
}

/** Which of these ids there are. */
export async function existingIds(db: Db, workspaceId: string, type: EntityType, ids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (let start = 0; start < ids.length; start += WRITE_BATCH) {
    const rows = await rowsOf(db, type).findMany({ where: { workspace_id: workspaceId, id: { in: ids.slice(start, start + WRITE_BATCH) } } })
    for (const row of rows) found.add(String(row.id))
  }
  return found
}

/** Puts a text that is nobody else's into a unique column of these rows, until they are written: names can then be exchanged. */
export async function parkUnique(tx: Transaction, type: EntityType, parked: { column: string; ids: readonly string[] }): Promise<void> {
  for (const id of parked.ids) await rowsOf(tx, type).update({ where: { id }, data: { [parked.column]: `parked ${id}` } })
}

/** Entities of `type` whose list `field` has `id` in it. */
export async function findListing(db: Db, type: EntityType, reference: { field: string; id: string }): Promise<StoredRow[]> {
  const isJson = COLUMNS[type].get(reference.field) === 'json'
  const rows = await rowsOf(db, type).findMany({ where: { [reference.field]: isJson ? { array_contains: [reference.id] } : { has: reference.id } } })
  return rows.map((columns) => fromColumns(type, columns))
}

/** Plugins whose configuration has `id` in its list `field`. */
export async function findConfigListing(db: Db, reference: { field: string; id: string }): Promise<StoredRow[]> {
  const rows = await rowsOf(db, 'plugin').findMany({ where: { config: { path: [reference.field], array_contains: [reference.id] } } })
  return rows.map((columns) => fromColumns('plugin', columns))
}

/** Entities of `type` whose reference `field` is `id`. */
export async function findReferring(db: Db, type: EntityType, reference: { field: string; id: string }): Promise<StoredRow[]> {
  const rows = await rowsOf(db, type).findMany({ where: { [`${reference.field}_id`]: reference.id } })
  return rows.map((columns) => fromColumns(type, columns))
}

/** Every entity of the workspace, what is referred to first. */
export async function allEntities(db: Db, workspaceId: string): Promise<{ type: EntityType; entity: StoredEntity }[]> {
  const found: { type: EntityType; entity: StoredEntity }[] = []
  for (const type of ENTITY_TYPES) {
    const rows = await rowsOf(db, type).findMany({ where: { workspace_id: workspaceId }, orderBy: [{ created_at: 'asc' }, { id: 'asc' }] })
    for (const columns of rows) found.push({ type, entity: fromColumns(type, columns).entity })
  }
  return found
}

export interface ListQuery {
  search?: string
  where?: Record<string, string>
  sort?: { field: string; order: 'asc' | 'desc' }
  cursor?: string
  limit: number
}

/** Which fields a list may be narrowed by, sorted by and searched in. Secrets are in none of them. */
export function queryableFields(type: EntityType, secrets: readonly string[]): { where: string[]; sort: string[]; search: string[] } {
  const fields = [...COLUMNS[type]].filter(([field]) => !secrets.includes(field))
  const text = fields.filter(([, kind]) => kind === 'text').map(([field]) => field)
  const scalar = fields.filter(([, kind]) => kind === 'scalar').map(([field]) => field)
  const refs = fields.filter(([, kind]) => kind === 'ref').map(([field]) => field)
  return { where: [...refs, ...text, 'tag'], sort: [...text, ...scalar, 'created_at', 'updated_at'], search: text }
}

export async function listEntities(
  db: Db,
  workspaceId: string,
  type: EntityType,
  query: ListQuery & { searchIn: string[] },
): Promise<{ rows: StoredRow[]; next: string | null; total: number }> {
  const where: Columns = { workspace_id: workspaceId }
  for (const [field, value] of Object.entries(query.where ?? {})) {
    if (field === 'tag') where.tags = { has: value }
    else if (COLUMNS[type].get(field) === 'ref') where[`${field}_id`] = value
    else where[field] = value
  }
  const search = query.search?.trim() ?? ''
  // Prisma hands the text to LIKE as it is.
  const literal = search.replace(/[\\%_]/g, '\\$&')
  if (search !== '') where.OR = [...query.searchIn.map((field) => ({ [field]: { contains: literal, mode: 'insensitive' } })), { tags: { has: search } }]
  const orderBy = [{ [query.sort?.field ?? 'created_at']: query.sort?.order ?? 'desc' }, { id: 'asc' }]
  const page = query.cursor === undefined ? {} : { cursor: { id: query.cursor }, skip: 1 }
  const [found, total] = await Promise.all([rowsOf(db, type).findMany({ where, orderBy, take: query.limit + 1, ...page }), rowsOf(db, type).count({ where })])
  const rows = found.slice(0, query.limit).map((columns) => fromColumns(type, columns))
  return { rows, next: found.length > query.limit ? (rows.at(-1)?.entity.id ?? null) : null, total }
}

export function countEntities(db: Db, workspaceId: string, type: EntityType): Promise<number> {
  return rowsOf(db, type).count({ where: { workspace_id: workspaceId } })
}
