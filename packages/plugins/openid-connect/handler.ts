import type * as z from 'zod'
import { Authentication } from '../authentication.ts'
import { type CredentialView, definePluginHandler, type MaybePromise, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { type Claims, claimAt, headerOf, meets, textsOf } from './claims.ts'
import { OidcClient } from './client.ts'
import { InvalidToken, type Provider, ProviderFailure, providerFor } from './provider.ts'
import { openidConnectSchema } from './schema.ts'
import { chunkNames, parseCookies } from './sealed-cookie.ts'
import { type Answer, type Session, SignIn } from './sign-in.ts'
import { mayBeInBody, type TokenPlaces, tokenInBody, tokenInHead } from './token-places.ts'

type Config = z.output<typeof openidConnectSchema.config>
type Outcome = PluginReply | undefined

/** Who calls, as a token or a session proves it. */
interface Identity {
  claims: Claims
  accessToken: string
  idToken: string | null
}

const FAILED: PluginReply = { kind: 'error', status: 500, message: 'An unexpected error occurred' }
const NEGATIVE_MS = 10_000
/** Three parts of base64url: what may be a signed token (RFC 7515 7.1). */
const SIGNED = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

const clientOf = (config: Config, provider: Provider, { http }: PluginEnvironment) => {
  const secret = config.client_secret?.[0] ?? null
  const settings = {
    id: config.client_id?.[0] ?? '',
    secret,
    authentication: config.client_auth?.[0] ?? (secret === null ? ('none' as const) : ('client_secret_basic' as const)),
    timeoutMs: config.timeout,
    verifiesHost: config.ssl_verify,
    cacheMs: config.cache_introspection ? config.cache_ttl * 1000 : 0,
    negativeMs: !config.cache_introspection ? 0 : config.cache_ttl_neg === null ? NEGATIVE_MS : config.cache_ttl_neg * 1000,
    hint: config.introspection_hint,
  }
  return new OidcClient(settings, provider, { http, issuer: config.issuer })
}

function providerOf(config: Config, { http, clock }: PluginEnvironment): Provider {
  const { authorization_endpoint, token_endpoint, introspection_endpoint, end_session_endpoint, jwks_endpoint: jwks_uri } = config
  const given = Object.entries({ authorization_endpoint, token_endpoint, introspection_endpoint, end_session_endpoint, jwks_uri }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  )
  const settings = {
    issuer: config.issuer,
    overrides: Object.fromEntries(given),
    extraJwks: config.extra_jwks_uris ?? [],
    issuers: config.issuers_allowed,
    leeway: config.leeway,
    timeoutMs: config.timeout,
    verifiesHost: config.ssl_verify,
    ttlMs: config.cache_ttl * 1000,
    rediscoveryMs: config.rediscovery_lifetime * 1000,
  }
  return providerFor(settings, { http, nowMs: () => clock.nowMs() })
}

class OpenidConnect {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #authentication: Authentication
  readonly #provider: Provider
  readonly #client: OidcClient
  readonly #signIn: SignIn | null
  readonly #places: TokenPlaces
  readonly #methods: ReadonlySet<string>
  readonly #ownCookies: ReadonlySet<string>
  readonly #owned: readonly string[]
  readonly #cookies = new WeakMap<PluginExchange, string[]>()

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#authentication = new Authentication(config.anonymous, environment)
    this.#methods = new Set(config.auth_methods)
    this.#provider = providerOf(config, environment)
    this.#client = clientOf(config, this.#provider, environment)
    const parts = { provider: this.#provider, client: this.#client, nowMs: () => environment.clock.nowMs() }
    this.#signIn = this.#methods.has('session') ? new SignIn(config, parts) : null
    this.#places = {
      kinds: new Set(config.bearer_token_param_type),
      headerName: config.bearer_token_header_name,
      cookieName: config.bearer_token_cookie_name,
      hides: config.hide_credentials,
    }
    this.#ownCookies = new Set([...chunkNames(config.session_cookie_name), ...chunkNames(config.authorization_cookie_name)])
    const access = config.upstream_access_token_header?.split(':')[0] ?? null
    // What the upstream learns from us there must not come from the caller; Authorization is another scheme's too.
    const ours = [...(config.upstream_headers_names ?? []), config.upstream_id_token_header, access?.toLowerCase() === 'authorization' ? null : access]
    this.#owned = ours.filter((name): name is string => name !== null)
  }

  onRequest(exchange: PluginExchange): MaybePromise<Outcome> {
    if (!this.#config.run_on_preflight && exchange.method === 'OPTIONS') {
      this.#removeOwned(exchange)
      return this.#authentication.passUnasked(exchange)
    }
    const cookies = this.#methods.has('session') || this.#places.kinds.has('cookie') ? parseCookies(exchange.requestHeaders.getAll('cookie')) : new Map<string, string>()
    const isSettled = this.#authentication.isSettled(exchange)
    const token = isSettled ? null : tokenInHead(exchange, this.#places, cookies)
    this.#removeOwned(exchange)
    if (isSettled) return undefined
    if (token !== null) return this.#bearer(exchange, token)
    if (mayBeInBody(exchange, this.#places))
      return tokenInBody(exchange, this.#places).then((found) => (found === null ? this.#browser(exchange, cookies) : this.#bearer(exchange, found)))
    return this.#browser(exchange, cookies)
  }

  onResponse(exchange: PluginExchange): void {
    const lines = this.#cookies.get(exchange)
    if (lines === undefined) return
    for (const line of lines) exchange.responseHeaders.add('Set-Cookie', line)
    exchange.responseHeaders.set('Cache-Control', 'no-store')
  }

  #removeOwned(exchange: PluginExchange): void {
    for (const name of this.#owned) exchange.requestHeaders.remove(name)
    if (!this.#config.hide_credentials || this.#signIn === null) return
    const lines = exchange.requestHeaders.getAll('cookie')
    const pairs = lines.flatMap((line) => line.split(';')).map((pair) => pair.trim())
    const kept = pairs.filter((pair) => !this.#ownCookies.has(pair.slice(0, Math.max(0, pair.indexOf('='))).trim()))
    if (kept.length === pairs.length) return
    if (kept.length === 0) exchange.requestHeaders.remove('cookie')
    else exchange.requestHeaders.set('Cookie', kept.join('; '))
  }

  #bearer(exchange: PluginExchange, token: string): MaybePromise<Outcome> {
    const isSigned = SIGNED.test(token) && !this.#config.introspect_jwt_tokens && this.#methods.has('bearer')
    const known = isSigned ? this.#provider.known(token) : null
    if (known !== null) return this.#admit(exchange, { claims: known, accessToken: token, idToken: null })
    if (!isSigned && !this.#methods.has('introspection')) return this.#refuse(exchange, 'invalid_token')
    return this.#guard(exchange, async () => {
      const claims = isSigned ? await this.#provider.verify(token) : await this.#introspect(token)
      return this.#admit(exchange, { claims, accessToken: token, idToken: null })
    })
  }

  async #introspect(token: string): Promise<Claims> {
    const { clock } = this.#environment
    const claims = await this.#client.introspect(token, () => clock.nowMs())
    if (claims === null) throw new InvalidToken('it is not active')
    const now = clock.nowMs() / 1000
    const { leeway, issuers_allowed: issuers } = this.#config
    if (typeof claims.exp === 'number' && claims.exp + leeway <= now) throw new InvalidToken('it is over')
    if (typeof claims.nbf === 'number' && claims.nbf - leeway > now) throw new InvalidToken('it is not valid yet')
    if (issuers !== null && typeof claims.iss === 'string' && !issuers.includes(claims.iss)) throw new InvalidToken('it is of another issuer')
    return claims
  }

  /** A request without a token: of a browser that comes back, has signed in, or has to. */
  #browser(exchange: PluginExchange, cookies: ReadonlyMap<string, string>): MaybePromise<Outcome> {
    const signIn = this.#signIn
    if (signIn === null) return this.#refuse(exchange, null)
    if (signIn.isLogout(exchange)) return this.#guard(exchange, async () => this.#answer(exchange, await signIn.logOut(exchange, cookies)))
    const pending = this.#methods.has('authorization_code') ? signIn.pendingOf(exchange, cookies) : null
    if (pending !== null) {
      return this.#guard(exchange, async () => {
        // Once tried, a sign-in is over, however it ends.
        this.#cookies.set(exchange, signIn.abandon(exchange, cookies))
        return this.#answer(exchange, await signIn.finish(exchange, pending, cookies).catch((error: unknown) => this.#tellFailed(error)))
      })
    }
    const session = signIn.sessionOf(cookies)
    if (session !== null) return this.#resume(exchange, session, cookies)
    const isSafe = exchange.method === 'GET' || exchange.method === 'HEAD'
    if (!isSafe || this.#config.anonymous !== null || !this.#methods.has('authorization_code')) return this.#refuse(exchange, null)
    return this.#guard(exchange, async () => this.#answer(exchange, await signIn.begin(exchange, cookies)))
  }

  /** Only who began a sign-in gets to here, so nobody fills the log. */
  #tellFailed(error: unknown): never {
    if (error instanceof InvalidToken) this.#environment.log('warn', 'a sign-in failed', { issuer: this.#config.issuer, reason: error.message })
    throw error
  }

  #resume(exchange: PluginExchange, session: Session, cookies: ReadonlyMap<string, string>): Outcome {
    const { claims, accessToken, idToken } = session
    const lines = this.#signIn?.touch(exchange, session, cookies) ?? []
    if (lines.length > 0) this.#cookies.set(exchange, lines)
    return this.#admit(exchange, { claims, accessToken, idToken })
  }

  #answer(exchange: PluginExchange, { reply, cookies }: Answer): PluginReply {
    this.#cookies.set(exchange, cookies)
    return reply
  }

  /** A token that is no good is refused; a provider that says nothing proves nothing, so nobody passes, not even as the anonymous consumer. */
  async #guard(exchange: PluginExchange, work: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof InvalidToken) return this.#refuse(exchange, 'invalid_token')
      if (!(error instanceof ProviderFailure)) throw error
      this.#environment.log('error', 'the OpenID provider could not be asked', { issuer: this.#config.issuer, reason: error.message })
      return FAILED
    }
  }

  #admit(exchange: PluginExchange, identity: Identity): Outcome {
    const { claims } = identity
    if (!this.#isAllowed(claims)) return this.#forbid(exchange)
    const named = claimAt(claims, this.#config.credential_claim)
    const name = headerOf(named)
    const credential: CredentialView = { id: name ?? '', identifier: name ?? '', fields: {} }
    if (!this.#identify(exchange, claims, credential)) return this.#forbid(exchange)
    const { authenticated_groups_claim: groups } = this.#config
    if (groups !== null) exchange.authenticatedGroups = textsOf(claimAt(claims, groups))
    this.#tellUpstream(exchange, identity)
    return undefined
  }

  #isAllowed(claims: Claims): boolean {
    const { audience_required, audience_claim, scopes_required, scopes_claim, roles_required, roles_claim, groups_required, groups_claim, claims_forbidden } = this.#config
    const has = (required: readonly string[] | null, path: readonly string[]) => required === null || required.length === 0 || meets(required, textsOf(claimAt(claims, path)))
    return (
      has(audience_required, audience_claim) &&
      has(scopes_required, scopes_claim) &&
      has(roles_required, roles_claim) &&
      has(groups_required, groups_claim) &&
      !(claims_forbidden ?? []).some((name) => Object.hasOwn(claims, name))
    )
  }

  /** False where a consumer is asked for and there is none. */
  #identify(exchange: PluginExchange, claims: Claims, credential: CredentialView): boolean {
    const { consumer_claim: path, consumer_by: fields, consumer_optional } = this.#config
    const name = path === null ? null : claimAt(claims, path)
    const { credentials } = this.#environment
    const consumer = typeof name === 'string' ? fields.map((field) => credentials.consumerBy(field, name)).find((found) => found !== null) : undefined
    if (consumer !== undefined) this.#authentication.accept(exchange, { consumer, credential })
    else if (path !== null && !consumer_optional) return false
    else this.#authentication.acceptStranger(exchange, credential)
    return true
  }

  #tellUpstream({ requestHeaders }: PluginExchange, { claims, accessToken, idToken }: Identity): void {
    const { upstream_access_token_header: access, upstream_id_token_header: id, upstream_headers_claims: paths, upstream_headers_names: names } = this.#config
    if (access !== null) {
      const [name = '', scheme] = access.split(':')
      const value = headerOf(accessToken)
      if (value !== null) requestHeaders.set(name, scheme === undefined ? value : `Bearer ${value}`)
    }
    if (id !== null && idToken !== null) requestHeaders.set(id, idToken)
    for (const [index, name] of (names ?? []).entries()) {
      const value = headerOf(claimAt(claims, [paths?.[index] ?? '']))
      if (value !== null) requestHeaders.set(name, value)
    }
  }

  #challenge(error: string | null): Record<string, string> {
    return { 'WWW-Authenticate': `Bearer realm="${new URL(this.#config.issuer).host}"${error === null ? '' : `, error="${error}"`}` }
  }

  #refuse(exchange: PluginExchange, error: string | null): Outcome {
    const body = { message: this.#config.unauthorized_error_message }
    return this.#authentication.refuse(exchange, { kind: 'json', status: 401, body, headers: this.#challenge(error) })
  }

  #forbid(exchange: PluginExchange): Outcome {
    const body = { message: this.#config.forbidden_error_message }
    return this.#authentication.refuse(exchange, { kind: 'json', status: 403, body, headers: this.#challenge('insufficient_scope') })
  }
}

export const openidConnectHandler = definePluginHandler(openidConnectSchema, (config, environment) => {
  const instance = new OpenidConnect(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange), onResponse: (exchange) => instance.onResponse(exchange) }
})
