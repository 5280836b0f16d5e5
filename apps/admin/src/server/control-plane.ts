import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import pino from 'pino'
import { AuthError } from './auth/operators.ts'
import { type OpenDatabase, openDatabase } from './database.ts'
import { type Settings, SettingsError } from './environment.ts'
import { Fleet } from './fleet/fleet.ts'
import { Traffic } from './fleet/traffic.ts'
import { Hub } from './hub/hub.ts'
import type { HubPorts } from './hub/ports.ts'
import { Publisher } from './publish/publisher.ts'
import { Listener } from './store/listen.ts'
import { FLEET_CHANNEL } from './store/nodes.ts'
import { PURGE_CHANNEL } from './store/purges.ts'
import { REVISION_CHANNEL } from './store/revisions.ts'
import { allowedOrigins } from './web/origins.ts'
import { type Pages, startPages } from './web/pages.ts'
import { WebRequests } from './web/requests.ts'

const HUB_PATH = '/v1/nodes/connect'
/** How often each replica looks whether its nodes may still be connected; a revocation elsewhere is also told by NOTIFY. */
const ADMISSION_INTERVAL_MS = 3_000
/** How often ended sessions and forgotten failures of sign-in are deleted. */
const TIDY_INTERVAL_MS = 60_000

function answerStarting(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { 'Content-Type': 'application/json', 'Retry-After': '1' })
  response.end('{"message":"the control plane is starting"}')
}

interface Running {
  database: OpenDatabase
  listener: Listener
  publisher: Publisher
  fleet: Fleet
  hub: Hub
  server: Server
  pages: Pages | null
}

class StoppedEarly extends Error {}

/** The control plane: database, publisher, hub, API and pages on one port. */
export class ControlPlane {
  readonly #settings: Settings
  readonly #pagesDir: string
  readonly #log: pino.Logger
  /** What to undo, in the order in which it was done. */
  readonly #undo: (() => unknown)[] = []
  #starting: Promise<void> | null = null
  #isStopping = false

  constructor(settings: Settings, pagesDir: string) {
    this.#settings = settings
    this.#pagesDir = pagesDir
    const pretty = process.stdout.isTTY ? { transport: { target: 'pino-pretty', options: { colorize: true, ignore: 'pid,hostname' } } } : {}
    this.#log = pino({ level: settings.logLevel, ...pretty })
  }

  /** Rejects where it cannot; what was begun by then is undone by `stop`. */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: Error) => {
      if (!(error instanceof StoppedEarly)) throw error
    })
    return this.#starting
  }

  async #start(): Promise<void> {
    mkdirSync(this.#settings.dataDir, { recursive: true, mode: 0o700 })
    const warn = (error: Error) => this.#log.warn({ error: error.message }, 'the database is away or refuses; trying again')
    const database = await openDatabase(this.#settings, { share: false, log: (text) => this.#log.info(text), onPoolError: warn })
    this.#undo.push(() => database.close())
    this.#goOn()
    const { store, keys, workspaceId, operators } = database
    const listener = new Listener(store.url, [REVISION_CHANNEL, FLEET_CHANNEL, PURGE_CHANNEL])
    this.#undo.push(() => listener.close())
    await listener.start()
    const fleet = new Fleet({ store, listener, workspaceId, hubId: randomUUID(), now: () => Date.now() })
    const publisher = new Publisher({ store, keys, listener, workspaceId, onError: warn })
    const hub = new Hub(this.#hubPorts(database, publisher, fleet))
    this.#undo.push(() => hub.close())
    await publisher.start(() => hub.publish())
    this.#undo.push(() => publisher.stop())
    listener.on(PURGE_CHANNEL, (pluginId) => hub.purge(pluginId))
    fleet.start(warn)
    this.#undo.push(() => fleet.stop())
    const admit = () => void fleet.admittedIds().then((ids) => hub.keepOnly(ids), warn)
    fleet.onChange(admit)
    this.#repeat(admit, ADMISSION_INTERVAL_MS)
    this.#repeat(() => void operators.tidy().catch(warn), TIDY_INTERVAL_MS)
    await this.#bootstrap(database)
    this.#goOn()
    const setUpToken = await this.#listen({ database, listener, publisher, fleet, hub, server: createServer(), pages: null })
    // For people, not for the log: it lets its first reader in.
    if (setUpToken !== null) process.stdout.write(`Set up Sluice: ${this.#publicUrl}/set-up?token=${setUpToken}\n`)
  }

  /** Ends a start that is not wanted any more. */
  #goOn(): void {
    if (this.#isStopping) throw new StoppedEarly()
  }

  #repeat(work: () => void, intervalMs: number): void {
    const timer = setInterval(work, intervalMs)
    this.#undo.push(() => clearInterval(timer))
  }

  #hubPorts({ nodeTokens }: OpenDatabase, publisher: Publisher, fleet: Fleet): HubPorts {
    return {
      authenticate: (bearer) => nodeTokens.authenticate(bearer),
      enrol: (joining, request) => nodeTokens.enrol(joining, request),
      framesFor: (have) => publisher.framesFor(have),
      onHello: (nodeId, hello) => fleet.hello(nodeId, hello),
      onApplied: (nodeId, report) => fleet.applied(nodeId, report),
      onRejected: (nodeId, report) => fleet.rejected(nodeId, report),
      onTelemetry: (nodeId, cells) => fleet.telemetry(nodeId, cells),
      onGone: (nodeId) => fleet.gone(nodeId),
      log: (level, fields, message) => this.#log[level](fields, message),
    }
  }

  async #listen(running: Running): Promise<string | null> {
    const { listen, dashboard } = this.#settings
    const { server, database, hub, fleet } = running
    // The port is bound before the pages are there; who comes in between is told so, and not left waiting.
    server.on('request', answerStarting)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'is taken already' : `cannot be listened on (${error.code})`
        reject(new SettingsError(`${listen.host}:${listen.port} ${reason}. Stop what listens there, or choose another with SLUICE_ADMIN_LISTEN.`))
      })
      server.listen(listen.port, listen.host, resolve)
    })
    this.#undo.push(() => {
      server.close()
      server.closeAllConnections()
    })
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : listen.port
    const isDevelopment = process.env.NODE_ENV === 'development'
    if (dashboard) running.pages = await startPages({ dir: this.#pagesDir, server, host: listen.host, port, isDevelopment })
    this.#undo.push(() => running.pages?.close())
    this.#goOn()
    const publicUrl = this.#settings.publicUrl ?? `http://localhost:${port}`
    const web = new WebRequests({
      api: {
        domain: database.domain,
        operators: database.operators,
        nodeTokens: database.nodeTokens,
        fleet,
        traffic: new Traffic(database.store, database.workspaceId),
        publicUrl,
        now: () => Date.now(),
        disconnectNode: (id) => hub.disconnect(id),
        log: (fields, message) => this.#log.info(fields, message),
      },
      origins: allowedOrigins(publicUrl, { host: listen.host, port }),
      isSecure: publicUrl.startsWith('https:'),
      isDevelopment,
      pages: running.pages === null ? null : (request, response) => running.pages?.handle(request, response) ?? Promise.resolve(),
      notReady: () => this.#notReady(database),
      log: (fields, message) => this.#log.error(fields, message),
    })
    // A former start's link ends before the first answer, so that two links never work beside each other.
    const setUpToken = (await database.operators.needsSetUp()) ? await database.operators.issueSetUpToken() : null
    server.off('request', answerStarting)
    server.on('request', (request, response) => {
      web.handle(request, response).catch((error: Error) => {
        this.#log.error({ path: request.url?.split('?')[0], error: error.stack }, 'a request failed')
        if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'application/json' })
        response.end('{"message":"Something went wrong in the control plane; its log says what."}')
      })
    })
    // Next.js puts an upgrade listener of its own on the server; the hub's path must not reach it.
    server.removeAllListeners('upgrade')
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(running, { request, socket, head }))
    this.#writeListenFile(`http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`)
    this.#publicUrl = publicUrl
    this.#log.info({ http: `${listen.host}:${port}`, public_url: publicUrl, revision: running.publisher.current.revision }, 'listening')
    const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(listen.host)
    if (!isLoopback && !publicUrl.startsWith('https:'))
      this.#log.warn('listening beyond this machine without https: sessions and keys can be read on the way; put TLS before it and set SLUICE_PUBLIC_URL=https://…')
    return setUpToken
  }

  #publicUrl = ''

  #upgrade({ hub, pages }: Running, upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer }): void {
    const { request, socket, head } = upgrade
    const [path] = (request.url ?? '').split('?')
    if (path === HUB_PATH) void hub.upgrade(request, socket, head)
    else if (path?.startsWith('/_next/') && pages?.upgrade) void pages.upgrade(request, socket, head)
    else socket.destroy()
  }

  async #notReady({ store }: OpenDatabase): Promise<string | null> {
    if (this.#isStopping) return 'stopping'
    const timeout = new Promise<string>((resolve) => setTimeout(() => resolve('the database does not answer'), 2_000).unref())
    const asked = store.db.$queryRaw`SELECT 1`.then(
      () => null,
      () => 'the database is away',
    )
    return Promise.race([asked, timeout])
  }

  /** Makes the first operator from the environment: before anybody can knock, so that who comes first can sign in. */
  async #bootstrap({ operators }: OpenDatabase): Promise<void> {
    const { bootstrap } = this.#settings
    if (bootstrap === null || !(await operators.needsSetUp())) return
    await operators.bootstrap({ ...bootstrap, name: bootstrap.email.split('@')[0] ?? 'operator' }).catch((error: unknown) => {
      if (!(error instanceof AuthError)) throw error
      throw new SettingsError(`SLUICE_BOOTSTRAP_${error.field === 'password' ? 'PASSWORD' : 'EMAIL'} ${error.message}`)
    })
    this.#log.info({ email: bootstrap.email }, 'made the first operator')
  }

  #writeListenFile(http: string): void {
    const file = join(this.#settings.dataDir, 'listen.json')
    writeFileSync(`${file}.new`, JSON.stringify({ http }))
    renameSync(`${file}.new`, file)
  }

  /** Nodes keep serving: their sockets close with a code that means "come back". The database stops last. */
  async stop(): Promise<void> {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#log.info('stopping')
    // What a running start has begun must be known before it can be undone.
    await this.#starting?.catch(() => {})
    for (const undo of this.#undo.toReversed()) {
      try {
        await undo()
      } catch (error) {
        this.#log.warn({ error: (error as Error).message }, 'a part did not stop as it should')
      }
    }
    rmSync(join(this.#settings.dataDir, 'listen.json'), { force: true })
    this.#log.info('stopped')
  }
}
