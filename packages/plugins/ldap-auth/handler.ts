import type * as z from 'zod'
import { Authentication, challenge } from '../authentication.ts'
import { type DirectoryServer, definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { escapeValue } from './distinguished-name.ts'
import { ldapAuthSchema } from './schema.ts'
import { BUSY, Verdicts } from './verdicts.ts'

type Config = z.output<typeof ldapAuthSchema.config>

interface Given {
  header: string
  username: string
  password: string
}

const BUSY_REPLY: PluginReply = { kind: 'error', status: 503, message: 'Too many passwords are being checked', headers: { 'Retry-After': '1' } }
const FAILED: PluginReply = { kind: 'error', status: 500, message: 'An unexpected error occurred' }
const COLON = 0x3a
const USERNAME_BYTES_MAX = 256
const PASSWORD_BYTES_MAX = 1_024

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// biome-ignore lint/suspicious/noControlCharactersInRegex: no username has control characters, and no field value may.
const CONTROL = /[\x00-\x1f\x7f]/

/** One for all instances of a worker: what it remembers is told apart by server and DN, and holds over revisions. */
const VERDICTS = new Verdicts()

function serverOf({ ldap_host: host, ldap_port: port, ldaps, start_tls, verify_ldap_host: verifiesHost, timeout, keepalive }: Config): DirectoryServer {
  return { host, port, security: ldaps ? 'tls' : start_tls ? 'start_tls' : 'none', verifiesHost, timeoutMs: timeout, keepaliveMs: keepalive }
}

class LdapAuth {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #authentication: Authentication
  readonly #server: DirectoryServer
  readonly #pattern: RegExp
  readonly #refusal: PluginReply
  readonly #subject: string

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#authentication = new Authentication(config.anonymous, environment)
    this.#server = serverOf(config)
    this.#subject = JSON.stringify(this.#server)
    const scheme = config.header_type.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    this.#pattern = new RegExp(`^\\s*${scheme}\\s+([A-Za-z0-9+/_-]+={0,2})\\s*$`, 'i')
    const named = config.header_type.toLowerCase() === 'ldap' ? 'LDAP' : config.header_type
    this.#refusal = { kind: 'error', status: 401, message: 'Unauthorized', headers: { 'WWW-Authenticate': challenge(named, config.realm) } }
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined | Promise<PluginReply | undefined> {
    if (this.#authentication.isSettled(exchange)) return undefined
    // A proxy in front of us may have credentials of its own: Authorization counts where those of the other are no good.
    const forProxy = this.#read(exchange, 'proxy-authorization')
    const given = this.#read(exchange, 'authorization')
    const first = forProxy ?? given
    if (first === null) return this.#authentication.refuse(exchange, this.#refusal)
    return this.#check(exchange, first, forProxy === null ? null : given)
  }

  #read(exchange: PluginExchange, header: string): Given | null {
    const value = exchange.requestHeaders.get(header)
    const encoded = value === null ? null : this.#pattern.exec(value)
    if (encoded === null) return null
    const decoded = Buffer.from(encoded[1] as string, 'base64')
    const colon = decoded.indexOf(COLON)
    // RFC 4513 5.1.2: a bind without a password succeeds for anybody, as nobody.
    if (colon < 1 || colon > USERNAME_BYTES_MAX || colon === decoded.byteLength - 1 || decoded.byteLength - colon - 1 > PASSWORD_BYTES_MAX) return null
    try {
      const username = UTF8.decode(decoded.subarray(0, colon))
      const password = UTF8.decode(decoded.subarray(colon + 1))
      return CONTROL.test(username) || password.includes('\0') ? null : { header, username, password }
    } catch {
      return null
    }
  }

  #check(exchange: PluginExchange, given: Given, other: Given | null): PluginReply | undefined | Promise<PluginReply | undefined> {
    const { attribute, base_dn, cache_ttl } = this.#config
    const dn = `${attribute}=${escapeValue(given.username)},${base_dn}`
    const { clock, directory } = this.#environment
    const question = { subject: `${this.#subject}${dn}`, password: given.password, clientIp: exchange.clientIp, ttlMs: cache_ttl * 1000 }
    const outcome = VERDICTS.isRight(
      question,
      () => clock.nowMs(),
      () => directory.bind(this.#server, { dn, password: given.password }),
    )
    if (!(outcome instanceof Promise)) return this.#conclude(exchange, { outcome, given, other })
    return outcome.then(
      (settled) => this.#conclude(exchange, { outcome: settled, given, other }),
      (error: unknown) => this.#fail(error),
    )
  }

  #conclude(exchange: PluginExchange, { outcome, given, other }: { outcome: boolean | typeof BUSY; given: Given; other: Given | null }) {
    if (outcome === BUSY) return BUSY_REPLY
    if (outcome === false) return other === null ? this.#authentication.refuse(exchange, this.#refusal) : this.#check(exchange, other, null)
    if (this.#config.hide_credentials) exchange.requestHeaders.remove(given.header)
    // One character per byte, as field values are written.
    const identifier = Buffer.from(given.username, 'utf8').toString('latin1')
    return this.#authentication.acceptStranger(exchange, { id: given.username, identifier, fields: {} })
  }

  /** A directory that says nothing proves nothing: not even the anonymous consumer takes the place of who may be known. */
  #fail(error: unknown): PluginReply {
    const { ldap_host, ldap_port } = this.#config
    this.#environment.log('error', 'the directory could not be asked', { directory: `${ldap_host}:${ldap_port}`, reason: error instanceof Error ? error.message : String(error) })
    return FAILED
  }
}

export const ldapAuthHandler = definePluginHandler(ldapAuthSchema, (config, environment) => {
  const instance = new LdapAuth(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
