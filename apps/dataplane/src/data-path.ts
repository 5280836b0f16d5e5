import type { AddressInfo } from 'node:net'
import type { ErrorCode } from '@sluice/shared/errors'
import type { ClientSide } from './exchange/client-side.ts'
import type { Deadlines } from './exchange/deadlines.ts'
import { Exchange, type RequestHead } from './exchange/exchange.ts'
import { HttpListener, type ListenAddress } from './listener/http-listener.ts'
import type { Http2Refusal } from './listener/http2/http2-connection.ts'
import type { ListenerLimits } from './listener/limits.ts'
import type { OverloadGuard } from './listener/overload-guard.ts'
import type { RealIpSettings } from './listener/request-head.ts'
import type { ConnectionCounts, ConnectionRefusal } from './memory/connection-counts.ts'
import type { CompiledConfig } from './pipeline/compiled.ts'
import { handleRequest, type PipelineEnvironment, refuseRequest } from './pipeline/handle-request.ts'
import type { DirectIo } from './socket/direct-io.ts'

/** When a client that was shed may come again. */
const SHED_RETRY_AFTER_S = '1'

export interface DataPathOptions extends PipelineEnvironment {
  realIp: RealIpSettings
  overload: OverloadGuard
  counts: ConnectionCounts
  deadlines: Deadlines
  /** The plain listener takes HTTP/2 too. */
  takesH2c: boolean
  /** Plain listeners read into shared memory; see `withSharedReads`. */
  sharesReads: boolean
  /** Plain connections are read and written past streams; null where that is not to be. */
  directIo: DirectIo | null
  limits: ListenerLimits
}

/** The request path of one worker: listeners in front of the pipeline, and the configuration that new exchanges begin with. */
export class DataPath {
  readonly #options: DataPathOptions
  readonly #listeners: HttpListener[] = []
  #config: CompiledConfig | null = null
  #ticketKeys: Buffer | null = null
  #http2Refused: Record<string, number> = {}
  #connectionsRefused: Record<ConnectionRefusal, number> = { node: 0, address: 0 }

  constructor(options: DataPathOptions) {
    this.#options = options
  }

  /** New exchanges use `config` from now on; running ones end with theirs. */
  swap(config: CompiledConfig): void {
    this.#config = config
    for (const listener of this.#listeners) listener.setCertificates(config.fallbackCertificate, config.clientCertificates)
  }

  /** Keys of TLS session tickets, the same in every worker. */
  setTicketKeys(keys: Buffer): void {
    this.#ticketKeys = keys
    for (const listener of this.#listeners) listener.setTicketKeys(keys)
  }

  get config(): CompiledConfig | null {
    return this.#config
  }

  get connections(): number {
    return this.#listeners.reduce((sum, listener) => sum + listener.connections, 0)
  }

  /** HTTP/2 connections that were ended for what they did, by reason, since the last call. */
  takeHttp2Refused(): Record<string, number> {
    const refused = this.#http2Refused
    this.#http2Refused = {}
    return refused
  }

  /** Connections that were closed at once for want of room, by whose bound it was, since the last call. */
  takeConnectionsRefused(): Record<ConnectionRefusal, number> {
    const refused = this.#connectionsRefused
    this.#connectionsRefused = { node: 0, address: 0 }
    return refused
  }

  listen(address: ListenAddress, isTls: boolean): Promise<AddressInfo> {
    const { clock, deadlines, realIp, takesH2c, sharesReads, directIo, limits, counts } = this.#options
    const listener = new HttpListener({
      limits,
      counts,
      deadlines,
      realIp,
      nowMs: () => clock.nowMs(),
      certificateFor: isTls ? (name) => this.#config?.certificateFor(name) ?? null : null,
      takesH2c,
      sharesReads,
      directIo,
      onExchange: (head, client) => this.#onExchange(head, client),
      onRefused: (head, client, error) => this.#onRefused(head, client, error),
      onHttp2Refused: (reason) => this.#onHttp2Refused(reason),
      onConnectionRefused: (reason) => {
        this.#connectionsRefused[reason] += 1
      },
    })
    this.#listeners.push(listener)
    if (this.#ticketKeys !== null) listener.setTicketKeys(this.#ticketKeys)
    return listener.listen(address)
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close(graceMs)))
    this.#options.pools.close()
  }

  #onExchange(head: RequestHead, client: ClientSide): void {
    const exchange = new Exchange(head, client)
    if (this.#options.overload.sheds()) refuseRequest(exchange, client, { error: 'overloaded', headers: [['Retry-After', SHED_RETRY_AFTER_S]] }, this.#options)
    else handleRequest(exchange, client, this.#config, this.#options)
  }

  #onHttp2Refused(reason: Http2Refusal): void {
    this.#http2Refused[reason] = (this.#http2Refused[reason] ?? 0) + 1
  }

  #onRefused(head: RequestHead, client: ClientSide, error: ErrorCode): void {
    refuseRequest(new Exchange(head, client), client, { error }, this.#options)
  }
}
