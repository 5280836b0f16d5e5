import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { HttpClient } from '../contract.ts'
import type { Claims } from './claims.ts'
import { InvalidToken, type Metadata, type Provider, ProviderFailure } from './provider.ts'

export interface ClientSettings {
  id: string
  secret: string | null
  authentication: 'client_secret_basic' | 'client_secret_post' | 'none'
  timeoutMs: number
  verifiesHost: boolean
  /** How long an answer about a token counts, and one that says that it is not active, in milliseconds; 0: not at all. */
  cacheMs: number
  negativeMs: number
  hint: string
}

interface Introspected {
  claims: Claims | null
  untilMs: number
}

export interface Tokens {
  accessToken: string
  idToken: string
  expiresInS: number | null
  scope: string | null
}

const ANSWER_BYTES_MAX = 262_144
const TOKENS_MAX = 8_192

/** RFC 6749 2.3.1: both parts are encoded as in a form before they are joined. */
const encoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)

/** What was introspected, by client and token: over revisions. Tokens stand in it as hashes. */
const INTROSPECTED = new LRUCache<string, Introspected>({ max: TOKENS_MAX })
const OPEN = new Map<string, Promise<Claims | null>>()

/** The gateway as a client of a provider. */
export class OidcClient {
  readonly #settings: ClientSettings
  readonly #provider: Provider
  readonly #http: HttpClient
  readonly #identity: string

  constructor(settings: ClientSettings, provider: Provider, outside: { http: HttpClient; issuer: string }) {
    this.#settings = settings
    this.#provider = provider
    this.#http = outside.http
    this.#identity = createHash('sha256')
      .update(JSON.stringify([outside.issuer, settings]))
      .digest('base64')
  }

  get id(): string {
    return this.#settings.id
  }

  /** What the provider says of a token (RFC 7662), null where it is not active. Several who ask about one token make one question. */
  async introspect(token: string, nowMs: () => number): Promise<Claims | null> {
    const key = createHash('sha256').update(`${this.#identity}${token}`).digest('base64')
    const known = INTROSPECTED.get(key)
    if (known !== undefined && nowMs() < known.untilMs) return known.claims
    const open = OPEN.get(key)
    if (open !== undefined) return open
    const answer = this.#introspect(token).finally(() => OPEN.delete(key))
    OPEN.set(key, answer)
    const claims = await answer
    const untilMs = nowMs() + (claims === null ? this.#settings.negativeMs : this.#settings.cacheMs)
    const endsMs = typeof claims?.exp === 'number' ? claims.exp * 1000 : Number.POSITIVE_INFINITY
    INTROSPECTED.set(key, { claims, untilMs: Math.min(untilMs, endsMs) })
    return claims
  }

  async #introspect(token: string): Promise<Claims | null> {
    const { status, claims } = await this.#post('introspection_endpoint', { token, token_type_hint: this.#settings.hint })
    if (status !== 200) throw new ProviderFailure(`the introspection endpoint answered ${status}`)
    return claims.active === true ? claims : null
  }

  /** Tokens for a code (RFC 6749 4.1.3 with RFC 7636). InvalidToken where the provider does not take the code. */
  async exchange(code: string, { redirectUri, verifier }: { redirectUri: string; verifier: string }): Promise<Tokens> {
    const { status, claims } = await this.#post('token_endpoint', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier })
    if (status >= 400 && status < 500) throw new InvalidToken(`the code was refused: ${String(claims.error).slice(0, 64)}`)
    const { access_token: accessToken, id_token: idToken, expires_in: expiresIn, scope } = claims
    if (status !== 200 || typeof accessToken !== 'string' || typeof idToken !== 'string') throw new ProviderFailure(`the token endpoint answered ${status} without tokens`)
    return { accessToken, idToken, expiresInS: typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn : null, scope: typeof scope === 'string' ? scope : null }
  }

  async #post(endpoint: Exclude<keyof Metadata, 'issuer'>, form: Record<string, string>): Promise<{ status: number; claims: Claims }> {
    const { id, secret, authentication, timeoutMs, verifiesHost } = this.#settings
    const url = (await this.#provider.metadata())[endpoint]
    if (url === null) throw new ProviderFailure(`the provider has no ${endpoint}`)
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
    const fields = new URLSearchParams(form)
    if (authentication === 'client_secret_basic') headers.authorization = `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret ?? '')}`).toString('base64')}`
    else fields.set('client_id', id)
    if (authentication === 'client_secret_post') fields.set('client_secret', secret ?? '')
    try {
      const { status, body } = await this.#http.ask({ url, method: 'POST', headers, body: fields.toString(), timeoutMs, maxBytes: ANSWER_BYTES_MAX, verifiesHost })
      const parsed: unknown = body === '' ? {} : JSON.parse(body)
      return { status, claims: typeof parsed === 'object' && parsed !== null ? (parsed as Claims) : {} }
    } catch (error) {
      throw new ProviderFailure(`${endpoint}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
