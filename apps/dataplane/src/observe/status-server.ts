import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Issue } from '@sluice/shared/snapshot'

/** Largest document that POST /config takes, in bytes. */
const CONFIG_BYTES_MAX = 64 * 1024 * 1024

export interface StatusPorts {
  /** Null while ready, else why not. */
  notReady(): string | null
  status(): Record<string, unknown>
  metrics(): string
  /** Makes the workers forget what this plugin keeps. */
  purge(pluginId: string): void
  upstreamHealth(name: string): Record<string, unknown> | null
  /** Replaces the configuration; null where the node is not standalone. */
  applyDocument: ((text: string) => Promise<{ ok: true; hash: string } | { ok: false; issues: Issue[] }>) | null
}

export interface StatusOptions {
  host: string
  port: number
  /** Needed for POST /config where the address is not loopback. */
  token: string | null
}

const isLoopback = (host: string) => host === '127.0.0.1' || host === '::1' || host === 'localhost'

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}

const refuse = (message: string, path = '') => ({ message, issues: [{ path, message }] })

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > CONFIG_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The node's own address for probes, metrics and, standalone, its configuration. */
export class StatusServer {
  readonly #server: Server
  readonly #ports: StatusPorts
  readonly #options: StatusOptions

  constructor(options: StatusOptions, ports: StatusPorts) {
    this.#options = options
    this.#ports = ports
    this.#server = createServer({ requestTimeout: 30_000, headersTimeout: 5_000 }, (request, response) => {
      this.#handle(request, response).catch(() => response.destroy())
    })
  }

  listen(): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#options.port, this.#options.host, () => resolve(this.#server.address() as AddressInfo))
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://status')
    if (pathname === '/config') return this.#config(request, response)
    const plugin = /^\/caches\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i.exec(pathname)?.[1]
    if (plugin !== undefined) return this.#purge(request, response, plugin)
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, { message: 'only GET is answered here' })
    const upstream = /^\/upstreams\/([^/]+)\/health$/.exec(pathname)?.[1]
    if (upstream !== undefined) {
      const health = this.#ports.upstreamHealth(decodeURIComponent(upstream))
      return health === null ? send(response, 404, { message: `there is no upstream ${upstream}` }) : send(response, 200, health)
    }
    switch (pathname) {
      case '/livez':
        return send(response, 200, { status: 'alive' })
      case '/readyz': {
        const reason = this.#ports.notReady()
        return reason === null ? send(response, 200, { status: 'ready' }) : send(response, 503, { status: 'not ready', reason })
      }
      case '/status':
        return send(response, 200, this.#ports.status())
      case '/metrics':
        return send(response, 200, this.#ports.metrics())
      default:
        return send(response, 404, { message: 'there are /livez, /readyz, /status, /metrics, /upstreams/{name}/health, DELETE /caches/{plugin id} and, standalone, POST /config' })
    }
  }

  #refusal(request: IncomingMessage): { status: number; message: string } | null {
    if (this.#ports.applyDocument === null) return { status: 403, message: 'the configuration comes from the control plane' }
    if (request.method !== 'POST') return { status: 405, message: 'POST a declarative document' }
    const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
    const stranger = this.#stranger(request)
    if (stranger !== null) return stranger
    return ['application/json', 'application/yaml', 'text/yaml'].includes(type ?? '') ? null : { status: 415, message: 'send application/json or application/yaml' }
  }

  /** Why whoever asks may change nothing here. */
  #stranger(request: IncomingMessage): { status: number; message: string } | null {
    // A page in someone's browser must not be able to reconfigure a gateway.
    if (request.headers.origin !== undefined) return { status: 403, message: 'requests with an Origin are refused' }
    const { host, token } = this.#options
    if (isLoopback(host) && token === null) return null
    if (token === null) return { status: 403, message: 'set SLUICE_STATUS_TOKEN to allow changes on an address that is not loopback' }
    const given = Buffer.from(request.headers.authorization ?? '')
    const wanted = Buffer.from(`Bearer ${token}`)
    return given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted) ? null : { status: 401, message: 'needs Authorization: Bearer with the status token' }
  }

  #purge(request: IncomingMessage, response: ServerResponse, pluginId: string): void {
    const refusal = request.method === 'DELETE' ? this.#stranger(request) : { status: 405, message: 'only DELETE is answered here' }
    if (refusal !== null) return send(response, refusal.status, { message: refusal.message })
    this.#ports.purge(pluginId.toLowerCase())
    response.writeHead(204).end()
  }

  async #config(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#refusal(request)
    if (refusal !== null) return send(response, refusal.status, refuse(refusal.message))
    const text = await readBody(request)
    if (text === null) return send(response, 413, refuse(`the document is larger than ${CONFIG_BYTES_MAX} bytes`))
    const result = await this.#ports.applyDocument?.(text)
    if (result === undefined) return send(response, 403, refuse('the configuration comes from the control plane'))
    if (result.ok) send(response, 201, { hash: result.hash })
    else send(response, 400, { message: 'the configuration was refused; the former one keeps serving', issues: result.issues })
  }
}
