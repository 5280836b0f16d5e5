import type * as z from 'zod'
import { Authentication, challenge } from '../authentication.ts'
import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { readHttpDate } from '../http-date.ts'
import { hmacAuthSchema } from './schema.ts'
import { hasDigestOf, isSignedBy, readSignature, type Signature } from './signature.ts'

type Config = z.output<typeof hmacAuthSchema.config>
type Owner = NonNullable<ReturnType<PluginEnvironment['credentials']['find']>>

/** Bodies above this are not compared with their digest, in bytes. */
const BODY_BYTES_MAX = 8 * 1024 * 1024

const HEADERS = ['proxy-authorization', 'authorization'] as const
const DATES = ['x-date', 'date'] as const

const NOT_VERIFIED = 'HMAC signature cannot be verified'
const NO_DATE = `${NOT_VERIFIED}, a valid date or x-date header is required for HMAC Authentication`
const NO_MATCH = 'HMAC signature does not match'

class HmacAuth {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #authentication: Authentication
  readonly #algorithms: ReadonlySet<string>
  readonly #enforced: readonly string[]
  readonly #challenge: Readonly<Record<string, string>>

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#authentication = new Authentication(config.anonymous, environment)
    this.#algorithms = new Set(config.algorithms)
    this.#enforced = config.enforce_headers.map((name) => name.toLowerCase())
    this.#challenge = { 'WWW-Authenticate': challenge('hmac', config.realm) }
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    if (this.#authentication.isSettled(exchange)) return undefined
    const values = HEADERS.map((header) => exchange.requestHeaders.get(header))
    if (values.every((value) => value === null)) return this.#refuse(exchange, 'Unauthorized')
    if (!DATES.some((name) => this.#isNow(exchange, name))) return this.#refuse(exchange, NO_DATE)
    const [signature] = HEADERS.flatMap((header, index) => readSignature(header, values[index] ?? '') ?? [])
    if (signature === undefined || !this.#isAllowed(signature)) return this.#refuse(exchange, NOT_VERIFIED)
    if (!this.#isSignedNow(exchange, signature)) return this.#refuse(exchange, NO_DATE)
    return this.#decide(exchange, signature)
  }

  #decide(exchange: PluginExchange, signature: Signature): PluginReply | undefined | Promise<PluginReply | undefined> {
    const owner = this.#environment.credentials.find('hmacauth_credential', signature.username)
    const secret = owner?.credential.fields.secret
    if (owner === null || typeof secret !== 'string' || secret === '') return this.#refuse(exchange, NOT_VERIFIED, signature)
    if (!isSignedBy(secret, exchange, signature)) return this.#refuse(exchange, NO_MATCH, signature)
    if (!this.#config.validate_request_body) return this.#accept(exchange, owner, signature)
    // Only who knows the secret makes a node hold a body.
    return exchange.body(BODY_BYTES_MAX).then((body) => this.#decideByBody(exchange, body, { owner, signature }))
  }

  #decideByBody(exchange: PluginExchange, body: Uint8Array | null, { owner, signature }: { owner: Owner; signature: Signature }): PluginReply | undefined {
    if (body === null) return { kind: 'error', status: 413, message: 'Payload too large' }
    return hasDigestOf(body, exchange.requestHeaders.get('digest')) ? this.#accept(exchange, owner, signature) : this.#refuse(exchange, NO_MATCH, signature)
  }

  #isNow(exchange: PluginExchange, name: string): boolean {
    const text = exchange.requestHeaders.get(name)
    const time = text === null ? null : readHttpDate(text)
    return time !== null && Math.abs(this.#environment.clock.nowMs() - time) <= this.#config.clock_skew * 1000
  }

  /** Where a date is signed, that one has to be right: a fresh date beside it, which anybody can add, would let the request be sent again for ever. */
  #isSignedNow(exchange: PluginExchange, { names }: Signature): boolean {
    const signed = names.map((name) => name.toLowerCase()).filter((name) => name === 'date' || name === 'x-date')
    return signed.length === 0 || signed.some((name) => this.#isNow(exchange, name))
  }

  #isAllowed({ algorithm, names }: Signature): boolean {
    if (!this.#algorithms.has(algorithm)) return false
    if (this.#enforced.length === 0) return true
    const covered = new Set(names.map((name) => name.toLowerCase()))
    return this.#enforced.every((name) => covered.has(name))
  }

  #accept(exchange: PluginExchange, owner: Owner, { header }: Signature): undefined {
    if (this.#config.hide_credentials) exchange.requestHeaders.remove(header)
    return this.#authentication.accept(exchange, owner)
  }

  #refuse(exchange: PluginExchange, message: string, signature?: Signature): PluginReply | undefined {
    if (this.#config.hide_credentials && signature !== undefined) exchange.requestHeaders.remove(signature.header)
    return this.#authentication.refuse(exchange, { kind: 'error', status: 401, message, headers: this.#challenge })
  }
}

export const hmacAuthHandler = definePluginHandler(hmacAuthSchema, (config, environment) => {
  const instance = new HmacAuth(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
