import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { type AddressPolicy, guardedLookup, isAddressAllowed } from './address-policy.ts'

/** Bounds of upstream connections, for each agent. */
export const POOL_LIMITS = { idleTimeoutMs: 60_000, idleConnectionsMax: 1_024, connectionsPerTargetMax: 4_096 } as const

/** TLS towards an upstream; connections with different settings are never shared. */
export interface UpstreamTls {
  verify: boolean
  servername: string
  context: SecureContext | null
  /** Names the settings, so that equal ones share connections over revisions. */
  identity: string
}

/** Keep-alive connections to upstreams. One agent for plain ones, one for each TLS identity. */
export class Pools {
  readonly #plain: HttpAgent
  readonly #tls = new Map<string, HttpsAgent>()
  readonly #policy: AddressPolicy

  constructor(policy: AddressPolicy) {
    this.#policy = policy
    this.#plain = new HttpAgent(this.#options())
  }

  /** False for an address written in the configuration that upstreams may not have; names are checked after DNS. */
  allows(host: string): boolean {
    return isIP(host) === 0 || isAddressAllowed(this.#policy, host)
  }

  plain(): HttpAgent {
    return this.#plain
  }

  tls(tls: UpstreamTls): HttpsAgent {
    const present = this.#tls.get(tls.identity)
    if (present !== undefined) return present
    const agent = new HttpsAgent({ ...this.#options(), rejectUnauthorized: tls.verify, ...(tls.context === null ? {} : { secureContext: tls.context }) })
    this.#tls.set(tls.identity, agent)
    return agent
  }

  close(): void {
    this.#plain.destroy()
    for (const agent of this.#tls.values()) agent.destroy()
  }

  #options() {
    return {
      keepAlive: true,
      scheduling: 'lifo' as const,
      maxFreeSockets: POOL_LIMITS.idleConnectionsMax,
      maxSockets: POOL_LIMITS.connectionsPerTargetMax,
      keepAliveMsecs: 15_000,
      lookup: guardedLookup(this.#policy),
      noDelay: true,
    }
  }
}
