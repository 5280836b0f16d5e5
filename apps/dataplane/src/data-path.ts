import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Exchange } from './exchange/exchange.ts'
import type { HeapGuard } from './listener/heap-guard.ts'
import { NodeClient } from './listener/node-client.ts'
import { type ConnectionState, type RealIpSettings, readHead } from './listener/read-head.ts'
import { type ListenAddress, ListenServer } from './listener/server.ts'
import type { CompiledConfig } from './pipeline/compiled.ts'
import { handleRequest, type PipelineEnvironment, refuseRequest } from './pipeline/handle-request.ts'

/** When a client that was shed may come again. */
const SHED_RETRY_AFTER_S = '1'

export interface DataPathOptions extends PipelineEnvironment {
  realIp: RealIpSettings
  heap: HeapGuard
}

/** The request path of one worker: listeners in front of the pipeline, and the configuration that new exchanges begin with. */
export class DataPath {
  readonly #options: DataPathOptions
  readonly #servers: ListenServer[] = []
  #config: CompiledConfig | null = null
  #ticketKeys: Buffer | null = null
  #isDraining = false

  constructor(options: DataPathOptions) {
    this.#options = options
  }

  /** New exchanges use `config` from now on; running ones end with theirs. */
  swap(config: CompiledConfig): void {
    this.#config = config
    for (const server of this.#servers) server.setFallbackCertificate(config.fallbackCertificate)
  }

  /** Keys of TLS session tickets, the same in every worker. */
  setTicketKeys(keys: Buffer): void {
    this.#ticketKeys = keys
    for (const server of this.#servers) server.setTicketKeys(keys)
  }

  get config(): CompiledConfig | null {
    return this.#config
  }

  get connections(): number {
    return this.#servers.reduce((sum, server) => sum + server.connections, 0)
  }

  listen(address: ListenAddress, isTls: boolean): Promise<AddressInfo> {
    const server = new ListenServer({
      certificateFor: isTls ? (name) => this.#config?.certificateFor(name) ?? null : null,
      onRequest: (request, response, connection) => this.#handle(request, response, connection, false),
      onUpgrade: (request, response, connection) => this.#handle(request, response, connection, true),
    })
    this.#servers.push(server)
    if (this.#ticketKeys !== null) server.setTicketKeys(this.#ticketKeys)
    return server.listen(address)
  }

  async close(graceMs: number): Promise<void> {
    this.#isDraining = true
    await Promise.all(this.#servers.map((server) => server.close(graceMs)))
    this.#options.pools.close()
  }

  #handle(request: IncomingMessage, response: ServerResponse, connection: ConnectionState, isUpgrade: boolean): void {
    const { head, refused } = readHead({ request, connection, realIp: this.#options.realIp, nowMs: this.#options.clock.nowMs(), isUpgrade })
    const client = new NodeClient(request, response, { closesAfter: () => this.#isDraining || refused !== null })
    const exchange = new Exchange(head, client.body)
    if (refused !== null) refuseRequest(exchange, client, { error: refused }, this.#options)
    else if (this.#options.heap.sheds()) refuseRequest(exchange, client, { error: 'overloaded', headers: [['Retry-After', SHED_RETRY_AFTER_S]] }, this.#options)
    else void handleRequest(exchange, client, this.#config, this.#options)
  }
}
