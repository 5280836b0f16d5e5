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

/** Plain and TLS agents of one kind: kept connections, or one for each request. */
interface Agents {
  plain: HttpAgent
  tls: Map<string, HttpsAgent>
}

/** Connections to upstreams. One agent for plain ones, one for each set of TLS settings; a server name is part of an agent's own key. */
export class Pools {
  readonly #kept: Agents
  readonly #single: Agents
  readonly #policy: AddressPolicy

  constructor(policy: AddressPolicy) {
    this.#policy = policy
    this.#kept = { plain: new HttpAgent(this.#options(true)), tls: new Map() }
    this.#single = { plain: new HttpAgent(this.#options(false)), tls: new Map() }
  }

  /** False for an address written in the configuration that upstreams may not have; names are checked after DNS. */
  allows(host: string): boolean {
    return isIP(host) === 0 || isAddressAllowed(this.#policy, host)
  }

  plain(isKept: boolean): HttpAgent {
    return (isKept ? this.#kept : this.#single).plain
  }

  tls(tls: UpstreamTls, isKept: boolean): HttpsAgent {
    const agents = (isKept ? this.#kept : this.#single).tls
    const present = agents.get(tls.identity)
    if (present !== undefined) return present
    const agent = new HttpsAgent({ ...this.#options(isKept), rejectUnauthorized: tls.verify, ...(tls.context === null ? {} : { secureContext: tls.context }) })
    agents.set(tls.identity, agent)
    return agent
  }

  close(): void {
    for (const { plain, tls } of [this.#kept, this.#single]) for (const agent of [plain, ...tls.values()]) agent.destroy()
  }

  #options(isKept: boolean) {
    return {
      keepAlive: isKept,
      scheduling: 'lifo' as const,
      timeout: isKept ? POOL_LIMITS.idleTimeoutMs : undefined,
      maxFreeSockets: POOL_LIMITS.idleConnectionsMax,
      maxSockets: POOL_LIMITS.connectionsPerTargetMax,
      keepAliveMsecs: 15_000,
      lookup: guardedLookup(this.#policy),
      noDelay: true,
    }
  }
}
