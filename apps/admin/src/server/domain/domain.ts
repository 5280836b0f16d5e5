import { parseDeclarative } from '@sluice/shared/declarative/parse'
import { printDeclarative } from '@sluice/shared/declarative/print'
import { ENTITIES, ENTITY_TYPES } from '@sluice/shared/entities/registry'
import { hashPassword, verifyPassword } from '../auth/password.ts'
import type { Actor } from '../store/changes.ts'
import { allEntities, countEntities } from '../store/entity-rows.ts'
import { readWorkspace } from '../store/workspaces.ts'
import { apply, type Plan, type Wanted } from './apply.ts'
import { type DomainParts, Entities } from './entities.ts'
import { invalid } from './errors.ts'
import { cryptographyIssues } from './parse.ts'
import { removeTagged, type TagRemoval } from './remove-tagged.ts'
import { Revisions } from './revisions.ts'
import { randomSecret, toPlainForm } from './secrets.ts'

export interface WorkspaceSummary {
  name: string
  revision: number
  content_hash: string
  counts: Record<string, number>
}

/** Everything that may be done to the configuration of a workspace; every caller (API, command line, import) goes through here. */
export class Domain {
  readonly workspaceId: string
  readonly entities: Entities
  readonly revisions: Revisions
  readonly #parts: DomainParts
  /** Every open page asks for the counts whenever a node reports; they change with the revision alone. */
  #counted: { revision: number; counts: Promise<Record<string, number>> } | null = null

  constructor(parts: DomainParts) {
    this.#parts = parts
    this.workspaceId = parts.workspaceId
    this.entities = new Entities(parts)
    this.revisions = new Revisions(parts)
  }

  apply(actor: Actor, wanted: Wanted): Promise<{ plan: Plan; revision: number | null }> {
    return apply(this.#parts, actor, wanted)
  }

  removeTagged(actor: Actor, removal: TagRemoval): Promise<{ deleted: number; revision: number | null }> {
    return removeTagged(this.#parts, actor, removal)
  }

  /** Reads a document in Kong's declarative format and makes the workspace equal to it. */
  async importDocument(actor: Actor, document: { text: string; message: string; dryRun: boolean }): Promise<{ plan: Plan; revision: number | null }> {
    const { store, keys, plugins } = this.#parts
    const present = new Map((await allEntities(store.db, this.workspaceId)).map(({ type, entity }) => [`${type} ${entity.id}`, entity]))
    const read = await parseDeclarative(document.text, plugins, {
      randomKey: randomSecret,
      hashPassword,
      verifyPassword,
      present: (type, id) => present.get(`${type} ${id}`),
      check: (type, entity) => cryptographyIssues(type, type === 'certificate' ? toPlainForm(type, entity, keys) : entity),
    })
    if (!read.ok) throw invalid(read.issues)
    return this.apply(actor, { desired: read.entities, message: document.message, dryRun: document.dryRun })
  }

  /** The workspace in Kong's declarative format. Sealed secrets are left out. */
  async exportDocument(): Promise<string> {
    return printDeclarative(await allEntities(this.#parts.store.db, this.workspaceId))
  }

  async workspace(): Promise<WorkspaceSummary> {
    const { db } = this.#parts.store
    const row = await readWorkspace(db, this.workspaceId)
    return { name: row.name, revision: row.revision, content_hash: row.content_hash, counts: await this.#counts(row.revision) }
  }

  #counts(revision: number): Promise<Record<string, number>> {
    if (this.#counted?.revision === revision) return this.#counted.counts
    const counts = this.#count()
    this.#counted = { revision, counts }
    counts.catch(() => {
      if (this.#counted?.counts === counts) this.#counted = null
    })
    return counts
  }

  /** One after the other: sixteen at once would take most of the pool from everybody else. */
  async #count(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const type of ENTITY_TYPES) counts[ENTITIES[type].plural] = await countEntities(this.#parts.store.db, this.workspaceId, type)
    return counts
  }
}
