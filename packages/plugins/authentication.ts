import type { ConsumerView, CredentialView, PluginEnvironment, PluginExchange, PluginReply } from './contract.ts'

/** What says to an upstream who calls. */
const IDENTITY = ['x-consumer-id', 'x-consumer-custom-id', 'x-consumer-username', 'x-credential-identifier', 'x-anonymous-consumer'] as const

/** What every authentication plugin does alike when it knows, or does not know, who calls. */
export class Authentication {
  readonly #anonymous: string | null
  readonly #environment: PluginEnvironment

  /** `anonymous`: id or username of the consumer of callers whom the plugin does not know; null where they are refused. */
  constructor(anonymous: string | null, environment: PluginEnvironment) {
    this.#anonymous = anonymous
    this.#environment = environment
  }

  /** True where another plugin has proved the caller and that is enough: with `anonymous`, several authentication plugins mean "any of them". */
  isSettled(exchange: PluginExchange): boolean {
    return this.#anonymous !== null && exchange.credential !== null
  }

  /** Lets a request pass that is not asked who it is from. What it says about that itself does not reach the upstream. */
  passUnasked(exchange: PluginExchange): undefined {
    for (const name of IDENTITY) exchange.requestHeaders.remove(name)
  }

  accept(exchange: PluginExchange, owner: { consumer: ConsumerView; credential: CredentialView }): undefined {
    exchange.consumer = owner.consumer
    exchange.credential = owner.credential
    exchange.anonymous = false
  }

  /** The caller has proved who they are to somebody else, such as a directory, and need be no consumer here. */
  acceptStranger(exchange: PluginExchange, credential: CredentialView): undefined {
    exchange.consumer = null
    exchange.credential = credential
    exchange.anonymous = false
  }

  /** The reply to a caller who proved nothing; undefined where the anonymous consumer takes their place. */
  refuse(exchange: PluginExchange, reply: PluginReply): PluginReply | undefined {
    if (this.#anonymous === null) return reply
    const consumer = this.#environment.credentials.consumer(this.#anonymous)
    if (consumer === null) return { kind: 'error', status: 500, message: `anonymous consumer ${this.#anonymous} is configured but doesn't exist` }
    exchange.consumer = consumer
    exchange.credential = null
    exchange.anonymous = true
    return undefined
  }
}

/** The value of WWW-Authenticate; what would end the quotes of the realm is left out of it. */
export function challenge(scheme: string, realm: string | null): string {
  return realm === null ? scheme : `${scheme} realm="${realm.replaceAll(/["\\]/g, '')}"`
}
