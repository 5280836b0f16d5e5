import { canonicalJson } from '@sluice/shared/canonical'
import { adjustContentHash, entityHash } from '@sluice/shared/content-hash'
import { ENTITIES, ENTITY_TYPES, type EntityType, referencesOf } from '@sluice/shared/entities/registry'
import { type Actor, type ChangeStep, insertChanges } from '../store/changes.ts'
import { type Transaction, uniqueClash } from '../store/client.ts'
import { deleteEntities, existingIds, insertEntities, parkUnique, type StoredEntity, updateEntity, type WriteMeta } from '../store/entity-rows.ts'
import { insertRevision } from '../store/revisions.ts'
import { advanceWorkspace, type WorkspaceRow } from '../store/workspaces.ts'
import { DomainError, invalid } from './errors.ts'
import type { SecretKeys } from './keys.ts'
import { labelOf } from './label.ts'
import { toNodeForm } from './secrets.ts'

export type Draft =
  | { op: 'create'; type: EntityType; after: StoredEntity }
  | { op: 'update'; type: EntityType; before: StoredEntity; after: StoredEntity }
  | { op: 'delete'; type: EntityType; before: StoredEntity }

export interface Commit {
  tx: Transaction
  /** As locked by this transaction. */
  workspace: WorkspaceRow
  actor: Actor
  message: string
  keys: SecretKeys
}

const rank = (type: EntityType) => ENTITY_TYPES.indexOf(type)

function toStep(draft: Draft): ChangeStep {
  const before = draft.op === 'create' ? null : draft.before
  const after = draft.op === 'delete' ? null : draft.after
  const entity = (after ?? before) as StoredEntity
  return { op: draft.op, type: draft.type, id: entity.id, label: labelOf(draft.type, entity), before, after }
}

/** Every reference of what is written must be there, said at the field before the database would say it in its own words. */
async function checkReferences(commit: Commit, steps: readonly ChangeStep[]): Promise<void> {
  const written = new Set(steps.filter((step) => step.after !== null).map((step) => `${step.type} ${step.id}`))
  const deleted = new Set(steps.filter((step) => step.after === null).map((step) => `${step.type} ${step.id}`))
  const expected = steps.flatMap(({ type, after }) => (after === null ? [] : referencesOf(type, after))).filter(({ type, id }) => !written.has(`${type} ${id}`))
  const missing = new Set<string>()
  for (const [type, references] of Map.groupBy(expected, (reference) => reference.type)) {
    const ids = [...new Set(references.map(({ id }) => id))]
    const present = await existingIds(commit.tx, commit.workspace.id, type, ids)
    for (const id of ids) if (!present.has(id) || deleted.has(`${type} ${id}`)) missing.add(`${type} ${id}`)
  }
  const issues = expected.filter(({ type, id }) => missing.has(`${type} ${id}`)).map(({ path, type, id }) => ({ path, message: `there is no ${type} ${id}` }))
  if (issues.length > 0) throw invalid(issues)
}

/** Sets of fields of `type` that may occur once, with the last field's column, in which text can be put that nobody else has. */
const uniqueSets = (type: EntityType): readonly (readonly string[])[] =>
  type === 'plugin' ? [...ENTITIES.plugin.unique, ['name', 'service', 'route', 'consumer', 'consumer_group']] : ENTITIES[type].unique

/** Updates that give a unique value up, by the column in which it is: another one of the same change may want it. */
function givenUp(type: EntityType, written: readonly ChangeStep[]): Map<string, string[]> {
  const parked = new Map<string, string[]>()
  if (written.length < 2) return parked
  const held = (entity: StoredEntity | null, fields: readonly string[]) => canonicalJson(fields.map((field) => entity?.[field] ?? null))
  for (const fields of uniqueSets(type)) {
    const column = fields.includes('consumer_group') ? 'binding' : (fields.at(-1) ?? '')
    const ids = written.filter((step) => step.op === 'update' && held(step.before, fields) !== held(step.after, fields)).map((step) => step.id)
    if (ids.length > 0) parked.set(column, ids)
  }
  return parked
}

function clashOf(error: unknown, type: EntityType): DomainError | null {
  const clash = uniqueClash(error)
  if (clash === null) return null
  const text = clash.join(' ')
  const fields = ENTITIES[type].unique.find((set) => set.every((field) => text.includes(field))) ?? (type === 'plugin' ? ['name'] : ['id'])
  const message =
    type === 'plugin' && fields[0] === 'name' ? 'this plugin is bound to this scope already; change that one' : `must be unique: another ${type} has the same ${fields.join(' + ')}`
  return new DomainError('unique', message, { issues: [{ path: fields[0] ?? '', message }] })
}

async function write(commit: Commit, steps: readonly ChangeStep[], meta: WriteMeta): Promise<void> {
  const hashed = (step: ChangeStep) => {
    const entity = step.after as StoredEntity
    return { entity, hash: entityHash(step.type, toNodeForm(step.type, entity, commit.keys)) }
  }
  const of = (op: ChangeStep['op'], type: EntityType) => steps.filter((step) => step.op === op && step.type === type)
  let type = ENTITY_TYPES[0] as EntityType
  try {
    // Deletions first, children before parents, so that a name they held is free for what comes.
    for (type of ENTITY_TYPES.toReversed()) {
      const ids = of('delete', type).map((step) => step.id)
      if (ids.length > 0) await deleteEntities(commit.tx, type, ids)
    }
    for (type of ENTITY_TYPES) {
      const created = of('create', type)
      for (const [column, ids] of givenUp(
        type,
        steps.filter((step) => step.type === type && step.op !== 'delete'),
      ))
        await parkUnique(commit.tx, type, { column, ids })
      if (created.length > 0) await insertEntities(commit.tx, type, created.map(hashed), meta)
      for (const step of of('update', type)) await updateEntity(commit.tx, type, hashed(step), meta)
    }
  } catch (error) {
    throw clashOf(error, type) ?? error
  }
}

function nextContentHash(commit: Commit, steps: readonly ChangeStep[]): string {
  const hashOf = (step: ChangeStep, entity: StoredEntity | null) => (entity === null ? null : entityHash(step.type, toNodeForm(step.type, entity, commit.keys)))
  return steps.reduce((hash, step) => adjustContentHash(hash, { removed: hashOf(step, step.before), added: hashOf(step, step.after) }), commit.workspace.content_hash)
}

/**
 * The one way to change configuration: entities, change rows, audit fields and the next revision in the transaction of `commit`, which
 * holds the workspace's lock. The content hash costs the size of the change. Answers the number of the new revision.
 */
export async function change(commit: Commit, drafts: readonly Draft[]): Promise<number> {
  const steps = drafts.map(toStep).sort((a, b) => rank(a.type) - rank(b.type))
  await checkReferences(commit, steps)
  const contentHash = nextContentHash(commit, steps)
  const { tx, workspace, actor, message } = commit
  const number = await advanceWorkspace(tx, workspace.id, contentHash)
  await write(commit, steps, { workspaceId: workspace.id, revision: number, updatedBy: actor.name })
  await insertChanges(tx, { workspaceId: workspace.id, revision: number, actor }, steps)
  await insertRevision(tx, { workspaceId: workspace.id, number, actor, message, contentHash, changes: steps.length })
  return number
}
