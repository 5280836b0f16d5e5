import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'
import type { PluginExchange, PluginReply } from '../contract.ts'
import type { Claims } from './claims.ts'
import type { OidcClient, Tokens } from './client.ts'
import { InvalidToken, type Metadata, type Provider, ProviderFailure } from './provider.ts'
import type { openidConnectSchema } from './schema.ts'
import { type CookieSettings, readCookies, removeCookies, Sealer, setCookies } from './sealed-cookie.ts'

type Config = z.output<typeof openidConnectSchema.config>
type Cookies = ReadonlyMap<string, string>

/** A sign-in in progress, as its cookie has it. `target`: where the browser wanted to go. */
const pendingShape = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), redirectUri: z.string(), target: z.string(), untilMs: z.number() })
type Pending = z.infer<typeof pendingShape>

/** Who has signed in, as the session's cookie has it. The session ends at `untilMs`, whatever is done with it. */
const sessionShape = z.object({ claims: z.record(z.string(), z.unknown()), accessToken: z.string(), idToken: z.string(), untilMs: z.number(), seenMs: z.number() })
export type Session = z.infer<typeof sessionShape>

/** A reply with what the browser is to remember. */
export interface Answer {
  reply: PluginReply
  cookies: string[]
}

const random = () => randomBytes(32).toString('base64url')
const isSame = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
/** Idle sessions are known by what their cookie says, which is written anew after this share of the time. */
const TOUCH_SHARE = 10

export const redirectTo = (location: string): PluginReply => ({
  kind: 'raw',
  status: 302,
  body: null,
  contentType: null,
  headers: { Location: location, 'Cache-Control': 'no-store' },
})
const originOf = (exchange: PluginExchange) => `${exchange.scheme}://${exchange.host}`

/** Signing in with a code (OpenID Connect Core 3.1) and PKCE, and the sessions that come of it. All of it lives in sealed cookies. */
export class SignIn {
  readonly #config: Config
  readonly #provider: Provider
  readonly #client: OidcClient
  readonly #pending: Sealer
  readonly #sessions: Sealer
  readonly #redirect: URL | null
  readonly #nowMs: () => number

  constructor(config: Config, parts: { provider: Provider; client: OidcClient; nowMs: () => number }) {
    this.#config = config
    this.#provider = parts.provider
    this.#client = parts.client
    this.#nowMs = parts.nowMs
    const secret = config.session_secret ?? ''
    this.#pending = new Sealer(secret, `sign-in ${config.issuer} ${parts.client.id}`)
    this.#sessions = new Sealer(secret, `session ${config.issuer} ${parts.client.id}`)
    this.#redirect = config.redirect_uri === null ? null : new URL(config.redirect_uri[0] as string)
  }

  /** Sends the browser to the provider. */
  async begin(exchange: PluginExchange, cookies: Cookies): Promise<Answer> {
    const { authorization_endpoint: endpoint } = await this.#provider.metadata()
    if (endpoint === null) throw new ProviderFailure('the provider has no authorization_endpoint')
    const pending: Pending = {
      state: random(),
      nonce: random(),
      verifier: random(),
      redirectUri: this.#redirect?.href ?? `${originOf(exchange)}${exchange.rawTarget.split('?')[0]}`,
      target: exchange.rawTarget,
      untilMs: this.#nowMs() + this.#config.authorization_rolling_timeout * 1000,
    }
    const lines = setCookies(this.#pendingCookie(exchange), this.#pending.seal(pending), cookies)
    if (lines === null) throw new InvalidToken('the address is too long to come back to')
    return { reply: redirectTo(this.#authorizationUrl(endpoint, pending)), cookies: lines }
  }

  #authorizationUrl(endpoint: string, { state, nonce, verifier, redirectUri }: Pending): string {
    const { scopes, authorization_query_args_names: names, authorization_query_args_values: values } = this.#config
    const url = new URL(endpoint)
    for (const [index, name] of (names ?? []).entries()) url.searchParams.set(name, values?.[index] ?? '')
    for (const [name, value] of Object.entries({
      response_type: 'code',
      client_id: this.#client.id,
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }))
      url.searchParams.set(name, value)
    return url.href
  }

  /** The sign-in that a request comes back from, or null where it does not. */
  pendingOf(exchange: PluginExchange, cookies: Cookies): Pending | null {
    if (exchange.method !== 'GET' || exchange.query === null || !exchange.query.includes('state=')) return null
    if (this.#redirect !== null && exchange.path !== this.#redirect.pathname) return null
    const sealed = readCookies(this.#config.authorization_cookie_name, cookies)
    const pending = sealed === null ? null : pendingShape.safeParse(this.#pending.open(sealed)).data
    const state = new URLSearchParams(exchange.query).get('state') ?? ''
    return pending !== null && pending !== undefined && pending.untilMs > this.#nowMs() && isSame(state, pending.state) ? pending : null
  }

  /** Takes the provider's answer: the session, and the way back to where the browser wanted to go. */
  async finish(exchange: PluginExchange, pending: Pending, cookies: Cookies): Promise<Answer> {
    const given = new URLSearchParams(exchange.query ?? '')
    const { issuer } = await this.#provider.metadata()
    // RFC 9207: an answer of another provider is no answer.
    if (given.has('iss') && given.get('iss') !== issuer) throw new InvalidToken('the answer is of another issuer')
    const code = given.get('code')
    if (code === null || code === '') throw new InvalidToken(`the provider says: ${(given.get('error') ?? 'no code').slice(0, 64)}`)
    const tokens = await this.#client.exchange(code, pending)
    const idClaims = await this.#provider.verify(tokens.idToken)
    this.#checkIdToken(idClaims, pending)
    const session = await this.#sessionOf(tokens, idClaims)
    const lines = this.#setSession(exchange, session, cookies)
    if (lines === null) throw new InvalidToken('the tokens are too long for cookies')
    const target = `${originOf(exchange)}${pending.target}`
    return { reply: redirectTo(target), cookies: [...lines, ...this.abandon(exchange, cookies)] }
  }

  #checkIdToken(claims: Claims, { nonce }: Pending): void {
    const { aud, azp, nonce: said } = claims
    const audience = Array.isArray(aud) ? aud : [aud]
    if (!audience.includes(this.#client.id)) throw new InvalidToken('the ID token is for another client')
    if ((audience.length > 1 || azp !== undefined) && azp !== this.#client.id) throw new InvalidToken('the ID token was given to another client')
    if (typeof said !== 'string' || !isSame(said, nonce)) throw new InvalidToken('the ID token is of another sign-in')
  }

  /** What is known of who signed in: the ID token, over which a signed access token of the same subject counts for what it grants. */
  async #sessionOf(tokens: Tokens, idClaims: Claims): Promise<Session> {
    const now = this.#nowMs()
    const granted = tokens.accessToken.split('.').length === 3 ? await this.#provider.verify(tokens.accessToken).catch(() => null) : null
    const scope = tokens.scope ?? this.#config.scopes.join(' ')
    const claims = granted?.sub === idClaims.sub ? { ...idClaims, scope, ...granted } : { scope, ...idClaims }
    const { nonce: _, ...kept } = claims as Record<string, unknown>
    const lasts = Math.min(this.#config.session_absolute_timeout, tokens.expiresInS ?? Number.POSITIVE_INFINITY)
    return { claims: kept, accessToken: tokens.accessToken, idToken: tokens.idToken, untilMs: now + lasts * 1000, seenMs: now }
  }

  /** The session of a request, or null. */
  sessionOf(cookies: Cookies): Session | null {
    const sealed = readCookies(this.#config.session_cookie_name, cookies)
    const session = sealed === null ? null : sessionShape.safeParse(this.#sessions.open(sealed)).data
    if (session === null || session === undefined) return null
    const now = this.#nowMs()
    return now < session.untilMs && now - session.seenMs < this.#config.session_idling_timeout * 1000 ? session : null
  }

  /** Cookies that say that a session was used just now; none where they said so a short while ago. */
  touch(exchange: PluginExchange, session: Session, cookies: Cookies): string[] {
    const now = this.#nowMs()
    if ((now - session.seenMs) * TOUCH_SHARE < this.#config.session_idling_timeout * 1000) return []
    return this.#setSession(exchange, { ...session, seenMs: now }, cookies) ?? []
  }

  /** Cookies that end a sign-in in progress. */
  abandon(exchange: PluginExchange, cookies: Cookies): string[] {
    return removeCookies(this.#pendingCookie(exchange), cookies)
  }

  isLogout(exchange: PluginExchange): boolean {
    const { logout_methods: methods, logout_uri_suffix: suffix, logout_query_arg: argument } = this.#config
    if (!(methods as readonly string[]).includes(exchange.method)) return false
    return (suffix !== null && exchange.path.endsWith(suffix)) || (argument !== null && exchange.query !== null && new URLSearchParams(exchange.query).has(argument))
  }

  async logOut(exchange: PluginExchange, cookies: Cookies): Promise<Answer> {
    const session = this.sessionOf(cookies)
    const after = this.#config.logout_redirect_uri?.[0] ?? null
    const { end_session_endpoint: endpoint } = await this.#provider.metadata().catch((): Pick<Metadata, 'end_session_endpoint'> => ({ end_session_endpoint: null }))
    const lines = removeCookies(this.#sessionCookie(exchange, 0), cookies)
    if (endpoint === null || session === null) return { reply: after === null ? { kind: 'json', status: 200, body: { message: 'Logged out' } } : redirectTo(after), cookies: lines }
    const url = new URL(endpoint)
    url.searchParams.set('id_token_hint', session.idToken)
    url.searchParams.set('client_id', this.#client.id)
    if (after !== null) url.searchParams.set('post_logout_redirect_uri', after)
    return { reply: redirectTo(url.href), cookies: lines }
  }

  #setSession(exchange: PluginExchange, session: Session, cookies: Cookies): string[] | null {
    const maxAge = Math.max(1, Math.ceil((session.untilMs - this.#nowMs()) / 1000))
    return setCookies(this.#sessionCookie(exchange, maxAge), this.#sessions.seal(session), cookies)
  }

  #sessionCookie(exchange: PluginExchange, maxAge: number): CookieSettings {
    const { session_cookie_name: name, session_cookie_path: path, session_cookie_domain: domain, session_cookie_same_site: sameSite, session_cookie_secure: secure } = this.#config
    return { name, path, domain, sameSite, secure: secure ?? exchange.scheme === 'https', maxAge }
  }

  /** The provider's answer comes from another site, by a link: Strict would keep the cookie back. */
  #pendingCookie(exchange: PluginExchange): CookieSettings {
    const { authorization_cookie_name: name, authorization_rolling_timeout: maxAge } = this.#config
    return { ...this.#sessionCookie(exchange, maxAge), name, sameSite: 'Lax' }
  }
}
