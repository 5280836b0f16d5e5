import { createHash } from 'node:crypto'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWSAlgorithm, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { HttpClient } from '../contract.ts'
import type { Claims } from './claims.ts'

/** What a provider tells of itself (OpenID Connect Discovery 1.0, 3). */
export interface Metadata {
  issuer: string
  authorization_endpoint: string | null
  token_endpoint: string | null
  introspection_endpoint: string | null
  end_session_endpoint: string | null
  jwks_uri: string | null
}

export interface ProviderSettings {
  issuer: string
  overrides: Partial<Record<keyof Metadata, string>>
  extraJwks: readonly string[]
  /** What tokens may name as their issuer, which the document may name too; null for the issuer alone. */
  issuers: readonly string[] | null
  /** Seconds by which clocks may differ. */
  leeway: number
  timeoutMs: number
  verifiesHost: boolean
  ttlMs: number
  /** The shortest time between two looks for new keys. */
  rediscoveryMs: number
}

interface State {
  metadata: Metadata
  keys: ReturnType<typeof createLocalJWKSet>
  /** Equal where the keys are. */
  digest: string
  loadedAtMs: number
}

/** Thrown where the provider cannot be asked or says nothing that can be used: nobody is proved wrong by that. */
export class ProviderFailure extends Error {}
/** Thrown where a token is not good. */
export class InvalidToken extends Error {}

const DISCOVERY_PATH = '/.well-known/openid-configuration'
const DOCUMENT_BYTES_MAX = 262_144
const KEYS_MAX = 64
/** After a failure nobody asks again for so long, where nothing is known yet. */
const FAILURE_HOLD_MS = 1_000
/** Tokens that were verified, for each provider. */
const TOKENS_MAX = 8_192
const TOKEN_LENGTH_MAX = 16_384
/** Asymmetric alone: a key that is public must not count as a secret (RFC 8725 3.1). */
const ALGORITHMS: JWSAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const withoutSlash = (text: string) => text.replace(/\/$/, '')

/** A provider with its keys, looked up once for all who use it, and remembered. */
export class Provider {
  readonly #settings: ProviderSettings
  readonly #http: HttpClient
  readonly #nowMs: () => number
  readonly #verified = new LRUCache<string, Claims>({ max: TOKENS_MAX })
  #state: State | null = null
  #loading: Promise<State> | null = null
  #triedAtMs = Number.NEGATIVE_INFINITY
  /** When a token last named a key that was not known, and the keys were looked up again for it. */
  #missedAtMs = Number.NEGATIVE_INFINITY
  #failure: ProviderFailure | null = null

  constructor(settings: ProviderSettings, outside: { http: HttpClient; nowMs: () => number }) {
    this.#settings = settings
    this.#http = outside.http
    this.#nowMs = outside.nowMs
  }

  async metadata(): Promise<Metadata> {
    return (await this.#current()).metadata
  }

  /** The claims of a token that was verified before and is still good, without waiting; null where it has to be verified. */
  known(token: string): Claims | null {
    const claims = this.#verified.get(digestOf(token))
    return claims === undefined || Number(claims.exp) * 1000 <= this.#nowMs() ? null : claims
  }

  /** The claims of a good token: signature, times and issuer. Rejects with InvalidToken or ProviderFailure. */
  async verify(token: string): Promise<Claims> {
    const { leeway, issuers } = this.#settings
    if (token.length > TOKEN_LENGTH_MAX) throw new InvalidToken('it is too long')
    const { metadata } = await this.#current()
    const options = {
      algorithms: ALGORITHMS,
      clockTolerance: leeway,
      currentDate: new Date(this.#nowMs()),
      requiredClaims: ['exp', 'iss'],
      issuer: issuers === null ? metadata.issuer : [...issuers],
    }
    try {
      const { payload } = await jwtVerify(token, this.#keyFor, options)
      this.#verified.set(digestOf(token), payload)
      return payload
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new InvalidToken(error.code)
      if (error instanceof ProviderFailure) throw error
      throw new InvalidToken('it cannot be read')
    }
  }

  readonly #keyFor: JWTVerifyGetKey = async (header, token) => {
    const state = await this.#current()
    try {
      return await state.keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.#nowMs() - this.#missedAtMs < this.#settings.rediscoveryMs) throw error
      this.#missedAtMs = this.#nowMs()
      return (await this.#load()).keys(header, token)
    }
  }

  /** What is known; where it is old, a look for news is begun that nobody waits for. */
  #current(): State | Promise<State> {
    const state = this.#state
    const now = this.#nowMs()
    if (state === null) return this.#failure !== null && now - this.#triedAtMs < FAILURE_HOLD_MS ? Promise.reject(this.#failure) : this.#load()
    const isOld = now - state.loadedAtMs > this.#settings.ttlMs && now - this.#triedAtMs > this.#settings.rediscoveryMs
    if (isOld) this.#load().catch(() => {})
    return state
  }

  #load(): Promise<State> {
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = null
    })
    return this.#loading
  }

  async #fetch(): Promise<State> {
    this.#triedAtMs = this.#nowMs()
    try {
      const metadata = await this.#discover()
      const places = [...(metadata.jwks_uri === null ? [] : [metadata.jwks_uri]), ...this.#settings.extraJwks]
      const lists = await Promise.all(places.map((place) => this.#keysAt(place)))
      const keys = lists.flat().slice(0, KEYS_MAX) as JSONWebKeySet['keys']
      const digest = digestOf(JSON.stringify(keys))
      // A key that is gone may have been stolen: what it signed is looked at anew.
      if (this.#state?.digest !== digest) this.#verified.clear()
      this.#state = { metadata, keys: createLocalJWKSet({ keys }), digest, loadedAtMs: this.#nowMs() }
      this.#failure = null
      return this.#state
    } catch (error) {
      this.#failure = new ProviderFailure(error instanceof Error ? error.message : String(error))
      throw this.#failure
    }
  }

  async #discover(): Promise<Metadata> {
    const { issuer, overrides, issuers } = this.#settings
    const base = withoutSlash(issuer.endsWith(DISCOVERY_PATH) ? issuer.slice(0, -DISCOVERY_PATH.length) : issuer)
    const document = await this.#documentAt(`${base}${DISCOVERY_PATH}`)
    const named = document.issuer
    if (typeof named !== 'string') throw new Error('the discovery document names no issuer')
    if (issuers === null && withoutSlash(named) !== base) throw new Error(`the discovery document is of another issuer: ${named.slice(0, 200)}`)
    const endpoint = (name: Exclude<keyof Metadata, 'issuer'>) => overrides[name] ?? (typeof document[name] === 'string' ? document[name] : null)
    return {
      issuer: named,
      authorization_endpoint: endpoint('authorization_endpoint'),
      token_endpoint: endpoint('token_endpoint'),
      introspection_endpoint: endpoint('introspection_endpoint'),
      end_session_endpoint: endpoint('end_session_endpoint'),
      jwks_uri: endpoint('jwks_uri'),
    }
  }

  async #keysAt(url: string): Promise<unknown[]> {
    const { keys } = await this.#documentAt(url)
    if (!Array.isArray(keys)) throw new Error('there are no keys where the keys should be')
    return keys.filter(isRecord)
  }

  async #documentAt(url: string): Promise<Record<string, unknown>> {
    const { timeoutMs, verifiesHost } = this.#settings
    const { status, body } = await this.#http.ask({ url, method: 'GET', timeoutMs, maxBytes: DOCUMENT_BYTES_MAX, verifiesHost })
    if (status !== 200) throw new Error(`${new URL(url).pathname} was answered with ${status}`)
    const document: unknown = JSON.parse(body)
    if (!isRecord(document)) throw new Error(`${new URL(url).pathname} is no JSON object`)
    return document
  }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('base64')

/** Providers that were used last. Over revisions and for all plugins of a worker, so that a new configuration asks nobody anything. */
const PROVIDERS = new LRUCache<string, Provider>({ max: 64 })

export function providerFor(settings: ProviderSettings, outside: { http: HttpClient; nowMs: () => number }): Provider {
  const key = JSON.stringify(settings)
  const present = PROVIDERS.get(key)
  if (present !== undefined) return present
  const made = new Provider(settings, outside)
  PROVIDERS.set(key, made)
  return made
}
