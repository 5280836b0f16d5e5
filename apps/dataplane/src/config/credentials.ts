import type { ConsumerField, ConsumerView, CredentialIndex, CredentialKind, CredentialView } from '@sluice/plugins/contract'
import type { Entity } from '@sluice/shared/entities/registry'
import { PersistentMap } from '@sluice/shared/persistent-map'
import { changeByKey, EntityIndex } from './entity-index.ts'
import type { ChangeSet, TableEntry } from './entity-table.ts'
import type { Steps } from './slices.ts'

/** Field that identifies a credential of each kind, and what X-Credential-Identifier says. */
const IDENTIFIED_BY: Readonly<Record<CredentialKind, { field: string; says: 'id' | 'field' }>> = {
  keyauth_credential: { field: 'key', says: 'id' },
  basicauth_credential: { field: 'username', says: 'field' },
  hmacauth_credential: { field: 'username', says: 'field' },
  jwt_secret: { field: 'key', says: 'field' },
  oauth2_credential: { field: 'client_id', says: 'field' },
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
  /** Id of the consumer with a custom id. */
  customIds: PersistentMap<string>
  /** Name of a consumer group by its id. */
  groups: PersistentMap<string>
  acls: EntityIndex<'acl'>
  byKind: ByKind
}

type CredentialEntity = Entity<CredentialKind>

const identifierOf = (kind: CredentialKind, entity: CredentialEntity) => String((entity as Record<string, unknown>)[IDENTIFIED_BY[kind].field])

function ownedOf(kind: CredentialKind, entity: CredentialEntity): Owned {
  const identifier = IDENTIFIED_BY[kind].says === 'id' ? entity.id : identifierOf(kind, entity)
  return { consumer: entity.consumer.id, credential: { id: entity.id, identifier, fields: entity } }
}

/** Index of the credentials of a revision. Values come from clients, so everything is a map. Never changes: `with` gives another one. */
export class Credentials implements CredentialIndex {
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  static empty(): Credentials {
    const none = PersistentMap.empty<Owned>()
    const byKind: ByKind = { keyauth_credential: none, basicauth_credential: none, hmacauth_credential: none, jwt_secret: none, oauth2_credential: none }
    return new Credentials({
      consumers: PersistentMap.empty(),
      usernames: PersistentMap.empty(),
      customIds: PersistentMap.empty(),
      groups: PersistentMap.empty(),
      acls: EntityIndex.by<'acl'>(({ consumer }) => [consumer.id]),
      byKind,
    })
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

  consumerBy(field: ConsumerField, value: string): ConsumerView | null {
    const { consumers, usernames, customIds } = this.#parts
    const id = field === 'id' ? value : (field === 'username' ? usernames : customIds).get(value)
    return (id === undefined ? undefined : consumers.get(id)) ?? null
  }

  groupName(id: string): string | null {
    return this.#parts.groups.get(id) ?? null
  }

  *with(changes: ChangeSet): Steps<Credentials> {
    if (!changes.touches('consumer', 'consumer_group', 'acl', ...KINDS)) return this
    const acls = yield* this.#parts.acls.with(changes.of('acl'))
    const consumers = this.#parts.consumers.draft()
    const renew = (id: string) => consumers.set(id, viewOf(changes, acls, id))
    for (const { before, after } of changes.of('consumer')) {
      renew(((after ?? before) as TableEntry).entity.id)
      yield
    }
    for (const { before, after } of changes.of('acl')) {
      for (const entry of [before, after]) if (entry !== null) renew(entry.entity.consumer.id)
      yield
    }
    const usernames = yield* changeByKey(
      this.#parts.usernames,
      changes.of('consumer'),
      ({ username }) => username,
      ({ id }) => id,
    )
    const customIds = yield* changeByKey(
      this.#parts.customIds,
      changes.of('consumer'),
      ({ custom_id }) => custom_id,
      ({ id }) => id,
    )
    const groups = yield* changeByKey(
      this.#parts.groups,
      changes.of('consumer_group'),
      ({ id }) => id,
      ({ name }) => name,
    )
    const byKind: Record<CredentialKind, PersistentMap<Owned>> = { ...this.#parts.byKind }
    for (const kind of KINDS) {
      byKind[kind] = yield* changeByKey(
        byKind[kind],
        changes.of<CredentialKind>(kind),
        (entity) => identifierOf(kind, entity),
        (entity) => ownedOf(kind, entity),
      )
    }
    return new Credentials({ consumers: consumers.finish(), usernames, customIds, groups, acls, byKind })
  }
}

function viewOf({ table }: ChangeSet, acls: EntityIndex<'acl'>, id: string): ConsumerView | undefined {
  const entry = table.get('consumer', id)
  if (entry === null) return undefined
  const { username, custom_id, groups } = entry.entity
  return { id, username, custom_id, acl_groups: acls.get(id).map(({ entity }) => entity.group), groups }
}
