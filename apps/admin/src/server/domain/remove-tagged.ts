import type { Actor } from '../store/changes.ts'
import { allEntities, type StoredEntity } from '../store/entity-rows.ts'
import { lockWorkspace } from '../store/workspaces.ts'
import { change, type Draft } from './change.ts'
import { collectRemoval } from './dependents.ts'
import type { DomainParts } from './entities.ts'
import { type Dependent, DomainError } from './errors.ts'

export interface TagRemoval {
  tag: string
  message: string
  /** Also deletes what does not carry the tag and would keep something tagged from going, such as a route on a tagged service. */
  cascade: boolean
}

/** Deletes everything that carries a tag, with what goes along with it, in one revision. Answers `revision` null where nothing carries it. */
export function removeTagged(parts: DomainParts, actor: Actor, removal: TagRemoval): Promise<{ deleted: number; revision: number | null }> {
  const { tag, message, cascade } = removal
  return parts.store.transaction(async (tx) => {
    const workspace = await lockWorkspace(tx, parts.workspaceId)
    const tagged = (await allEntities(tx, parts.workspaceId)).filter(({ entity }) => Array.isArray(entity.tags) && entity.tags.includes(tag))
    const isTagged = new Set(tagged.map(({ type, entity }) => `${type} ${entity.id}`))
    const drafts = new Map<string, Draft>()
    const refusing = new Map<string, Dependent>()
    for (const { type, entity } of tagged) {
      const found = await collectRemoval(tx, type, entity as StoredEntity)
      for (const draft of found.drafts) if (draft.op === 'delete') drafts.set(`${draft.type} ${draft.before.id}`, draft)
      for (const dependent of found.refusing) if (!isTagged.has(`${dependent.type} ${dependent.id}`)) refusing.set(dependent.id, dependent)
    }
    if (refusing.size > 0 && !cascade) {
      const names = [...refusing.values()].map(({ type, label }) => `${type} ${label}`).join(', ')
      throw new DomainError('dependents', `what carries the tag ${tag} is used by ${names}; delete or move these first`, { dependents: [...refusing.values()] })
    }
    if (drafts.size === 0) return { deleted: 0, revision: null }
    return { deleted: drafts.size, revision: await change({ tx, workspace, actor, message, keys: parts.keys }, [...drafts.values()]) }
  })
}
