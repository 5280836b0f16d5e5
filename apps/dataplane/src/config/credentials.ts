import type { ConsumerView, CredentialIndex, CredentialKind, CredentialView } from '@sluice/plugins/contract'
import { PersistentMap } from '@sluice/shared/persistent-map'
import { EntityIndex } from './entity-index.ts'
import type { ChangeSet, TableEntry, Touch } from './entity-table.ts'
import { changeMap, type Steps } from './slices.ts'

/** Field that identifies a credential of each kind, and what X-Credential-Identifier says. */
const IDENTIFIED_BY: Readonly<Record<CredentialKind, { field: string; says: 'id' | 'field' }>> = {
  keyauth_credential: { field: 'key', says: 'id' },
  basicauth_credential: { field: 'username', says: 'field' },
  hmacauth_credential: { field: 'username', says: 'field' },
  jwt_secret: { field: 'key', says: 'field' },
}
const KINDS = Object.keys(IDENTIFIED_BY) as CredentialKind[]

interface Owned {
  consumer: string
  credential: CredentialView
}
type ByKind = Readonly<Record<CredentialKind, PersistentMap<Owned>>>

interface Parts {
  consumers: PersistentMap<ConsumerView>
  /** Id of the consumer with a username. */
  usernames: PersistentMap<string>
  acls: EntityIndex<'acl'>
  byKind: ByKind
}

const identifierOf = (kind: CredentialKind, entry: TableEntry) => String((entry.entity as Record<string, unknown>)[IDENTIFIED_BY[kind].field])

function ownedOf(kind: CredentialKind, entry: TableEntry<CredentialKind>): Owned {
  const { entity } = entry
  const identifier = IDENTIFIED_BY[kind].says === 'id' ? entity.id : identifierOf(kind, entry)
  return { consumer: entity.consumer.id, credential: { id: entity.id, identifier, fields: entity } }
}

/** What is gone comes first: a value may go from one entity to another in one delta. */
function changesOf<V>(touches: readonly Touch[], keyOf: (entry: TableEntry) => string | null, make: (entry: TableEntry) => V): [string, V | undefined][] {
  const gone = touches.flatMap(({ before }): [string, undefined][] => {
    const key = before === null ? null : keyOf(before)
    return key === null ? [] : [[key, undefined]]
  })
  const come = touches.flatMap(({ after }): [string, V][] => {
    const key = after === null ? null : keyOf(after)
    return after === null || key === null ? [] : [[key, make(after)]]
  })
  return [...gone, ...come]
}

/** Index of the credentials of a revision. Values come from clients, so everything is a map. Never changes: `with` gives another one. */
export class Credentials implements CredentialIndex {
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  static empty(): Credentials {
    const byKind = Object.fromEntries(KINDS.map((kind) => [kind, PersistentMap.empty<Owned>()])) as unknown as ByKind
    return new Credentials({ consumers: PersistentMap.empty(), usernames: PersistentMap.empty(), acls: EntityIndex.by<'acl'>(({ consumer }) => [consumer.id]), byKind })
  }

  find(kind: CredentialKind, identifier: string): { consumer: ConsumerView; credential: CredentialView } | null {
    const owned = this.#parts.byKind[kind]?.get(identifier)
    const consumer = owned === undefined ? undefined : this.#parts.consumers.get(owned.consumer)
    return owned === undefined || consumer === undefined ? null : { consumer, credential: owned.credential }
  }

  consumer(idOrUsername: string): ConsumerView | null {
    const { consumers, usernames } = this.#parts
    return consumers.get(idOrUsername) ?? consumers.get(usernames.get(idOrUsername) ?? '') ?? null
  }

  *with(changes: ChangeSet): Steps<Credentials> {
    if (!changes.touches('consumer', 'acl', ...KINDS)) return this
    const acls = yield* this.#parts.acls.with(changes.of('acl'))
    const consumers = new Set(changes.of('consumer').map(({ before, after }) => ((after ?? before) as TableEntry).entity.id))
    for (const { before, after } of changes.of('acl')) for (const entry of [before, after]) if (entry !== null) consumers.add(entry.entity.consumer.id)
    const views: [string, ConsumerView | undefined][] = []
    for (const id of consumers) {
      views.push([id, viewOf(changes, acls, id)])
      yield
    }
    const usernames = changesOf(
      changes.of('consumer') as readonly Touch[],
      ({ entity }) => (entity as TableEntry<'consumer'>['entity']).username,
      ({ entity }) => entity.id,
    )
    const byKind: Record<CredentialKind, PersistentMap<Owned>> = { ...this.#parts.byKind }
    for (const kind of KINDS) {
      const owned = changesOf(
        changes.of(kind) as readonly Touch[],
        (entry) => identifierOf(kind, entry),
        (entry) => ownedOf(kind, entry as TableEntry<CredentialKind>),
      )
      byKind[kind] = yield* changeMap(byKind[kind], owned)
    }
    return new Credentials({ consumers: yield* changeMap(this.#parts.consumers, views), usernames: yield* changeMap(this.#parts.usernames, usernames), acls, byKind })
  }
}

function viewOf({ table }: ChangeSet, acls: EntityIndex<'acl'>, id: string): ConsumerView | undefined {
  const entry = table.get('consumer', id)
  if (entry === null) return undefined
  const { username, custom_id, groups } = entry.entity
  return { id, username, custom_id, acl_groups: acls.get(id).map(({ entity }) => entity.group), groups }
}
