import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Issue, Snapshot } from '@sluice/shared/snapshot'
import pino from 'pino'
import { LastGoodError, LastGoodFile, loadNodeKey } from './config/last-good.ts'
import { type ReadResult, readDocument, watchFile } from './config/standalone.ts'
import { type Address, type NodeSettings, SettingsError } from './environment.ts'
import { createCounterMemory } from './memory/counter-table.ts'
import { AccessLog } from './observe/access-log.ts'
import { Metrics } from './observe/metrics.ts'
import { StatusServer } from './observe/status-server.ts'
import { WorkerPool } from './worker-pool.ts'

export const VERSION = '0.1.0'
/** How long running requests may go on after SIGTERM. */
const DRAIN_GRACE_MS = 30_000

/** Resolves port 0 and fails where anyone has the port: workers would share it silently by reusePort. */
function claimPort(address: Address, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is taken already' : `cannot be listened on (${error.code})`
      reject(new SettingsError(`${address.host}:${address.port} ${reason}. Stop what listens there, or choose another with ${setting}.`))
    })
    probe.listen({ port: address.port, host: address.host, exclusive: true }, () => {
      const bound = probe.address()
      probe.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : address.port))
    })
  })
}

/** One node per data directory: the file holds the process id; one whose process is gone is taken over. */
function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'lock')
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const handle = openSync(file, 'wx', 0o600)
      writeSync(handle, String(process.pid))
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch {
      const owner = Number(readFileSync(file, 'utf8'))
      if (isAlive(owner)) throw new SettingsError(`${dataDir} is used by another node (process ${owner}). Give this one a SLUICE_DATA_DIR of its own.`)
      rmSync(file, { force: true })
    }
  }
  throw new SettingsError(`${file} cannot be taken`)
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function toShared(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.byteLength)
  new Uint8Array(shared).set(bytes)
  return shared
}

/** A node: its workers, its configuration and its status address. */
export class GatewayNode {
  readonly #settings: NodeSettings
  readonly #log: pino.Logger
  readonly #metrics = new Metrics()
  readonly #lastGood: LastGoodFile
  readonly #accessLog: AccessLog | null
  readonly #unlock: () => void
  readonly #startedAt = Date.now()
  #pool: WorkerPool | null = null
  #status: StatusServer | null = null
  #served: Snapshot | null = null
  #isDraining = false
  #stopWatching: () => void = () => {}

  constructor(settings: NodeSettings) {
    this.#settings = settings
    this.#log = pino({ level: settings.logLevel })
    this.#unlock = lockDataDir(settings.dataDir)
    this.#lastGood = new LastGoodFile(settings.dataDir, loadNodeKey(settings.dataDir))
    this.#accessLog = settings.accessLog === 'off' ? null : new AccessLog(settings.accessLog)
  }

  async start(): Promise<void> {
    const { proxyListen, tlsListen, statusListen } = this.#settings
    const proxyPort = await claimPort(proxyListen, 'SLUICE_PROXY_LISTEN')
    const tlsPort = tlsListen === null ? null : await claimPort(tlsListen, 'SLUICE_PROXY_TLS_LISTEN')
    const statusPort = await claimPort(statusListen, 'SLUICE_STATUS_LISTEN')
    this.#pool = new WorkerPool(
      { nodeId: randomUUID(), settings: this.#settings, proxyPort, tlsPort, counters: createCounterMemory(this.#settings.counterSlots) },
      {
        onReport: (worker, report) => this.#metrics.add(worker, report),
        onAccess: (lines) => this.#accessLog?.write(lines),
        onCrash: (worker, error) => {
          this.#metrics.forget(worker)
          this.#log.error({ worker, error: error.message }, 'worker crashed and is replaced')
        },
      },
    )
    await this.#pool.start(this.#settings.workers)
    await this.#startConfiguration()
    this.#status = new StatusServer({ host: statusListen.host, port: statusPort, token: this.#settings.statusToken }, this.#statusPorts())
    await this.#status.listen()
    const addresses = { proxy: `${proxyListen.host}:${proxyPort}`, tls: tlsListen === null ? null : `${tlsListen.host}:${tlsPort}`, status: `${statusListen.host}:${statusPort}` }
    this.#writeListenFile(addresses)
    this.#log.info({ node: this.#settings.name, workers: this.#settings.workers, ...addresses }, 'listening')
  }

  /** `--config` if given, else the last good configuration, else none until a POST. */
  async #startConfiguration(): Promise<void> {
    const { configFile } = this.#settings
    if (configFile === null) return this.#startFromLastGood()
    const result = await this.#applyDocument(readFileSync(configFile, 'utf8'))
    if (!result.ok) throw new SettingsError(`${configFile} was refused:\n${result.issues.map((issue) => `  ${issue.path}: ${issue.message}`).join('\n')}`)
    this.#stopWatching = watchFile(configFile, (text) => void this.#applyChangedFile(configFile, text))
  }

  async #startFromLastGood(): Promise<void> {
    try {
      const bytes = this.#lastGood.read()
      if (bytes === null) return
      const snapshot = JSON.parse(bytes.toString('utf8')) as Snapshot
      const result = await this.#apply(snapshot)
      if (result.ok) this.#log.info({ revision: snapshot.revision, hash: snapshot.hash }, 'serving the last good configuration')
      else this.#log.error({ issues: result.issues }, 'the last good configuration is refused by this version')
    } catch (error) {
      if (!(error instanceof LastGoodError)) throw error
      this.#log.error({ reason: error.message }, 'the last good configuration cannot be used')
    }
  }

  async #applyChangedFile(file: string, text: string): Promise<void> {
    const result = await this.#applyDocument(text)
    if (result.ok) this.#log.info({ file, hash: result.hash }, 'configuration file applied')
    else this.#log.error({ file, issues: result.issues }, 'configuration file refused; the former configuration keeps serving')
  }

  async #applyDocument(text: string): Promise<{ ok: true; hash: string } | { ok: false; issues: Issue[] }> {
    const read: ReadResult = await readDocument(text, (this.#served?.revision ?? 0) + 1)
    if (!read.ok) return read
    if (read.snapshot.hash === this.#served?.hash) return { ok: true, hash: read.snapshot.hash }
    const result = await this.#apply(read.snapshot)
    return result.ok ? { ok: true, hash: read.snapshot.hash } : result
  }

  async #apply(snapshot: Snapshot): Promise<{ ok: true } | { ok: false; issues: Issue[] }> {
    const bytes = Buffer.from(JSON.stringify(snapshot))
    const result = (await this.#pool?.apply(toShared(bytes))) ?? { ok: false as const, issues: [{ path: '', message: 'the node is not running' }] }
    if (!result.ok) return result
    this.#served = snapshot
    try {
      this.#lastGood.write(bytes)
    } catch (error) {
      this.#log.error({ error: String(error) }, 'the last good configuration could not be written; a restart would serve an older one')
    }
    return result
  }

  #statusPorts() {
    return {
      notReady: () => (this.#isDraining ? 'draining' : this.#served === null ? 'no configuration yet' : null),
      status: () => ({
        node: this.#settings.name,
        version: VERSION,
        revision: this.#served?.revision ?? null,
        hash: this.#served?.hash ?? null,
        workers: this.#pool?.size ?? 0,
        connections: this.#metrics.connections,
        requests: this.#metrics.requests,
        uptime_s: Math.round((Date.now() - this.#startedAt) / 1000),
        link: 'standalone',
      }),
      metrics: () => this.#metrics.text({ revision: this.#served?.revision ?? 0, workers: this.#pool?.size ?? 0, ready: !this.#isDraining && this.#served !== null }),
      upstreamHealth: (name: string) => this.#upstreamHealth(name),
      applyDocument: (text: string) => this.#applyDocument(text),
    }
  }

  #upstreamHealth(name: string): Record<string, unknown> | null {
    const upstream = this.#served?.entities.find(({ type, entity }) => type === 'upstream' && entity.name === name)?.entity
    if (upstream === undefined) return null
    const targets = this.#served?.entities.filter(({ type, entity }) => type === 'target' && (entity.upstream as { id: string }).id === upstream.id) ?? []
    return { upstream: name, targets: targets.map(({ entity }) => ({ target: entity.target, weight: entity.weight, state: entity.weight === 0 ? 'drained' : 'unchecked' })) }
  }

  #writeListenFile(addresses: Record<string, string | null>): void {
    const file = join(this.#settings.dataDir, 'listen.json')
    writeFileSync(`${file}.new`, JSON.stringify(addresses))
    renameSync(`${file}.new`, file)
  }

  /** Readiness fails first, then connections are drained, then everything closes. */
  async stop(): Promise<void> {
    if (this.#isDraining) return
    this.#isDraining = true
    this.#log.info('draining')
    this.#stopWatching()
    await this.#pool?.drain(DRAIN_GRACE_MS)
    await this.#status?.close()
    await this.#accessLog?.close()
    rmSync(join(this.#settings.dataDir, 'listen.json'), { force: true })
    this.#unlock()
    this.#log.info('stopped')
  }
}
