import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { Browser } from './browser.ts'

const CLIENT = { id: 'gate', secret: 'secret-of-the-gate-in-tests' }
const API = 'https://api.shop.test'

/** A provider of npm's oidc-provider on a free port of loopback, with one client, which may sign people in and ask for tokens of its own. */
export class OpenidProvider {
  static readonly client = CLIENT
  static readonly api = API
  readonly issuer: string
  /** Requests by path. */
  readonly asked = new Map<string, number>()
  readonly #server: Server
  #provider: Provider | null = null
  readonly #redirectUris: string[]

  private constructor(server: Server, redirectUris: string[]) {
    this.#server = server
    this.#redirectUris = redirectUris
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(redirectUris: string[]): Promise<OpenidProvider> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const made = new OpenidProvider(server, redirectUris)
    server.on('request', (request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? ''
      made.asked.set(path, (made.asked.get(path) ?? 0) + 1)
      made.#provider?.callback()(request, response)
    })
    await made.rotate()
    return made
  }

  count(path: string): number {
    return this.asked.get(path) ?? 0
  }

  /** New signing keys in place of the former; who has signed in is forgotten. */
  async rotate(): Promise<void> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    this.#provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          grant_types: ['authorization_code', 'client_credentials'],
          response_types: ['code'],
          redirect_uris: this.#redirectUris,
          post_logout_redirect_uris: ['http://shop.test/bye'],
        },
      ],
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
      cookies: { keys: ['cookie-key-of-tests'] },
      scopes: ['openid', 'read', 'write'],
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@shop.test`, groups: ['staff'] }) }),
      claims: { openid: ['sub', 'email', 'groups'] },
      conformIdTokenClaims: false,
      features: {
        clientCredentials: { enabled: true },
        introspection: { enabled: true },
        revocation: { enabled: true },
        rpInitiatedLogout: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => undefined,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({ scope: 'read write', audience: API, accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'RS256' } } }),
        },
      },
    })
  }

  /** A token that the client asked for in its own name: signed for the API, or opaque. */
  async token(kind: 'signed' | 'opaque', scope = 'read'): Promise<string> {
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(kind === 'signed' ? { resource: API, scope } : {}) })
    const answer = (await (await this.#post('/token', form)).json()) as { access_token?: string }
    if (answer.access_token === undefined) throw new Error(JSON.stringify(answer))
    return answer.access_token
  }

  async revoke(token: string): Promise<void> {
    await this.#post('/token/revocation', new URLSearchParams({ token }))
  }

  #post(path: string, form: URLSearchParams): Promise<Response> {
    const basic = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')
    return fetch(`${this.issuer}${path}`, { method: 'POST', body: form, headers: { authorization: `Basic ${basic}` } })
  }

  /** What a person does from the provider's first page to the address that the browser is sent back to. */
  async signIn(authorizationUrl: string, username: string): Promise<string> {
    const browser = new Browser()
    let answer = await browser.get(authorizationUrl)
    for (let step = 0; step < 12; step += 1) {
      const { location } = answer
      if (location !== null && !location.startsWith(this.issuer)) return location
      if (location !== null) answer = await browser.get(location)
      else {
        const action = /action="([^"]+)"/.exec(answer.body)?.[1]
        const prompt = /name="prompt" value="([^"]+)"/.exec(answer.body)?.[1]
        if (action === undefined || prompt === undefined) throw new Error(`no form: ${answer.status} ${answer.body.slice(0, 300)}`)
        answer = await browser.post(action, new URLSearchParams({ prompt, login: username, password: 'any' }))
      }
    }
    throw new Error('the provider never came to an end')
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
}
