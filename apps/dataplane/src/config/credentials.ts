import type { ConsumerView, CredentialIndex, CredentialKind, CredentialView } from '@sluice/plugins/contract'
import type { SnapshotEntity } from '@sluice/shared/snapshot'

/** Field that identifies a credential of each kind, and what X-Credential-Identifier says. */
const IDENTIFIED_BY: Readonly<Record<CredentialKind, { field: string; says: 'id' | 'field' }>> = {
  keyauth_credential: { field: 'key', says: 'id' },
  basicauth_credential: { field: 'username', says: 'field' },
  hmacauth_credential: { field: 'username', says: 'field' },
  jwt_secret: { field: 'key', says: 'field' },
}

type Owner = { consumer: ConsumerView; credential: CredentialView }

function consumerViews(entities: readonly SnapshotEntity[]): Map<string, ConsumerView> {
  const groups = new Map<string, string[]>()
  for (const { type, entity } of entities) {
    if (type !== 'acl') continue
    const { id } = entity.consumer as { id: string }
    groups.set(id, [...(groups.get(id) ?? []), String(entity.group)])
  }
  const views = new Map<string, ConsumerView>()
  for (const { type, entity } of entities) {
    if (type !== 'consumer') continue
    const { id, username, custom_id, groups: memberOf } = entity as unknown as { id: string; username: string | null; custom_id: string | null; groups: string[] }
    views.set(id, { id, username, custom_id, acl_groups: groups.get(id) ?? [], groups: memberOf })
  }
  return views
}

/** Index of the credentials of a revision. Values come from clients, so everything is a Map. */
export function indexCredentials(entities: readonly SnapshotEntity[]): CredentialIndex {
  const consumers = consumerViews(entities)
  const byUsername = new Map([...consumers.values()].map((consumer) => [consumer.username, consumer]))
  const byKind = new Map<string, Map<string, Owner>>()
  for (const { type, entity } of entities) {
    if (!Object.hasOwn(IDENTIFIED_BY, type)) continue
    const { field, says } = IDENTIFIED_BY[type as CredentialKind]
    const consumer = consumers.get((entity.consumer as { id: string }).id)
    if (consumer === undefined) continue
    const owners = byKind.get(type) ?? new Map<string, Owner>()
    owners.set(String(entity[field]), { consumer, credential: { id: entity.id, identifier: says === 'id' ? entity.id : String(entity[field]), fields: entity } })
    byKind.set(type, owners)
  }
  return {
    find: (kind, identifier) => byKind.get(kind)?.get(identifier) ?? null,
    consumer: (idOrUsername) => consumers.get(idOrUsername) ?? byUsername.get(idOrUsername) ?? null,
  }
}
