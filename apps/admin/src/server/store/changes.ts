import type { EntityType } from '@sluice/shared/entities/registry'
import { type Db, insertRows, type Transaction } from './client.ts'
import type { StoredEntity } from './entity-rows.ts'

/** Who did it. `system` is the command line on the machine itself. */
export interface Actor {
  kind: 'operator' | 'system'
  id: string | null
  name: string
}

/** One act on one entity, in stored form. */
export interface ChangeStep {
  op: 'create' | 'update' | 'delete'
  type: EntityType
  id: string
  label: string
  before: StoredEntity | null
  after: StoredEntity | null
}

export interface ChangeRow extends ChangeStep {
  revision: number
}

export async function insertChanges(tx: Transaction, where: { workspaceId: string; revision: number; actor: Actor }, steps: readonly ChangeStep[]): Promise<void> {
  const { workspaceId, revision, actor } = where
  const beside = { workspace_id: workspaceId, revision, actor_kind: actor.kind, actor_id: actor.id, actor_name: actor.name }
  const rows = steps.map(({ type, id, label, op, before, after }) => ({ ...beside, entity_type: type, entity_id: id, label, op, before, after }))
  await insertRows(tx, 'change', rows)
}

/** Writes an act that changes no configuration (a sign-in, a token, a node) into the same table, without a revision. */
export async function insertAct(db: Db, act: { workspaceId: string; actor: Actor; type: string; id: string; label: string; op: string }): Promise<void> {
  const { workspaceId, actor, type, id, label, op } = act
  await db.change.create({
    data: { workspace_id: workspaceId, revision: null, actor_kind: actor.kind, actor_id: actor.id, actor_name: actor.name, entity_type: type, entity_id: id, label, op },
  })
}

/** Configuration changes of the revisions after `from` up to `to`, oldest first. */
export async function changesBetween(db: Db, workspaceId: string, range: { from: number; to: number }): Promise<ChangeRow[]> {
  const rows = await db.change.findMany({ where: { workspace_id: workspaceId, revision: { gt: range.from, lte: range.to } }, orderBy: [{ revision: 'asc' }, { id: 'asc' }] })
  return rows.map((row) => ({
    revision: row.revision ?? 0,
    op: row.op as ChangeStep['op'],
    type: row.entity_type as EntityType,
    id: row.entity_id,
    label: row.label,
    before: row.before as StoredEntity | null,
    after: row.after as StoredEntity | null,
  }))
}
