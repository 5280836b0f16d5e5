import { canonicalJson } from '@sluice/shared/canonical'
import type { EntityType } from '@sluice/shared/entities/registry'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { type Actor, type ChangeRow, changesBetween } from '../store/changes.ts'
import { allEntities, type StoredEntity } from '../store/entity-rows.ts'
import { findRevision, listRevisions, type RevisionRow } from '../store/revisions.ts'
import { readWorkspace } from '../store/workspaces.ts'
import { apply, type Plan } from './apply.ts'
import type { DomainParts } from './entities.ts'
import { DomainError } from './errors.ts'
import { redactPair } from './secrets.ts'

export interface ShownChange {
  type: EntityType
  id: string
  label: string
  op: 'create' | 'update' | 'delete'
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

export interface ShownRevision {
  number: number
  author: string
  message: string
  created_at: string
  content_hash: string
  changes: number
}

const show = (row: RevisionRow): ShownRevision => ({
  number: row.number,
  author: row.author_name,
  message: row.message,
  created_at: row.committed_at.toISOString(),
  content_hash: row.content_hash,
  changes: row.changes,
})

/** One change per entity: from before its first to after its last; what came and went again is left out. */
function squash(rows: readonly ChangeRow[]): ShownChange[] {
  const byEntity = new Map<string, { type: EntityType; id: string; label: string; before: StoredEntity | null; after: StoredEntity | null }>()
  for (const row of rows) {
    const key = `${row.type} ${row.id}`
    const known = byEntity.get(key)
    if (known === undefined) byEntity.set(key, { type: row.type, id: row.id, label: row.label, before: row.before, after: row.after })
    else Object.assign(known, { after: row.after, label: row.label })
  }
  return [...byEntity.values()].flatMap((entry) => {
    if (canonicalJson(entry.before) === canonicalJson(entry.after)) return []
    const op = entry.before === null ? 'create' : entry.after === null ? 'delete' : 'update'
    return [{ type: entry.type, id: entry.id, label: entry.label, op, ...redactPair(entry.type, entry.before, entry.after) } as const]
  })
}

/** The history of a workspace. */
export class Revisions {
  readonly #parts: DomainParts

  constructor(parts: DomainParts) {
    this.#parts = parts
  }

  async list(page: { before: number | null; limit: number }): Promise<ShownRevision[]> {
    return (await listRevisions(this.#parts.store.db, this.#parts.workspaceId, page)).map(show)
  }

  async get(number: number): Promise<ShownRevision & { changes_made: ShownChange[]; committed_at: Date }> {
    const row = await this.#find(number)
    const rows = await changesBetween(this.#parts.store.db, this.#parts.workspaceId, { from: number - 1, to: number })
    return { ...show(row), changes_made: squash(rows), committed_at: row.committed_at }
  }

  async committedAt(number: number): Promise<Date> {
    return (await this.#find(number)).committed_at
  }

  /** What one must do to get from revision `from` to revision `to`, either way round. */
  async diff(range: { from: number; to: number }): Promise<ShownChange[]> {
    for (const number of [range.from, range.to]) if (number > 0) await this.#find(number)
    const [low, high] = [Math.min(range.from, range.to), Math.max(range.from, range.to)]
    const rows = await changesBetween(this.#parts.store.db, this.#parts.workspaceId, { from: low, to: high })
    if (range.from <= range.to) return squash(rows)
    return squash(rows.toReversed().map((row) => ({ ...row, before: row.after, after: row.before })))
  }

  /** Brings the workspace back to what it was at revision `number`, as a new revision. */
  async restore(actor: Actor, wanted: { number: number; dryRun: boolean }): Promise<{ plan: Plan; revision: number | null }> {
    if (wanted.number > 0) await this.#find(wanted.number)
    const desired = await this.#entitiesAt(wanted.number)
    return apply(this.#parts, actor, { desired, message: `restore revision ${wanted.number}`, dryRun: wanted.dryRun })
  }

  /** Rebuilt from what is there by taking the later changes back, newest first. */
  async #entitiesAt(number: number): Promise<SnapshotEntity[]> {
    return this.#parts.store.readSnapshot(async (tx) => {
      const workspace = await readWorkspace(tx, this.#parts.workspaceId)
      const entities = new Map((await allEntities(tx, workspace.id)).map((entry) => [`${entry.type} ${entry.entity.id}`, entry]))
      const later = await changesBetween(tx, workspace.id, { from: number, to: workspace.revision })
      for (const row of later.toReversed()) {
        const key = `${row.type} ${row.id}`
        if (row.before === null) entities.delete(key)
        else entities.set(key, { type: row.type, entity: row.before })
      }
      return [...entities.values()]
    })
  }

  async #find(number: number): Promise<RevisionRow> {
    const row = await findRevision(this.#parts.store.db, this.#parts.workspaceId, number)
    if (row === null) throw new DomainError('not_found', `there is no revision ${number}`)
    return row
  }
}
