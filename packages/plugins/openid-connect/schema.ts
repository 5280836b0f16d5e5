import * as z from 'zod'
import { anonymousField } from '../authentication-fields.ts'
import { definePluginSchema } from '../contract.ts'

const token = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { error: "may have letters, digits and !#$%&'*+-.^_`|~ only" })
const url = z
  .string()
  .max(2_048)
  .refine((text) => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''), { error: 'must be a URL that begins with http:// or https://' })
const claimPath = z.array(z.string().min(1).max(256)).min(1).max(8)
const names = z.array(z.string().min(1).max(512)).max(64)
const one = <T extends z.ZodType>(entry: T) => z.array(entry).min(1).max(1, { error: 'this version has one client: a single entry' })
const endpoint = (title: string, description: string) => url.nullable().default(null).meta({ title, description })
const required = (title: string, what: string) =>
  names
    .nullable()
    .default(null)
    .meta({ title, description: `${what} One entry is enough; of an entry with blanks every part is needed. Unset: not asked for.` })
const pathOf = (title: string, description: string, fallback: string[]) => claimPath.default(fallback).meta({ title, description })
const seconds = (fallback: number, max: number) => z.int().min(1).max(max).default(fallback)

export const OIDC_METHODS = ['bearer', 'introspection', 'authorization_code', 'session'] as const

const fields = {
  issuer: url.meta({ title: 'Issuer', description: 'The provider, as its tokens name it, or where its discovery document is.' }),
  auth_methods: z.array(z.enum(OIDC_METHODS)).min(1).max(4).default(['bearer']).meta({
    title: 'Methods',
    description:
      'bearer: signed access tokens. introspection: other tokens, which the provider is asked about. authorization_code: sends browsers to sign in. session: knows them again.',
  }),
  client_id: one(z.string().min(1).max(512))
    .nullable()
    .default(null)
    .meta({ title: 'Client id', description: 'The gateway, as the provider knows it; for everything but bearer.' }),
  client_secret: one(z.string().min(1).max(1_024))
    .nullable()
    .default(null)
    .meta({ title: 'Client secret', description: 'Proves the gateway to the provider. Unset: a public client.' }),
  client_auth: one(z.enum(['client_secret_basic', 'client_secret_post', 'none']))
    .nullable()
    .default(null)
    .meta({ title: 'Client authentication', description: 'How the secret is sent. Unset: client_secret_basic where there is one, else none.' }),
  scopes: names.default(['openid']).meta({ title: 'Scopes', description: 'Asked for at sign-in.' }),
  redirect_uri: one(url)
    .nullable()
    .default(null)
    .meta({ title: 'Redirect URI', description: 'Where the provider sends browsers back to; this plugin must run there. Unset: where they came from.' }),
  authorization_endpoint: endpoint('Authorization endpoint', 'In place of the one that the provider tells.'),
  token_endpoint: endpoint('Token endpoint', 'In place of the one that the provider tells.'),
  introspection_endpoint: endpoint('Introspection endpoint', 'In place of the one that the provider tells.'),
  end_session_endpoint: endpoint('End-session endpoint', 'In place of the one that the provider tells.'),
  jwks_endpoint: endpoint('JWKS endpoint', 'In place of the one that the provider tells.'),
  extra_jwks_uris: z.array(url).max(4).nullable().default(null).meta({ title: 'Extra JWKS', description: 'More places with keys that are trusted as the issuer’s.' }),
  authorization_query_args_names: names
    .nullable()
    .default(null)
    .meta({ title: 'Query argument names', description: 'Arguments that are added at sign-in, such as audience or prompt.' }),
  authorization_query_args_values: names.nullable().default(null).meta({ title: 'Query argument values', description: 'Their values, in the same order.' }),
  issuers_allowed: names.nullable().default(null).meta({ title: 'Issuers allowed', description: 'What the claim iss may say. Unset: the issuer alone.' }),
  audience_required: required('Audience required', 'What the audience must have.'),
  audience_claim: pathOf('Audience claim', 'Where the audience stands in the claims.', ['aud']),
  scopes_required: required('Scopes required', 'Scopes that a token must have.'),
  scopes_claim: pathOf('Scopes claim', 'Where scopes stand in the claims.', ['scope']),
  roles_required: required('Roles required', 'Roles that a caller must have.'),
  roles_claim: pathOf('Roles claim', 'Where roles stand in the claims.', ['roles']),
  groups_required: required('Groups required', 'Groups that a caller must be in.'),
  groups_claim: pathOf('Groups claim', 'Where groups stand in the claims.', ['groups']),
  claims_forbidden: names.nullable().default(null).meta({ title: 'Claims forbidden', description: 'Claims that a token must not have.' }),
  consumer_claim: claimPath
    .nullable()
    .default(null)
    .meta({ title: 'Consumer claim', description: 'Where the name of the consumer stands in the claims. Unset: callers need be no consumers.' }),
  consumer_by: z
    .array(z.enum(['id', 'username', 'custom_id']))
    .min(1)
    .max(3)
    .default(['username', 'custom_id'])
    .meta({ title: 'Consumer by', description: 'Fields of consumers in which that name is looked for, in turn.' }),
  consumer_optional: z.boolean().default(false).meta({ title: 'Consumer optional', description: 'Callers pass although no consumer has that name.' }),
  credential_claim: pathOf('Credential claim', 'Where X-Credential-Identifier comes from.', ['sub']),
  authenticated_groups_claim: claimPath.nullable().default(null).meta({ title: 'Authenticated groups claim', description: 'Where the groups stand that the plugin acl goes by.' }),
  bearer_token_param_type: z
    .array(z.enum(['header', 'query', 'body', 'cookie']))
    .min(1)
    .max(4)
    .default(['header', 'query', 'body'])
    .meta({ title: 'Token places', description: 'Where an access token may stand: Authorization, the argument access_token, a field of that name in a form, a cookie.' }),
  bearer_token_header_name: token.nullable().default(null).meta({ title: 'Token header', description: 'A header with the token alone, looked at before Authorization.' }),
  bearer_token_cookie_name: token.nullable().default(null).meta({ title: 'Token cookie', description: 'The cookie with the token, where it may stand in one.' }),
  introspect_jwt_tokens: z
    .boolean()
    .default(false)
    .meta({ title: 'Introspect signed tokens', description: 'Ask the provider about signed tokens too, so that one that was revoked is refused.' }),
  introspection_hint: z.string().min(1).max(64).default('access_token').meta({ title: 'Introspection hint', description: 'What the provider is told that the token is.' }),
  cache_introspection: z
    .boolean()
    .default(true)
    .meta({ title: 'Cache introspection', description: 'Remember what the provider said of a token. A token that is revoked works as long.' }),
  cache_ttl: z
    .int()
    .min(1)
    .max(86_400)
    .default(3_600)
    .meta({ title: 'Cache lifetime', description: 'How long keys, discovery and what is known of a token are remembered at most; a token never longer than it lasts.', unit: 's' }),
  cache_ttl_neg: z
    .int()
    .min(0)
    .max(3_600)
    .nullable()
    .default(null)
    .meta({ title: 'Negative cache lifetime', description: 'How long it is remembered that a token is not active. Unset: 10 s.', unit: 's' }),
  rediscovery_lifetime: z
    .int()
    .min(1)
    .max(3_600)
    .default(30)
    .meta({ title: 'Rediscovery', description: 'The shortest time between two looks for new keys, however many tokens name one that is not known.', unit: 's' }),
  leeway: z.int().min(0).max(600).default(0).meta({ title: 'Leeway', description: 'By how much clocks may differ.', unit: 's' }),
  timeout: z.int().min(1).max(60_000).default(10_000).meta({ title: 'Timeout', description: 'How long a request waits for one answer of the provider.', unit: 'ms' }),
  ssl_verify: z.boolean().default(true).meta({ title: 'Verify the provider', description: 'Its certificate must be good for its name.' }),
  upstream_access_token_header: z
    .string()
    .max(160)
    .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(:bearer)?$/, { error: 'must be the name of a header, with :bearer for “Bearer ” in front of the token' })
    .nullable()
    .default('authorization:bearer')
    .meta({ title: 'Access token upstream', description: 'The header with the access token. Unset: the upstream gets none.' }),
  upstream_id_token_header: token.nullable().default(null).meta({ title: 'ID token upstream', description: 'The header with the ID token of who signed in. Unset: none.' }),
  upstream_headers_claims: names.nullable().default(null).meta({ title: 'Claims upstream', description: 'Claims that the upstream gets in headers.' }),
  upstream_headers_names: z
    .array(token)
    .max(64)
    .nullable()
    .default(null)
    .meta({ title: 'Headers of claims', description: 'Names of these headers, in the same order. What a caller sends under them never passes.' }),
  hide_credentials: z
    .boolean()
    .default(true)
    .meta({ title: 'Hide credentials', description: 'Take tokens and our cookies out of the request; the access token goes on as configured above.' }),
  session_secret: z
    .string()
    .min(32)
    .max(1_024)
    .nullable()
    .default(null)
    .meta({ title: 'Session secret', description: 'Seals the cookies; at least 32 characters, the same on every node. A new one ends all sessions.' }),
  session_cookie_name: token.default('session').meta({ title: 'Session cookie', description: 'Its name.' }),
  session_cookie_path: z
    .string()
    .max(512)
    .regex(/^\/[\x21-\x3a\x3c-\x7e]*$/, { error: 'must be a path without ;' })
    .default('/')
    .meta({ title: 'Cookie path', description: 'Where browsers send the cookies.' }),
  session_cookie_domain: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9.-]+$/, { error: 'must be a domain' })
    .nullable()
    .default(null)
    .meta({ title: 'Cookie domain', description: 'Unset: the host alone.' }),
  session_cookie_same_site: z.enum(['Lax', 'Strict', 'None']).default('Lax').meta({ title: 'Same site', description: 'Which requests of other sites carry the session.' }),
  session_cookie_secure: z.boolean().nullable().default(null).meta({ title: 'Secure', description: 'Over https alone. Unset: where the request came so.' }),
  session_idling_timeout: seconds(900, 2_592_000).meta({ title: 'Idling timeout', description: 'A session ends that nobody uses for so long.', unit: 's' }),
  session_absolute_timeout: seconds(86_400, 31_536_000).meta({ title: 'Absolute timeout', description: 'A session ends then, and before that with its access token.', unit: 's' }),
  authorization_cookie_name: token.default('authorization').meta({ title: 'Sign-in cookie', description: 'The cookie of a sign-in in progress.' }),
  authorization_rolling_timeout: seconds(600, 86_400).meta({ title: 'Sign-in timeout', description: 'How long a sign-in may take.', unit: 's' }),
  logout_uri_suffix: z.string().min(1).max(256).nullable().default(null).meta({ title: 'Logout path', description: 'A path that ends so ends the session.' }),
  logout_query_arg: z.string().min(1).max(128).nullable().default(null).meta({ title: 'Logout argument', description: 'A query argument that ends the session.' }),
  logout_methods: z
    .array(z.enum(['DELETE', 'GET', 'POST']))
    .min(1)
    .max(3)
    .default(['DELETE', 'POST'])
    .meta({ title: 'Logout methods', description: 'With which methods. GET can be made by any page.' }),
  logout_redirect_uri: one(url).nullable().default(null).meta({ title: 'After logout', description: 'Where browsers go then.' }),
  anonymous: anonymousField('who prove nothing'),
  run_on_preflight: z.boolean().default(true).meta({ title: 'Run on preflight', description: 'Ask for a token on OPTIONS requests too.' }),
  unauthorized_error_message: z.string().min(1).max(512).default('Unauthorized').meta({ title: 'Text of 401', description: 'What callers are told who prove nothing.' }),
  forbidden_error_message: z.string().min(1).max(512).default('Forbidden').meta({ title: 'Text of 403', description: 'What callers are told who lack something.' }),
}

type Fields = z.output<z.ZodObject<typeof fields>>
const needsClient = ({ auth_methods }: Fields) => auth_methods.includes('authorization_code') || auth_methods.includes('introspection')
const needsSession = ({ auth_methods }: Fields) => auth_methods.includes('authorization_code') || auth_methods.includes('session')

export const openidConnectSchema = definePluginSchema({
  name: 'openid-connect',
  title: 'OpenID Connect',
  category: 'authentication',
  summary: 'Asks callers for an access token of an OpenID provider, or sends browsers there to sign in.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject(fields)
    .refine((config) => !needsClient(config) || config.client_id !== null, { path: ['client_id'], error: 'is needed for introspection and authorization_code' })
    .refine((config) => !needsSession(config) || config.session_secret !== null, { path: ['session_secret'], error: 'is needed for authorization_code and session' })
    .refine((config) => !config.auth_methods.includes('authorization_code') || config.auth_methods.includes('session'), {
      path: ['auth_methods'],
      error: 'must have session where it has authorization_code: who has signed in must be known again',
    })
    .refine((config) => !config.auth_methods.includes('authorization_code') || config.scopes.includes('openid'), {
      path: ['scopes'],
      error: 'must have openid where browsers sign in',
    })
    .refine((config) => config.client_auth === null || config.client_auth[0] === 'none' || config.client_secret !== null, {
      path: ['client_secret'],
      error: 'is needed for this client_auth',
    })
    .refine((config) => !config.introspect_jwt_tokens || config.auth_methods.includes('introspection'), {
      path: ['introspect_jwt_tokens'],
      error: 'needs introspection in auth_methods',
    })
    .refine((config) => (config.upstream_headers_claims?.length ?? 0) === (config.upstream_headers_names?.length ?? 0), {
      path: ['upstream_headers_names'],
      error: 'must have as many entries as upstream_headers_claims',
    })
    .refine((config) => (config.authorization_query_args_names?.length ?? 0) === (config.authorization_query_args_values?.length ?? 0), {
      path: ['authorization_query_args_values'],
      error: 'must have as many entries as authorization_query_args_names',
    })
    .refine((config) => !config.bearer_token_param_type.includes('cookie') || config.bearer_token_cookie_name !== null, {
      path: ['bearer_token_cookie_name'],
      error: 'is needed where a token may stand in a cookie',
    })
    .refine((config) => config.session_cookie_name !== config.authorization_cookie_name, { path: ['authorization_cookie_name'], error: 'must differ from session_cookie_name' }),
})
