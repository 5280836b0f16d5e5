import { createHash, randomBytes } from 'node:crypto'
import { ENTITIES, type EntityType } from '@sluice/shared/entities/registry'
import { isStoredSecret, type SecretKind } from '@sluice/shared/entities/secret'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { hashPassword } from '../auth/password.ts'
import type { StoredEntity } from '../store/entity-rows.ts'
import type { SecretKeys } from './keys.ts'

/** Secrets that Sluice makes where an operator leaves them empty. */
const GENERATED: Partial<Record<EntityType, readonly string[]>> = {
  keyauth_credential: ['key'],
  hmacauth_credential: ['secret'],
  jwt_secret: ['key', 'secret'],
  oauth2_credential: ['client_id', 'client_secret'],
}
const REDACTED = ''

const secretsOf = (type: EntityType) => Object.entries(ENTITIES[type].secrets) as [string, SecretKind][]

/** A random secret of 192 bits, safe in URLs and headers. */
export const randomSecret = () => randomBytes(24).toString('base64url')

/** Fills what an operator left for Sluice to make; answers what must be shown once. */
export function generateSecrets(type: EntityType, value: Record<string, unknown>): { value: Record<string, unknown>; made: Record<string, string> } {
  const made: Record<string, string> = {}
  for (const field of GENERATED[type] ?? []) {
    if (value[field] === undefined || value[field] === null || value[field] === '') made[field] = randomSecret()
  }
  return { value: { ...value, ...made }, made }
}

async function toStored(value: string, kind: SecretKind, keys: SecretKeys): Promise<string> {
  if (kind === 'hashed') return `sha256:${createHash('sha256').update(value).digest('hex')}`
  return kind === 'sealed' ? keys.seal(value) : hashPassword(value)
}

/** Puts plain secrets into their stored form. Fields that are in it already (`kept`) are left alone. */
export async function storeSecrets(type: EntityType, entity: StoredEntity, options: { keys: SecretKeys; kept?: readonly string[] }): Promise<StoredEntity> {
  const stored = { ...entity }
  for (const [field, kind] of secretsOf(type)) {
    const value = stored[field]
    if (typeof value === 'string' && !options.kept?.includes(field)) stored[field] = await toStored(value, kind, options.keys)
  }
  return stored
}

/** The form that nodes get: sealed secrets plain, everything else as stored. */
export function toNodeForm(type: EntityType, entity: StoredEntity, keys: SecretKeys): StoredEntity {
  const plain = { ...entity }
  for (const [field, kind] of secretsOf(type)) {
    const value = plain[field]
    if (kind === 'sealed' && typeof value === 'string' && isStoredSecret(value, 'sealed')) plain[field] = keys.unseal(value)
  }
  return plain
}

/** Whether it is sealed is what the key says: a plain secret may begin with the same letters. */
function isSealed(value: string, keys: SecretKeys): boolean {
  if (!isStoredSecret(value, 'sealed')) return false
  try {
    keys.unseal(value)
    return true
  } catch {
    return false
  }
}

/** The plain form of what comes by import or restore, where sealed secrets may be plain already. */
export function toPlainForm(type: EntityType, entity: StoredEntity, keys: SecretKeys): StoredEntity {
  const plain = { ...entity }
  for (const [field, kind] of secretsOf(type)) {
    const value = plain[field]
    if (kind === 'sealed' && typeof value === 'string' && isSealed(value, keys)) plain[field] = keys.unseal(value)
  }
  return plain
}

/**
 * Seals an imported entity. Where the present one has the same plain value, its sealed form is kept: sealing twice gives two texts, and
 * an import of what is there already must change nothing.
 */
export function sealImported(desired: SnapshotEntity, present: StoredEntity | undefined, keys: SecretKeys): SnapshotEntity {
  const entity = { ...desired.entity }
  for (const [field, kind] of secretsOf(desired.type)) {
    const value = entity[field]
    if (kind !== 'sealed' || typeof value !== 'string' || isSealed(value, keys)) continue
    const before = present?.[field]
    entity[field] = typeof before === 'string' && keys.unseal(before) === value ? before : keys.seal(value)
  }
  return { type: desired.type, entity }
}

/** The form for people: no secret in any form. */
export function redact(type: EntityType, entity: StoredEntity): StoredEntity {
  const shown = { ...entity }
  for (const [field] of secretsOf(type)) if (typeof shown[field] === 'string') shown[field] = REDACTED
  return shown
}

/** Both sides of a change for people: a secret that changed is said to have changed, and nothing else about it. */
export function redactPair(type: EntityType, before: StoredEntity | null, after: StoredEntity | null): { before: StoredEntity | null; after: StoredEntity | null } {
  const pair = { before: before === null ? null : redact(type, before), after: after === null ? null : redact(type, after) }
  for (const [field] of secretsOf(type)) {
    if (before === null || after === null || before[field] === after[field]) continue
    if (pair.before !== null) pair.before[field] = '(former secret)'
    if (pair.after !== null) pair.after[field] = '(new secret)'
  }
  return pair
}
