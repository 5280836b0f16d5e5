import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Deadlines } from '../exchange/deadlines.ts'
import type { ParserLoan } from '../http1/parser-loan.ts'
import type { DirectIo } from '../socket/direct-io.ts'
import { type AddressPolicy, guardedLookup, isAddressAllowed } from './address-policy.ts'
import { answerParsers } from './answer-reader.ts'
import { type Attempt, type AttemptHandler, type AttemptRequest, connectFailure } from './attempt.ts'
import { HostPool } from './host-pool.ts'
import { Http2Pool } from './http2/http2-pool.ts'
import type { UpstreamLimits } from './limits.ts'

/** TLS towards an upstream; connections with different settings are never shared. */
export interface UpstreamTls {
  verify: boolean
  servername: string
  context: SecureContext | null
  /** Names the settings, so that equal ones share connections over revisions. */
  identity: string
}

export interface PoolsOptions {
  policy: AddressPolicy
  deadlines: Deadlines
  limits: UpstreamLimits
  /** How plain connections are read and written past streams; null where that is not to be. */
  directIo: DirectIo | null
}

/** The connections to one target. */
interface TargetPool {
  start(request: AttemptRequest, handler: AttemptHandler): Attempt
  close(): void
}

/** Connections to upstreams, in a pool for each target and set of TLS settings. A pool without connections is given up. */
export class Pools {
  readonly #options: PoolsOptions
  readonly #pools = new Map<string, TargetPool>()
  readonly #lookup
  readonly #parsers: ParserLoan

  constructor(options: PoolsOptions) {
    this.#options = options
    this.#parsers = answerParsers(options.limits)
    this.#lookup = guardedLookup(options.policy)
  }

  /** Begins a try against one target; what becomes of it is told to `handler`, never before this returns unless a kept connection takes it at once. */
  start(request: AttemptRequest, handler: AttemptHandler): Attempt {
    const pool = this.#poolOf(request)
    return pool === null ? refused(request, handler) : pool.start(request, handler)
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close()
  }

  /** Null for an address in the configuration that upstreams may not have; names are checked after DNS. */
  #poolOf({ host, address, tls, protocol }: AttemptRequest): TargetPool | null {
    const target = tls === null ? address : `${address} ${tls.identity} ${tls.servername}`
    const key = protocol === 'h2' ? `${target} h2` : target
    const present = this.#pools.get(key)
    if (present !== undefined) return present
    const { deadlines, policy, limits, directIo } = this.#options
    if (isIP(host) !== 0 && !isAddressAllowed(policy, host)) return null
    const parts = {
      deadlines,
      limits,
      lookup: this.#lookup,
      onEmpty: (empty: TargetPool) => {
        if (this.#pools.get(key) === empty) this.#pools.delete(key)
      },
    }
    const pool = protocol === 'h2' ? new Http2Pool(parts) : new HostPool({ ...parts, directIo, parsers: this.#parsers })
    this.#pools.set(key, pool)
    return pool
  }
}

const NO_ATTEMPT: Attempt = { write: () => false, end: () => {}, resume: () => {}, cancel: () => {} }

function refused({ host }: AttemptRequest, handler: AttemptHandler): Attempt {
  queueMicrotask(() => handler.onFailed(connectFailure('upstream_address_refused', new Error(`${host} is an address that upstreams may not have`))))
  return NO_ATTEMPT
}
