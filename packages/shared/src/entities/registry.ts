import type * as z from 'zod'
import { caCertificateSchema, certificateSchema, sniSchema } from './certificate.ts'
import {
  aclSchema,
  basicauthCredentialSchema,
  consumerGroupSchema,
  consumerSchema,
  hmacauthCredentialSchema,
  jwtSecretSchema,
  keyauthCredentialSchema,
  oauth2CredentialSchema,
} from './consumer.ts'
import { pluginSchema } from './plugin.ts'
import { routeSchema } from './route.ts'
import type { SecretKind } from './secret.ts'
import { serviceSchema } from './service.ts'
import { targetSchema, upstreamSchema } from './upstream.ts'

/** What happens to an entity when the one that it refers to is deleted: `refuse` keeps both and lists them, `cascade` deletes it too. */
export type OnDelete = 'refuse' | 'cascade'

interface EntityKind<S extends z.ZodType> {
  schema: S
  /** Key in the declarative format and name in the API. */
  plural: string
  /** The field that people call it by, or null where it has none. */
  label: string | null
  /** Sets of fields that are unique in a workspace (null values never clash). A reference counts by its id. */
  unique: readonly (readonly string[])[]
  refs: Readonly<Record<string, { type: string; onDelete: OnDelete }>>
  secrets: Readonly<Record<string, SecretKind>>
  /** Fields that are lists of ids of `type`. `detach`: when one of them is deleted, it is taken out of the list. */
  lists?: Readonly<Record<string, { type: string; onDelete: 'refuse' | 'detach' }>>
}

const kind = <S extends z.ZodType>(definition: EntityKind<S>): EntityKind<S> => definition
const ofConsumer = { consumer: { type: 'consumer', onDelete: 'cascade' } } as const

/**
 * Every configuration entity, in the order in which they are created (what is referred to comes first); deletion goes backwards.
 * Types, validation, forms, storage, import and documentation are derived from this one table.
 */
export const ENTITIES = {
  ca_certificate: kind({ schema: caCertificateSchema, plural: 'ca_certificates', label: null, unique: [['cert_digest']], refs: {}, secrets: {} }),
  certificate: kind({ schema: certificateSchema, plural: 'certificates', label: null, unique: [], refs: {}, secrets: { key: 'sealed', key_alt: 'sealed' } }),
  sni: kind({ schema: sniSchema, plural: 'snis', label: 'name', unique: [['name']], refs: { certificate: { type: 'certificate', onDelete: 'cascade' } }, secrets: {} }),
  upstream: kind({
    schema: upstreamSchema,
    plural: 'upstreams',
    label: 'name',
    unique: [['name']],
    refs: { client_certificate: { type: 'certificate', onDelete: 'refuse' } },
    secrets: {},
  }),
  target: kind({
    schema: targetSchema,
    plural: 'targets',
    label: 'target',
    unique: [['upstream', 'target']],
    refs: { upstream: { type: 'upstream', onDelete: 'cascade' } },
    secrets: {},
  }),
  service: kind({
    schema: serviceSchema,
    plural: 'services',
    label: 'name',
    unique: [['name']],
    refs: { client_certificate: { type: 'certificate', onDelete: 'refuse' } },
    secrets: {},
    lists: { ca_certificates: { type: 'ca_certificate', onDelete: 'refuse' } },
  }),
  route: kind({ schema: routeSchema, plural: 'routes', label: 'name', unique: [['name']], refs: { service: { type: 'service', onDelete: 'refuse' } }, secrets: {} }),
  consumer_group: kind({ schema: consumerGroupSchema, plural: 'consumer_groups', label: 'name', unique: [['name']], refs: {}, secrets: {} }),
  consumer: kind({
    schema: consumerSchema,
    plural: 'consumers',
    label: 'username',
    unique: [['username'], ['custom_id']],
    refs: {},
    secrets: {},
    lists: { groups: { type: 'consumer_group', onDelete: 'detach' } },
  }),
  keyauth_credential: kind({ schema: keyauthCredentialSchema, plural: 'keyauth_credentials', label: null, unique: [['key']], refs: ofConsumer, secrets: { key: 'hashed' } }),
  basicauth_credential: kind({
    schema: basicauthCredentialSchema,
    plural: 'basicauth_credentials',
    label: 'username',
    unique: [['username']],
    refs: ofConsumer,
    secrets: { password: 'password' },
  }),
  hmacauth_credential: kind({
    schema: hmacauthCredentialSchema,
    plural: 'hmacauth_credentials',
    label: 'username',
    unique: [['username']],
    refs: ofConsumer,
    secrets: { secret: 'sealed' },
  }),
  jwt_secret: kind({ schema: jwtSecretSchema, plural: 'jwt_secrets', label: 'key', unique: [['key']], refs: ofConsumer, secrets: { secret: 'sealed' } }),
  oauth2_credential: kind({
    schema: oauth2CredentialSchema,
    plural: 'oauth2_credentials',
    label: 'name',
    unique: [['client_id']],
    refs: ofConsumer,
    secrets: { client_secret: 'hashed' },
  }),
  acl: kind({ schema: aclSchema, plural: 'acls', label: 'group', unique: [['consumer', 'group']], refs: ofConsumer, secrets: {} }),
  plugin: kind({
    schema: pluginSchema,
    plural: 'plugins',
    label: 'name',
    unique: [['instance_name']],
    refs: {
      service: { type: 'service', onDelete: 'cascade' },
      route: { type: 'route', onDelete: 'cascade' },
      consumer: { type: 'consumer', onDelete: 'cascade' },
      consumer_group: { type: 'consumer_group', onDelete: 'cascade' },
    },
    secrets: {},
  }),
} as const

export type EntityType = keyof typeof ENTITIES
export const ENTITY_TYPES = Object.keys(ENTITIES) as EntityType[]

/** An entity's fields as its schema gives them, without `id`. */
export type EntityFields<T extends EntityType = EntityType> = z.infer<(typeof ENTITIES)[T]['schema']>
/** An entity as it is stored, listed and sent to nodes: its fields and its `id`. */
export type Entity<T extends EntityType = EntityType> = { id: string } & EntityFields<T>

/** The field of a plugin's configuration that has ids of CA certificates, as Kong's plugins call it. One that is deleted there would end in nobody being trusted. */
export const CA_CERTIFICATES_FIELD = 'ca_certificates'

function referencesOfConfig(config: unknown): { path: string; type: EntityType; id: string }[] {
  const ids = (config as Readonly<Record<string, unknown>> | null | undefined)?.[CA_CERTIFICATES_FIELD]
  if (!Array.isArray(ids)) return []
  return ids.flatMap((id: unknown, index) => (typeof id === 'string' ? [{ path: `config.${CA_CERTIFICATES_FIELD}[${index}]`, type: 'ca_certificate' as const, id }] : []))
}

/** What an entity refers to: the path of each reference, the type and the id it names. */
export function referencesOf(type: EntityType, entity: Readonly<Record<string, unknown>>): { path: string; type: EntityType; id: string }[] {
  const { refs, lists } = ENTITIES[type] as EntityKind<z.ZodType>
  const single = Object.entries(refs).flatMap(([field, ref]) => {
    const value = entity[field] as { id: string } | null | undefined
    return value === null || value === undefined ? [] : [{ path: field, type: ref.type as EntityType, id: value.id }]
  })
  const listed = Object.entries(lists ?? {}).flatMap(([field, ref]) =>
    ((entity[field] as string[] | null | undefined) ?? []).map((id, index) => ({ path: `${field}[${index}]`, type: ref.type as EntityType, id })),
  )
  return [...single, ...listed, ...(type === 'plugin' ? referencesOfConfig(entity.config) : [])]
}

/** The lists that may hold ids of `target`: whose they are and what happens when one is deleted. */
export function listsOf(target: EntityType): { type: EntityType; field: string; onDelete: 'refuse' | 'detach' }[] {
  return ENTITY_TYPES.flatMap((type) =>
    Object.entries((ENTITIES[type] as EntityKind<z.ZodType>).lists ?? {}).flatMap(([field, list]) => (list.type === target ? [{ type, field, onDelete: list.onDelete }] : [])),
  )
}

export function isEntityType(text: string): text is EntityType {
  return Object.hasOwn(ENTITIES, text)
}
