import type * as z from 'zod'
import { Authentication, challenge } from '../authentication.ts'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { BUSY, PasswordChecks } from './password-checks.ts'
import { basicAuthSchema } from './schema.ts'

type Config = z.output<typeof basicAuthSchema.config>
type Owner = NonNullable<ReturnType<PluginEnvironment['credentials']['find']>>

interface Given {
  header: string
  username: string
  password: Uint8Array
}

const BASIC = /^\s*basic\s+([A-Za-z0-9+/_-]+={0,2})\s*$/i
const COLON = 0x3a

const BUSY_REPLY: PluginReply = { kind: 'error', status: 503, message: 'Too many passwords are being checked', headers: { 'Retry-After': '1' } }

/** One for all instances of a worker: what it remembers holds for each of them, and over revisions. */
const CHECKS = new PasswordChecks()

function readHeader(exchange: PluginExchange, header: string): Given | null {
  const value = exchange.requestHeaders.get(header)
  const encoded = value === null ? null : BASIC.exec(value)
  if (encoded === null) return null
  const decoded = Buffer.from(encoded[1] as string, 'base64')
  // The password may have colons, the username may not (RFC 7617 2).
  const colon = decoded.indexOf(COLON)
  return colon < 1 ? null : { header, username: decoded.toString('utf8', 0, colon), password: decoded.subarray(colon + 1) }
}

class BasicAuth {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #authentication: Authentication
  readonly #refusal: PluginReply

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#authentication = new Authentication(config.anonymous, environment)
    this.#refusal = { kind: 'error', status: 401, message: 'Unauthorized', headers: { 'WWW-Authenticate': challenge('Basic', config.realm) } }
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    if (this.#authentication.isSettled(exchange)) return undefined
    // A proxy in front of us may have credentials of its own: Authorization counts where nobody here has the username of the other.
    const forProxy = readHeader(exchange, 'proxy-authorization')
    const ofProxy = forProxy === null ? null : this.#ownerOf(forProxy)
    if (forProxy !== null && ofProxy !== null) return this.#decide(exchange, forProxy, ofProxy)
    const given = readHeader(exchange, 'authorization') ?? forProxy
    return given === null ? this.#authentication.refuse(exchange, this.#refusal) : this.#decide(exchange, given, this.#ownerOf(given))
  }

  #ownerOf({ username }: Given): Owner | null {
    return this.#environment.credentials.find('basicauth_credential', username)
  }

  #decide(exchange: PluginExchange, { header, username, password }: Given, owner: Owner | null): PluginReply | undefined | Promise<PluginReply | undefined> {
    const stored = owner === null ? null : String(owner.credential.fields.password)
    const outcome = CHECKS.isRight({ username, password, stored, consumerId: owner?.consumer.id ?? '', clientIp: exchange.clientIp })
    if (outcome === BUSY) return BUSY_REPLY
    if (this.#config.hide_credentials) exchange.requestHeaders.remove(header)
    return typeof outcome === 'boolean' ? this.#conclude(exchange, outcome ? owner : null) : outcome.then((isRight) => this.#conclude(exchange, isRight ? owner : null))
  }

  #conclude(exchange: PluginExchange, owner: Owner | null): PluginReply | undefined {
    return owner === null ? this.#authentication.refuse(exchange, this.#refusal) : this.#authentication.accept(exchange, owner)
  }
}

export const basicAuthHandler = definePluginHandler(basicAuthSchema, (config, environment) => {
  const instance = new BasicAuth(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
