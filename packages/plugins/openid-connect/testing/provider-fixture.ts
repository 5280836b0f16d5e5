import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { HttpAnswer, HttpClient, HttpQuestion } from '../../contract.ts'

interface SigningKey {
  kid: string
  privateKey: CryptoKey
  jwk: object
}

export async function makeKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

let made = 0

/** A provider as the contract's HTTP client sees it: what it was asked, and what it answers. */
export class ProviderFixture {
  /** Each has its own, since what is known of an issuer lasts longer than a plugin. */
  readonly issuer: string
  readonly asked: HttpQuestion[] = []
  keys: SigningKey[] = []
  /** Set: every question fails with it. */
  failure: Error | null = null
  document: Record<string, unknown>
  /** Answers to POSTs, by path. */
  readonly posts = new Map<string, (form: URLSearchParams, question: HttpQuestion) => { status: number; body: unknown }>()
  /** Until it is resolved, nothing is answered. */
  gate: Promise<void> = Promise.resolve()

  constructor() {
    made += 1
    this.issuer = `https://idp${made}.test`
    this.document = {
      issuer: this.issuer,
      jwks_uri: `${this.issuer}/jwks`,
      authorization_endpoint: `${this.issuer}/auth`,
      token_endpoint: `${this.issuer}/token`,
      introspection_endpoint: `${this.issuer}/introspect`,
      end_session_endpoint: `${this.issuer}/end`,
    }
  }

  get http(): HttpClient {
    return { ask: (question) => this.#answer(question) }
  }

  /** How often a path was asked. */
  count(path: string): number {
    return this.asked.filter(({ url }) => new URL(url).pathname === path).length
  }

  async #answer(question: HttpQuestion): Promise<HttpAnswer> {
    this.asked.push(question)
    await this.gate
    if (this.failure !== null) throw this.failure
    const { pathname } = new URL(question.url)
    const json = (body: unknown, status = 200) => ({ status, mediaType: 'application/json', body: typeof body === 'string' ? body : JSON.stringify(body) })
    if (pathname === '/.well-known/openid-configuration') return json(this.document)
    if (pathname === '/jwks') return json({ keys: this.keys.map(({ jwk }) => jwk) })
    const post = this.posts.get(pathname)?.(new URLSearchParams(question.body), question)
    return post === undefined ? json({}, 404) : json(post.body, post.status)
  }

  /** A token with the claims of an access token, unless others are given. */
  sign(claims: JWTPayload, key: SigningKey | undefined = this.keys[0], header: object = {}): Promise<string> {
    if (key === undefined) throw new Error('the provider has no key')
    return new SignJWT({ iss: this.issuer, sub: 'anna', ...claims }).setProtectedHeader({ alg: 'ES256', kid: key.kid, ...header }).sign(key.privateKey)
  }
}
