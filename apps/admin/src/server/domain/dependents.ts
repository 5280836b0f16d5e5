import { CA_CERTIFICATES_FIELD, ENTITIES, ENTITY_TYPES, type EntityType, listsOf } from '@sluice/shared/entities/registry'
import type { Db } from '../store/client.ts'
import { findConfigListing, findListing, findReferring, type StoredEntity } from '../store/entity-rows.ts'
import type { Draft } from './change.ts'
import type { Dependent } from './errors.ts'
import { labelOf } from './label.ts'

interface Found {
  type: EntityType
  entity: StoredEntity
  onDelete: 'refuse' | 'cascade'
}

/** What refers to one entity. */
export async function findDependents(db: Db, type: EntityType, id: string): Promise<Found[]> {
  const found: Found[] = []
  for (const other of ENTITY_TYPES) {
    for (const [field, ref] of Object.entries(ENTITIES[other].refs) as [string, { type: string; onDelete: 'refuse' | 'cascade' }][]) {
      if (ref.type !== type) continue
      for (const { entity } of await findReferring(db, other, { field, id })) found.push({ type: other, entity, onDelete: ref.onDelete })
    }
  }
  for (const list of listsOf(type)) {
    if (list.onDelete !== 'refuse') continue
    for (const { entity } of await findListing(db, list.type, { field: list.field, id })) found.push({ type: list.type, entity, onDelete: 'refuse' })
  }
  if (type === 'ca_certificate')
    for (const { entity } of await findConfigListing(db, { field: CA_CERTIFICATES_FIELD, id })) found.push({ type: 'plugin', entity, onDelete: 'refuse' })
  return found
}

/** What stays but has `id` in a list of its own: it is taken out there. */
async function detachments(db: Db, type: EntityType, id: string): Promise<Draft[]> {
  const drafts: Draft[] = []
  for (const { type: owner, field, onDelete } of listsOf(type)) {
    if (onDelete !== 'detach') continue
    for (const { entity } of await findListing(db, owner, { field, id })) {
      const after = { ...entity, [field]: (entity[field] as string[]).filter((other) => other !== id) }
      drafts.push({ op: 'update', type: owner, before: entity, after })
    }
  }
  return drafts
}

export const toDependent = ({ type, entity, onDelete }: Found): Dependent => ({ type, id: entity.id, label: labelOf(type, entity), on_delete: onDelete })

/** Everything that goes with `entity`, itself last; and what would refuse, anywhere down the tree. */
export async function collectRemoval(db: Db, type: EntityType, entity: StoredEntity): Promise<{ drafts: Draft[]; refusing: Dependent[] }> {
  const drafts = new Map<string, Draft>()
  const refusing = new Map<string, Dependent>()
  const visit = async (kind: EntityType, one: StoredEntity): Promise<void> => {
    const key = `${kind} ${one.id}`
    if (drafts.has(key)) return
    drafts.set(key, { op: 'delete', type: kind, before: one })
    for (const found of await findDependents(db, kind, one.id)) {
      if (found.onDelete === 'refuse') refusing.set(`${found.type} ${found.entity.id}`, toDependent(found))
      await visit(found.type, found.entity)
    }
  }
  await visit(type, entity)
  for (const draft of await detachments(db, type, entity.id)) if (draft.op === 'update') drafts.set(`${draft.type} ${draft.after.id}`, draft)
  return { drafts: [...drafts.values()], refusing: [...refusing.values()] }
}
