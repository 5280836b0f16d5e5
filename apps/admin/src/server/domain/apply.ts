import { canonicalJson } from '@sluice/shared/canonical'
import { checkEntities } from '@sluice/shared/declarative/check'
import { ENTITY_TYPES, type EntityType } from '@sluice/shared/entities/registry'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import type { Actor } from '../store/changes.ts'
import type { Db } from '../store/client.ts'
import { allEntities } from '../store/entity-rows.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import { change, type Draft } from './change.ts'
import type { DomainParts } from './entities.ts'
import { invalid } from './errors.ts'
import { labelOf } from './label.ts'
import { cryptographyIssues } from './parse.ts'
import { sealImported, toPlainForm } from './secrets.ts'

interface PlanItem {
  type: EntityType
  id: string
  label: string
}

/** What would be written to get from what is there to what is wanted. */
export interface Plan {
  creates: PlanItem[]
  updates: PlanItem[]
  deletes: PlanItem[]
}

export interface Wanted {
  /** The whole configuration; what is not in it is deleted. Sealed secrets may be plain. */
  desired: readonly SnapshotEntity[]
  message: string
  dryRun: boolean
}

const keyOf = (entry: SnapshotEntity) => `${entry.type} ${entry.entity.id}`
const rank = (type: EntityType) => ENTITY_TYPES.indexOf(type)

async function draft(db: Db, parts: DomainParts, desired: readonly SnapshotEntity[]): Promise<Draft[]> {
  const present = new Map((await allEntities(db, parts.workspaceId)).map((entry) => [keyOf(entry), entry]))
  const drafts: Draft[] = []
  const wanted = new Set<string>()
  for (const entry of desired) {
    const key = keyOf(entry)
    wanted.add(key)
    const before = present.get(key)?.entity
    const { type, entity: after } = sealImported(entry, before, parts.keys)
    if (before === undefined) drafts.push({ op: 'create', type, after })
    else if (canonicalJson(before) !== canonicalJson(after)) drafts.push({ op: 'update', type, before, after })
  }
  for (const [key, { type, entity }] of present) if (!wanted.has(key)) drafts.push({ op: 'delete', type, before: entity })
  return drafts.sort((a, b) => rank(a.type) - rank(b.type))
}

function planOf(drafts: readonly Draft[]): Plan {
  const items = (op: Draft['op']) =>
    drafts
      .filter((entry) => entry.op === op)
      .map((entry): PlanItem => {
        const entity = entry.op === 'delete' ? entry.before : entry.after
        return { type: entry.type, id: entity.id, label: labelOf(entry.type, entity) }
      })
  return { creates: items('create'), updates: items('update'), deletes: items('delete') }
}

/**
 * Brings the workspace to `desired` in one revision, or with `dryRun` only says what that would write. Import and restore are this one
 * mechanism. Answers `revision` null where nothing was written.
 */
export async function apply(parts: DomainParts, actor: Actor, wanted: Wanted): Promise<{ plan: Plan; revision: number | null }> {
  const further = (type: EntityType, entity: SnapshotEntity['entity']) => {
    const plain = toPlainForm(type, entity, parts.keys)
    const issues = cryptographyIssues(type, plain)
    if (type === 'ca_certificate') entity.cert_digest = plain.cert_digest
    return issues
  }
  const desired = wanted.desired.map(({ type, entity }) => ({ type, entity: { ...entity } }))
  const checked = checkEntities(desired, parts.plugins, { further })
  if (!checked.ok) throw invalid(checked.issues)
  if (wanted.dryRun) return { plan: planOf(await draft(parts.store.db, parts, checked.entities)), revision: null }
  return parts.store.transaction(async (tx) => {
    const workspace = await lockWorkspace(tx, parts.workspaceId)
    const drafts = await draft(tx, parts, checked.entities)
    const plan = planOf(drafts)
    if (drafts.length === 0) return { plan, revision: null }
    return { plan, revision: await change({ tx, workspace, actor, message: wanted.message, keys: parts.keys }, drafts) }
  })
}
