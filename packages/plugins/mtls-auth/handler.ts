import type * as z from 'zod'
import { Authentication } from '../authentication.ts'
import { type ClientCertificate, type ConsumerView, type CredentialView, definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { type CertificateNames, namesOf } from './names.ts'
import { mtlsAuthSchema } from './schema.ts'
import { TrustAnchors, type Trusted } from './trust.ts'

type Config = z.output<typeof mtlsAuthSchema.config>

const NO_CERTIFICATE: PluginReply = { kind: 'error', status: 401, message: 'No required TLS certificate was sent' }
const NOT_TRUSTED: PluginReply = { kind: 'error', status: 401, message: 'TLS certificate failed verification' }

const DN_HEADER = 'X-Client-Cert-Dn'
const SAN_HEADER = 'X-Client-Cert-San'

/** What came out for one certificate. */
interface Verdict {
  trusted: Trusted | null
  /** Who has it, as far as that does not depend on the time. */
  caller: Caller | null
  untilMs: number
}

interface Caller {
  names: CertificateNames
  consumer: ConsumerView | null
  credential: CredentialView
  groups: readonly string[] | null
}

/** A name as a field value can have it: printable ASCII, all else percent-encoded as UTF-8. */
const asField = (name: string) => name.replaceAll(/[^\x21-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character))

class MtlsAuth {
  readonly #config: Config
  readonly #environment: PluginEnvironment
  readonly #authentication: Authentication
  readonly #anchors: TrustAnchors
  /** For as long as a connection lasts. */
  readonly #verdicts = new WeakMap<ClientCertificate, Verdict>()

  constructor(config: Config, environment: PluginEnvironment) {
    this.#config = config
    this.#environment = environment
    this.#authentication = new Authentication(config.anonymous, environment)
    const pems = config.ca_certificates.flatMap((id) => environment.caCertificate(id) ?? [])
    this.#anchors = new TrustAnchors(pems, config.allow_partial_chain)
  }

  onRequest(exchange: PluginExchange): PluginReply | undefined {
    exchange.requestHeaders.remove(DN_HEADER)
    exchange.requestHeaders.remove(SAN_HEADER)
    if (this.#authentication.isSettled(exchange)) return undefined
    const certificate = exchange.clientCertificate
    if (certificate === null) return this.#authentication.refuse(exchange, NO_CERTIFICATE)
    const nowMs = this.#environment.clock.nowMs()
    const { trusted, caller } = this.#verdictOn(certificate, nowMs)
    if (trusted === null || caller === null || nowMs < trusted.fromMs || nowMs > trusted.toMs) return this.#authentication.refuse(exchange, NOT_TRUSTED)
    return this.#accept(exchange, caller)
  }

  #accept(exchange: PluginExchange, { names, consumer, credential, groups }: Caller): undefined {
    if (consumer === null) this.#authentication.acceptStranger(exchange, credential)
    else this.#authentication.accept(exchange, { consumer, credential })
    exchange.authenticatedGroups = groups
    exchange.requestHeaders.set(DN_HEADER, names.dn)
    if (names.alternatives.length > 0) exchange.requestHeaders.set(SAN_HEADER, names.alternatives.map(asField).join(', '))
  }

  #verdictOn(certificate: ClientCertificate, nowMs: number): Verdict {
    const known = this.#verdicts.get(certificate)
    if (known !== undefined && nowMs < known.untilMs) return known
    const trusted = this.#anchors.trust(certificate.chain)
    const verdict = { trusted, caller: trusted === null ? null : this.#callerOf(trusted), untilMs: nowMs + this.#config.cache_ttl * 1000 }
    this.#verdicts.set(certificate, verdict)
    return verdict
  }

  #callerOf({ leaf }: Trusted): Caller | null {
    const names = namesOf(leaf)
    const credential: CredentialView = { id: leaf.fingerprint256, identifier: asField(names.commonName ?? names.alternatives[0] ?? leaf.serialNumber), fields: {} }
    if (this.#config.skip_consumer_lookup) return { names, consumer: null, credential, groups: this.#groupsOf(names) }
    const consumer = this.#consumerOf(names)
    return consumer === null ? null : { names, consumer, credential, groups: null }
  }

  #groupsOf({ dn, commonName }: CertificateNames): readonly string[] | null {
    const { authenticated_group_by: by } = this.#config
    const name = by === 'DN' ? dn : commonName
    return by === null || name === null ? null : [name]
  }

  #consumerOf({ alternatives, commonName }: CertificateNames): ConsumerView | null {
    const { credentials } = this.#environment
    for (const name of commonName === null ? alternatives : [...alternatives, commonName]) {
      for (const field of this.#config.consumer_by) {
        const consumer = credentials.consumerBy(field, name)
        if (consumer !== null) return consumer
      }
    }
    return this.#config.default_consumer === null ? null : credentials.consumer(this.#config.default_consumer)
  }
}

export const mtlsAuthHandler = definePluginHandler(mtlsAuthSchema, (config, environment) => {
  const instance = new MtlsAuth(config, environment)
  return { onRequest: (exchange) => instance.onRequest(exchange) }
})
