import { createHash, timingSafeEqual } from 'node:crypto'
import type * as z from 'zod'
import type { ConsumerView, CredentialView, PluginEnvironment, PluginExchange, PluginReply } from '../contract.ts'
import { RedisUnavailableError } from '../contract.ts'
import type { Parameters } from './parameters.ts'
import type { oauth2Schema } from './schema.ts'
import { type Grant, randomId, type TokenSealer } from './sealed-token.ts'
import type { UsedOnce } from './used-once.ts'

type Config = z.output<typeof oauth2Schema.config>

export interface Client {
  consumer: ConsumerView
  credential: CredentialView
}

/** RFC 6749 4.1.2.1 and 5.2, in Kong's words. */
export class OauthError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, description: string, status = 400) {
    super(description)
    this.code = code
    this.status = status
  }
}

/** RFC 6749 4.1.2 recommends at most ten minutes; a browser needs seconds. */
const CODE_MS = 60_000
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
/** RFC 7636 4.1. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/
const USER_BYTES_MAX = 256

const sha256 = (text: string) => createHash('sha256').update(text).digest()
/** Both sides as hashes of one length, so that the clock tells nothing of either. */
export const isSame = (a: string, b: string) => timingSafeEqual(sha256(a), sha256(b))

const mismatch = () => new OauthError('invalid_request', 'Invalid redirect_uri that does not match with any redirect_uri created with the application')
const invalidClient = (isHeader: boolean) => new OauthError('invalid_client', 'Invalid client authentication', isHeader ? 401 : 400)

/** What happens at /oauth2/authorize and /oauth2/token. */
export class Grants {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #sealer: TokenSealer
  readonly #used: UsedOnce

  constructor(config: Config, environment: PluginEnvironment, parts: { sealer: TokenSealer; used: UsedOnce }) {
    this.#config = config
    this.#environment = environment
    this.#sealer = parts.sealer
    this.#used = parts.used
  }

  clientOf(id: string | undefined): Client | null {
    return id === undefined || id === '' ? null : this.#environment.credentials.find('oauth2_credential', id)
  }

  /** Where the browser goes that has consented: with a code, a token, or what is wrong. Throws OauthError where that cannot be told there. */
  authorize(exchange: PluginExchange, given: Parameters): string {
    this.#checkProvisionKey(given)
    const user = userOf(given)
    const client = this.clientOf(given.get('client_id'))
    if (client === null) throw invalidClient(false)
    const redirectUri = redirectUriOf(client, given.get('redirect_uri'))
    const answer = this.#attempt(() => this.#authorized(exchange, given, { client, user, redirectUri }))
    const state = given.get('state')
    const fields = new URLSearchParams(state === undefined ? answer : { ...answer, state })
    const url = new URL(redirectUri)
    // Tokens go behind #, which browsers send nobody (RFC 6749 4.2.2).
    if (given.get('response_type') === 'token' && answer.error === undefined) return `${url.href}#${fields}`
    for (const [name, value] of fields) url.searchParams.set(name, value)
    return url.href
  }

  #attempt(work: () => Record<string, string>): Record<string, string> {
    try {
      return work()
    } catch (error) {
      if (error instanceof OauthError) return { error: error.code, error_description: error.message }
      throw error
    }
  }

  #authorized(exchange: PluginExchange, given: Parameters, who: { client: Client; user: string; redirectUri: string }): Record<string, string> {
    const { enable_authorization_code, enable_implicit_grant, token_expiration } = this.#config
    const type = given.get('response_type')
    const isCode = type === 'code' && enable_authorization_code
    if (!isCode && !(type === 'token' && enable_implicit_grant)) throw new OauthError('unsupported_response_type', 'Invalid response_type')
    const scope = this.#scopeOf(given)
    const grant = this.#grant(exchange, who.client, { user: who.user, scope, lastsMs: isCode ? CODE_MS : token_expiration * 1000 })
    if (!isCode) return { access_token: this.#sealer.seal('access', grant), token_type: 'bearer', expires_in: String(token_expiration) }
    return { code: this.#sealer.seal('code', { ...grant, redirectUri: who.redirectUri, challenge: this.#challengeOf(given, who.client) }) }
  }

  #challengeOf(given: Parameters, { credential }: Client): string | null {
    const challenge = given.get('code_challenge')
    if (challenge === undefined) {
      if (this.#needsProof(credential)) throw new OauthError('invalid_request', `code_challenge is required for ${credential.fields.client_type} clients`)
      return null
    }
    if (given.get('code_challenge_method') !== 'S256') throw new OauthError('invalid_request', 'code_challenge_method is not supported, must be S256')
    if (!CHALLENGE.test(challenge)) throw new OauthError('invalid_request', 'code_challenge is not valid')
    return challenge
  }

  #needsProof({ fields }: CredentialView): boolean {
    return this.#config.pkce === 'strict' || (this.#config.pkce === 'lax' && fields.client_type === 'public')
  }

  /** The answer to a request for a token (RFC 6749 5.1). Rejects with OauthError, and with RedisUnavailableError where nobody can say what was used. */
  async issue(exchange: PluginExchange, given: Parameters): Promise<Record<string, unknown>> {
    const { enable_authorization_code, enable_client_credentials, enable_password_grant } = this.#config
    const type = given.get('grant_type')
    const client = this.#authenticated(exchange, given)
    if (type === 'authorization_code' && enable_authorization_code) return this.#byCode(exchange, given, client)
    if (type === 'client_credentials' && enable_client_credentials) return this.#byItself(exchange, given, client)
    if (type === 'refresh_token') return this.#byRefresh(exchange, given, client)
    if (type === 'password' && enable_password_grant) return this.#byUser(exchange, given, client)
    throw new OauthError('unsupported_grant_type', 'Invalid grant_type')
  }

  /** RFC 6749 2.3.1: by the header or by parameters, never both. A public client has nothing to prove itself by but PKCE. */
  #authenticated(exchange: PluginExchange, given: Parameters): Client {
    const header = exchange.requestHeaders.get('authorization')
    const basic = header === null ? null : basicOf(header)
    const isHeader = basic !== null
    if (isHeader && given.has('client_secret')) throw invalidClient(true)
    const id = basic?.id ?? given.get('client_id')
    const secret = basic?.secret ?? given.get('client_secret')
    const client = this.clientOf(id)
    const isPublic = client?.credential.fields.client_type === 'public'
    const isRight = isSame(String(client?.credential.fields.client_secret), `sha256:${sha256(secret ?? '').toString('hex')}`)
    if (client === null || (secret === undefined ? !isPublic : !isRight)) throw invalidClient(isHeader)
    if (isPublic && given.get('grant_type') === 'client_credentials') throw invalidClient(isHeader)
    return client
  }

  async #byCode(exchange: PluginExchange, given: Parameters, client: Client): Promise<Record<string, unknown>> {
    const code = this.#opened('code', given.get('code'), client, exchange)
    if (code === null) throw new OauthError('invalid_request', 'Invalid code')
    if (given.get('redirect_uri') !== undefined && given.get('redirect_uri') !== code.redirectUri) throw mismatch()
    const verifier = given.get('code_verifier')
    if (code.challenge === null && this.#needsProof(client.credential)) throw new OauthError('invalid_grant', 'code_verifier is required')
    if (code.challenge !== null) {
      if (verifier === undefined) throw new OauthError('invalid_grant', 'code_verifier is required')
      if (!VERIFIER.test(verifier) || !isSame(sha256(verifier).toString('base64url'), code.challenge)) throw new OauthError('invalid_grant', 'code_verifier is not valid')
    }
    // Only who could use it uses it up.
    if ((await this.#used.use(code)) !== 'first') throw new OauthError('invalid_request', 'Invalid code')
    return this.#tokens(exchange, client, { user: code.user, scope: code.scope, family: code.family, refreshes: true })
  }

  #byItself(exchange: PluginExchange, given: Parameters, client: Client): Record<string, unknown> {
    const named = given.get('authenticated_userid')
    if (named !== undefined) this.#checkProvisionKey(given)
    return this.#tokens(exchange, client, { user: named === undefined ? null : userOf(given), scope: this.#scopeOf(given), family: randomId(), refreshes: false })
  }

  #byUser(exchange: PluginExchange, given: Parameters, client: Client): Record<string, unknown> {
    this.#checkProvisionKey(given)
    return this.#tokens(exchange, client, { user: userOf(given), scope: this.#scopeOf(given), family: randomId(), refreshes: true })
  }

  async #byRefresh(exchange: PluginExchange, given: Parameters, client: Client): Promise<Record<string, unknown>> {
    const { reuse_refresh_token: reuses } = this.#config
    const token = given.get('refresh_token')
    const refresh = this.#opened('refresh', token, client, exchange)
    if (refresh === null) throw new OauthError('invalid_request', 'Invalid refresh_token')
    const held = refresh.scope?.split(' ') ?? []
    const wanted = given.get('scope')?.split(' ') ?? held
    if (wanted.some((scope) => !held.includes(scope))) throw new OauthError('invalid_scope', 'Scope mismatch')
    if (!reuses && (await this.#used.use(refresh)) !== 'first') throw new OauthError('invalid_request', 'Invalid refresh_token')
    const made = this.#tokens(exchange, client, { user: refresh.user, scope: wanted.join(' ') || null, family: refresh.family, refreshes: !reuses, heldScope: refresh.scope })
    return reuses ? { ...made, refresh_token: token } : made
  }

  #opened(kind: 'code' | 'refresh', text: string | undefined, { credential }: Client, exchange: PluginExchange): Grant | null {
    const grant = text === undefined ? null : this.#sealer.open(kind, text, this.#environment.clock.nowMs())
    return grant !== null && grant.credential === credential.id && this.isOfService(grant, exchange) ? grant : null
  }

  isOfService(grant: Grant, exchange: PluginExchange): boolean {
    return grant.service === this.#serviceOf(exchange)
  }

  #serviceOf({ service, route }: PluginExchange): string | null {
    return this.#config.global_credentials ? null : (service?.id ?? route.id)
  }

  #grant(exchange: PluginExchange, client: Client, what: { user: string | null; scope: string | null; lastsMs: number; family?: string }): Grant {
    const id = randomId()
    return {
      client: client.credential.identifier,
      credential: client.credential.id,
      service: this.#serviceOf(exchange),
      user: what.user,
      scope: what.scope,
      untilMs: this.#environment.clock.nowMs() + what.lastsMs,
      id,
      family: what.family ?? id,
      redirectUri: null,
      challenge: null,
    }
  }

  #tokens(
    exchange: PluginExchange,
    client: Client,
    what: { user: string | null; scope: string | null; family: string; refreshes: boolean; heldScope?: string | null },
  ): Record<string, unknown> {
    const { token_expiration, refresh_token_ttl } = this.#config
    const access = this.#grant(exchange, client, { ...what, lastsMs: token_expiration * 1000 })
    const answer = { access_token: this.#sealer.seal('access', access), token_type: 'bearer', expires_in: token_expiration, ...(what.scope === null ? {} : { scope: what.scope }) }
    if (!what.refreshes || refresh_token_ttl === 0) return answer
    const scope = what.heldScope === undefined ? what.scope : what.heldScope
    const refresh = this.#grant(exchange, client, { ...what, scope, lastsMs: refresh_token_ttl * 1000 })
    return { ...answer, refresh_token: this.#sealer.seal('refresh', refresh) }
  }

  #checkProvisionKey(given: Parameters): void {
    const { provision_key: key } = this.#config
    if (key === null || !isSame(given.get('provision_key') ?? '', key)) throw new OauthError('invalid_provision_key', 'Invalid provision_key')
  }

  #scopeOf(given: Parameters): string | null {
    const { scopes, mandatory_scope } = this.#config
    const asked = (given.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
    if (asked.length === 0 && mandatory_scope) throw new OauthError('invalid_scope', 'You must specify a scope')
    if (scopes === null) return null
    const unknown = asked.find((scope) => !scopes.includes(scope))
    if (unknown !== undefined) throw new OauthError('invalid_scope', `"${unknown.slice(0, 128)}" is an invalid scope`)
    return asked.length === 0 ? null : [...new Set(asked)].join(' ')
  }
}

/** Who has consented, as the page says that proves itself by the provision key. */
function userOf(given: Parameters): string {
  const user = given.get('authenticated_userid') ?? ''
  if (user.trim() === '') throw new OauthError('invalid_authenticated_userid', 'Missing authenticated_userid parameter')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it becomes a field value.
  if (/[\x00-\x1f\x7f]/.test(user) || Buffer.byteLength(user) > USER_BYTES_MAX) throw new OauthError('invalid_authenticated_userid', 'Invalid authenticated_userid parameter')
  return user
}

/** To the letter (RFC 9700 2.1). Where none is named, the first that is registered. */
function redirectUriOf({ credential }: Client, named: string | undefined): string {
  const { redirect_uris: registered } = credential.fields
  const uris = Array.isArray(registered) ? registered.filter((uri): uri is string => typeof uri === 'string') : []
  const uri = named ?? uris[0]
  if (uri === undefined || !uris.includes(uri)) throw mismatch()
  return uri
}

function basicOf(header: string): { id: string; secret: string } | null {
  const encoded = /^\s*basic\s+([A-Za-z0-9+/]+=*)\s*$/i.exec(header)?.[1]
  if (encoded === undefined) return null
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 1) return null
  const plain = (text: string) => new URLSearchParams(`v=${text}`).get('v') ?? text
  const [id, secret] = [decoded.slice(0, colon), decoded.slice(colon + 1)]
  // RFC 6749 2.3.1 has both parts encoded as in a form, which many clients leave out; what needs no encoding reads the same both ways.
  return /[%+]/.test(decoded) ? { id: plain(id), secret: plain(secret) } : { id, secret }
}

const HEADERS = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }

export const answerOf = (body: Record<string, unknown>): PluginReply => ({ kind: 'json', status: 200, body, headers: HEADERS })

export function errorReply(error: unknown): PluginReply | null {
  if (error instanceof RedisUnavailableError) {
    const body = { error: 'temporarily_unavailable', error_description: 'Tokens cannot be given at present' }
    return { kind: 'json', status: 503, body, headers: { ...HEADERS, 'Retry-After': '1' } }
  }
  if (!(error instanceof OauthError)) return null
  const headers = error.status === 401 ? { ...HEADERS, 'WWW-Authenticate': 'Basic realm="OAuth2.0"' } : HEADERS
  return { kind: 'json', status: error.status, body: { error: error.code, error_description: error.message }, headers }
}
