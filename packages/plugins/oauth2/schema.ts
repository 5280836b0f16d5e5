import * as z from 'zod'
import { anonymousField, realmField } from '../authentication-fields.ts'
import { definePluginSchema } from '../contract.ts'
import { redisWithTimeout } from '../redis-fields.ts'

const text = z.string().min(1).max(256)
const grant = (title: string, description: string) => z.boolean().default(false).meta({ title, description })
const secretText = (title: string, description: string) => z.string().min(32).max(1_024).nullable().default(null).meta({ title, description })

export const oauth2Schema = definePluginSchema({
  name: 'oauth2',
  title: 'OAuth 2.0',
  category: 'authentication',
  summary: 'Gives applications access tokens at /oauth2/authorize and /oauth2/token, and asks callers for them.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      token_secret: z
        .string()
        .min(32)
        .max(1_024)
        .meta({ title: 'Token secret', description: 'Seals codes and tokens; at least 32 characters that nobody can guess, the same on every node.' }),
      former_token_secret: secretText('Former token secret', 'What sealed the tokens before it was changed: they are taken until they end.'),
      provision_key: secretText('Provision key', 'Proves the page on which people consent; needed for all grants but client credentials. At least 32 characters.'),
      scopes: z
        .array(text.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'may have printable ASCII without blanks, quotes and \\ only' }))
        .max(128)
        .nullable()
        .default(null)
        .meta({ title: 'Scopes', description: 'What may be asked for. Unset: tokens have no scopes.' }),
      mandatory_scope: z.boolean().default(false).meta({ title: 'Scope is mandatory', description: 'A token has at least one of the scopes.' }),
      enable_authorization_code: grant('Authorization code', 'Applications get a code for who consents, and a token for the code.'),
      enable_client_credentials: grant('Client credentials', 'Applications get tokens in their own name.'),
      enable_implicit_grant: grant('Implicit grant', 'Applications get a token at once, in an address. RFC 9700 2.1.2: not for new applications.'),
      enable_password_grant: grant('Password grant', 'Applications get tokens for a username that somebody has checked. RFC 9700 2.4: not for new applications.'),
      pkce: z
        .enum(['none', 'lax', 'strict'])
        .default('lax')
        .meta({ title: 'PKCE', description: 'Who has to prove by RFC 7636 (S256) that a code is theirs. lax: public clients. strict: all. none: nobody.' }),
      token_expiration: z.int().min(1).max(31_536_000).default(7_200).meta({ title: 'Token lifetime', description: 'How long an access token lasts.', unit: 's' }),
      refresh_token_ttl: z
        .int()
        .min(0)
        .max(100_000_000)
        .default(1_209_600)
        .meta({ title: 'Refresh token lifetime', description: 'How long a refresh token lasts. 0: there are none.', unit: 's' }),
      reuse_refresh_token: z.boolean().default(false).meta({
        title: 'Reuse refresh tokens',
        description: 'A refresh token is good until it ends. Off: each is good once, and one that comes again ends all that came of the same consent; that takes a Redis.',
      }),
      redis: redisWithTimeout('refresh tokens and codes that are good once'),
      global_credentials: z.boolean().default(false).meta({
        title: 'Global credentials',
        description: 'Tokens of this plugin are good at all plugins that say so with the same token secret. Off: for the service that gave them.',
      }),
      accept_http_if_already_terminated: z
        .boolean()
        .default(false)
        .meta({ title: 'TLS ends in front', description: 'Take a request for https that a trusted proxy says it came by (X-Forwarded-Proto).' }),
      auth_header_name: z
        .string()
        .max(128)
        .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { error: "may have letters, digits and !#$%&'*+-.^_`|~ only" })
        .default('authorization')
        .meta({ title: 'Header', description: 'Where the access token stands, after “Bearer ”.' }),
      hide_credentials: z.boolean().default(true).meta({ title: 'Hide credentials', description: 'Take the token out of the request before it goes upstream.' }),
      anonymous: anonymousField('without a good token'),
      realm: realmField,
    })
    .superRefine((config, context) => {
      const issue = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
      const forPeople = config.enable_authorization_code || config.enable_implicit_grant || config.enable_password_grant
      if (!forPeople && !config.enable_client_credentials) issue(['enable_authorization_code'], 'at least one grant must be on')
      if (forPeople && config.provision_key === null) issue(['provision_key'], 'is needed for this grant')
      if (config.mandatory_scope && (config.scopes === null || config.scopes.length === 0)) issue(['scopes'], 'must have some where a scope is mandatory')
      const refreshes = (config.enable_authorization_code || config.enable_password_grant) && config.refresh_token_ttl > 0
      if (refreshes && !config.reuse_refresh_token && config.redis.host === null) {
        issue(['redis', 'host'], 'is needed where refresh tokens are good once: nodes remember in Redis which came. Or set reuse_refresh_token, or refresh_token_ttl to 0')
      }
      if (config.redis.username !== null && config.redis.password === null) issue(['redis', 'password'], 'is needed with a username')
    }),
})
