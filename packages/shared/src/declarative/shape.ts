import { ENTITIES, ENTITY_TYPES, type EntityType } from '../entities/registry.ts'

/** Keys of Kong's format that carry something Sluice does not have yet; a document with one of them (not empty) is refused by name. */
export const UNSUPPORTED_KEYS = [
  'vaults',
  'keys',
  'key_sets',
  'partials',
  'licenses',
  'filter_chains',
  'rbac_roles',
  'custom_entities',
  'custom_plugins',
  'cloned_plugins',
  'service_packages',
  'oauth2_credentials',
  'mtls_auth_credentials',
  'degraphql_routes',
  'graphql_ratelimiting_cost_decorations',
] as const

/** Keys beside the entities that are read or known to be without meaning for a gateway. */
export const TOP_LEVEL_KEYS = ['_format_version', '_transform', '_comment', '_ignore'] as const
export const FORMAT_VERSIONS = ['1.1', '2.1', '3.0'] as const

/** Fields that Kong writes into exports and that say nothing about behaviour. */
export const IGNORED_FIELDS = ['created_at', 'updated_at', '_comment', '_ignore', 'ws_id'] as const

export const TYPE_BY_PLURAL: ReadonlyMap<string, EntityType> = new Map(ENTITY_TYPES.map((type) => [ENTITIES[type].plural, type]))

/** Children that may be written inside their parent, by the parent's type: key → (type, field that refers to the parent). */
export const NESTED: Partial<Record<EntityType, Readonly<Record<string, { type: EntityType; field: string }>>>> = {
  service: { routes: { type: 'route', field: 'service' }, plugins: { type: 'plugin', field: 'service' } },
  route: { plugins: { type: 'plugin', field: 'route' } },
  upstream: { targets: { type: 'target', field: 'upstream' } },
  certificate: { snis: { type: 'sni', field: 'certificate' } },
  consumer_group: { plugins: { type: 'plugin', field: 'consumer_group' } },
  consumer: {
    plugins: { type: 'plugin', field: 'consumer' },
    keyauth_credentials: { type: 'keyauth_credential', field: 'consumer' },
    basicauth_credentials: { type: 'basicauth_credential', field: 'consumer' },
    hmacauth_credentials: { type: 'hmacauth_credential', field: 'consumer' },
    jwt_secrets: { type: 'jwt_secret', field: 'consumer' },
    oauth2_credentials: { type: 'oauth2_credential', field: 'consumer' },
    acls: { type: 'acl', field: 'consumer' },
  },
}
