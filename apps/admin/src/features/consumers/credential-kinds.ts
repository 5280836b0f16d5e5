import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { jwtSecretSchema, oauth2CredentialSchema } from '@sluice/shared/entities/consumer'
import { ENTITIES } from '@sluice/shared/entities/registry'
import * as z from 'zod'

export const CREDENTIAL_TYPES = ['keyauth_credential', 'basicauth_credential', 'hmacauth_credential', 'jwt_secret', 'oauth2_credential', 'acl'] as const
export type CredentialType = (typeof CREDENTIAL_TYPES)[number]

export interface CredentialKind {
  type: CredentialType
  title: string
  /** The button that adds one. */
  add: string
  /** What one of them is called in its list when it has no name. */
  one: string
  /** The plugin that asks for it. */
  plugin: string
  /** The fields of its list, besides the time and the tags. */
  columns: readonly { field: string; title: string }[]
  /** The secret that is shown once, and how it is called then. */
  secret: { field: string; label: string } | null
  schema: z.ZodType
}

/** The control plane makes a key where none is written, which the entity's schema cannot know. */
const jwtForm = z.strictObject({
  ...jwtSecretSchema.shape,
  key: z.string().max(256).optional().meta({ title: 'Key', description: 'What the claim iss (or key_claim_name) must say; unique. Empty: Sluice makes a random one.' }),
})

const applicationForm = z.strictObject({
  ...oauth2CredentialSchema.shape,
  client_id: z.string().max(256).optional().meta({ title: 'Client id', description: 'What the application calls itself; unique. Empty: Sluice makes a random one.' }),
})

const schemaOf = (type: CredentialType) => ENTITIES[type].schema as z.ZodType

export const CREDENTIAL_KINDS: readonly CredentialKind[] = [
  {
    type: 'keyauth_credential',
    title: 'Keys',
    add: 'Add key',
    one: 'key',
    plugin: 'key-auth',
    columns: [{ field: 'ttl', title: 'Lives for' }],
    secret: { field: 'key', label: 'New key' },
    schema: schemaOf('keyauth_credential'),
  },
  {
    type: 'basicauth_credential',
    title: 'Usernames with passwords',
    add: 'Add username',
    one: 'username',
    plugin: 'basic-auth',
    columns: [{ field: 'username', title: 'Username' }],
    secret: { field: 'password', label: 'New password' },
    schema: schemaOf('basicauth_credential'),
  },
  {
    type: 'hmacauth_credential',
    title: 'HMAC secrets',
    add: 'Add HMAC secret',
    one: 'HMAC secret',
    plugin: 'hmac-auth',
    columns: [{ field: 'username', title: 'Username' }],
    secret: { field: 'secret', label: 'New HMAC secret' },
    schema: schemaOf('hmacauth_credential'),
  },
  {
    type: 'jwt_secret',
    title: 'JWT secrets',
    add: 'Add JWT secret',
    one: 'JWT secret',
    plugin: 'jwt',
    columns: [
      { field: 'key', title: 'Key' },
      { field: 'algorithm', title: 'Algorithm' },
    ],
    secret: { field: 'secret', label: 'New JWT secret' },
    schema: jwtForm,
  },
  {
    type: 'oauth2_credential',
    title: 'OAuth 2.0 applications',
    add: 'Add application',
    one: 'application',
    plugin: 'oauth2',
    columns: [
      { field: 'name', title: 'Name' },
      { field: 'client_id', title: 'Client id' },
      { field: 'client_type', title: 'Type' },
    ],
    secret: { field: 'client_secret', label: 'New client secret' },
    schema: applicationForm,
  },
  {
    type: 'acl',
    title: 'ACL groups',
    add: 'Add ACL group',
    one: 'ACL group',
    plugin: 'acl',
    columns: [{ field: 'group', title: 'Group' }],
    secret: null,
    schema: schemaOf('acl'),
  },
]

/** Whether anything in this version asks for the credential; what a plugin of this Sluice does, its nodes do. */
export function isAskedFor(kind: Pick<CredentialKind, 'plugin'>, plugins: Readonly<Record<string, unknown>> = PLUGIN_SCHEMAS): boolean {
  return Object.hasOwn(plugins, kind.plugin)
}

/** What there is to know before one adds such a credential: what uses it, or that nothing does. */
export function usedByText(kind: CredentialKind, plugins: Readonly<Record<string, unknown>> = PLUGIN_SCHEMAS): string {
  const isAsked = isAskedFor(kind, plugins)
  if (kind.type === 'acl')
    return isAsked ? `The plugin ${kind.plugin} lets callers pass or refuses them by these; canary plugins can choose by them.` : 'Canary plugins can choose by them.'
  return isAsked ? `The plugin ${kind.plugin} asks for them.` : `They are kept and sent to the nodes. This version has no plugin ${kind.plugin}, so nothing asks for them yet.`
}

/** A value of a row in the list of a kind. */
export function cellText(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return field === 'ttl' ? 'ever' : '–'
  return field === 'ttl' ? `${Number(value).toLocaleString('en')} s` : String(value)
}
