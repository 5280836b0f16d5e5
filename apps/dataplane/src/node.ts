import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pluginGeneration } from '@sluice/plugins/contract'
import { CustomPluginError, installCustomPlugins } from '@sluice/plugins/custom-plugins'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import type { Issue } from '@sluice/shared/snapshot'
import pino from 'pino'
import { claimPort, lockDataDir } from './claim.ts'
import { Configuration } from './config/configuration.ts'
import { LastGoodError, LastGoodFile, loadNodeKey } from './config/last-good.ts'
import { readDocument, watchFile } from './config/standalone.ts'
import { type NodeSettings, SettingsError } from './environment.ts'
import { NodeCredential } from './link/credential.ts'
import { Link } from './link/link.ts'
import { createConnectionMemory } from './memory/connection-counts.ts'
import { createCounterMemory } from './memory/counter-table.ts'
import { createGenerationMemory, GenerationTable } from './memory/generations.ts'
import { createInFlightMemory } from './memory/in-flight-table.ts'
import { createTicketMemory, TICKET_KEYS_LIFETIME_MS, TicketKeys } from './memory/ticket-keys.ts'
import { describeNode, upstreamHealth } from './node-status.ts'
import { AccessLog } from './observe/access-log.ts'
import { Metrics } from './observe/metrics.ts'
import { RefusalLog } from './observe/refusal-log.ts'
import { StatusServer } from './observe/status-server.ts'
import { Telemetry } from './observe/telemetry.ts'
import { planWorkers, type WorkerPlan } from './worker-plan.ts'
import { WorkerPool } from './worker-pool.ts'

export const VERSION = '0.1.0'
/** How long running requests may go on after SIGTERM. */
const DRAIN_GRACE_MS = 30_000
/** Cells are closed this long after the second has ended, so that a timer that fires early does not miss it. */
const CELL_DELAY_MS = 10

interface Listening {
  proxy: string
  tls: string | null
  status: string
}

/** A node: its workers, its configuration, its link to the control plane and its status address. */
export class GatewayNode {
  readonly #settings: NodeSettings
  readonly #plan: WorkerPlan
  readonly #log: pino.Logger
  readonly #metrics = new Metrics()
  readonly #refusals: RefusalLog
  readonly #telemetry: Telemetry
  readonly #configuration: Configuration
  readonly #accessLog: AccessLog | null
  readonly #unlock: () => void
  readonly #startedAt = Date.now()
  /** Shared by the workers: by it they are told what they keep in vain. */
  readonly #generations = createGenerationMemory()
  #pool: WorkerPool | null = null
  #status: StatusServer | null = null
  #link: Link | null = null
  #applied = 0
  #rejections = 0
  #rejected: { revision: number; issues: Issue[] } | null = null
  #drainReason: string | null = null
  #isStopping = false
  #stopWatching: () => void = () => {}
  #cellTimer: NodeJS.Timeout | undefined

  constructor(settings: NodeSettings) {
    this.#plan = planWorkers(settings.workers, process.platform)
    this.#settings = { ...settings, workers: this.#plan.count }
    this.#log = pino({ level: settings.logLevel })
    this.#unlock = lockDataDir(settings.dataDir)
    this.#accessLog = settings.accessLog === 'off' ? null : new AccessLog(settings.accessLog)
    this.#refusals = new RefusalLog({
      nowMs: () => performance.now(),
      write: (refused) => this.#log.warn({ refused }, 'connections were closed at once: SLUICE_LIMIT_CONNECTIONS or SLUICE_LIMIT_ADDRESS_CONNECTIONS was reached'),
    })
    this.#telemetry = new Telemetry({ nowMs: () => Date.now(), read: readProcess })
    this.#configuration = new Configuration({
      apply: (update, onDecided) => this.#pool?.apply(update, onDecided) ?? Promise.resolve({ ok: false, issues: [{ path: '', message: 'the node is not running' }] }),
      lastGood: new LastGoodFile(settings.dataDir, loadNodeKey(settings.dataDir)),
      onWriteError: (error) => this.#log.error({ error: error.message }, 'the last good configuration could not be written; a restart would serve an older one'),
    })
  }

  async start(): Promise<void> {
    const { proxyListen, tlsListen, statusListen } = this.#settings
    if (this.#plan.notice !== null) this.#log.warn(this.#plan.notice)
    await this.#installPlugins()
    const proxyPort = await claimPort(proxyListen, 'SLUICE_PROXY_LISTEN')
    const tlsPort = tlsListen === null ? null : await claimPort(tlsListen, 'SLUICE_PROXY_TLS_LISTEN')
    const statusPort = await claimPort(statusListen, 'SLUICE_STATUS_LISTEN')
    this.#pool = this.#makePool(proxyPort, tlsPort)
    await this.#pool.start(this.#settings.workers)
    await this.#startConfiguration()
    this.#status = new StatusServer({ host: statusListen.host, port: statusPort, token: this.#settings.statusToken }, this.#statusPorts())
    await this.#status.listen()
    const listening: Listening = {
      proxy: `${proxyListen.host}:${proxyPort}`,
      tls: tlsListen === null ? null : `${tlsListen.host}:${tlsPort}`,
      status: `${statusListen.host}:${statusPort}`,
    }
    this.#writeListenFile(listening)
    this.#log.info({ node: this.#settings.name, workers: this.#settings.workers, ...listening }, 'listening')
    this.#startLink(listening)
  }

  async #installPlugins(): Promise<void> {
    const { pluginsDir } = this.#settings
    if (pluginsDir === null) return
    try {
      const plugins = await installCustomPlugins(pluginsDir)
      this.#log.info({ directory: pluginsDir, plugins: plugins.map(({ name }) => name) }, 'plugins of your own')
    } catch (error) {
      throw error instanceof CustomPluginError ? new SettingsError(`SLUICE_PLUGINS_DIR: ${error.message}`) : error
    }
  }

  #makePool(proxyPort: number, tlsPort: number | null): WorkerPool {
    const counters = createCounterMemory(this.#settings.counterSlots)
    const tickets = createTicketMemory()
    const ticketKeys = new TicketKeys(tickets)
    ticketKeys.rotate()
    setInterval(() => ticketKeys.rotate(), TICKET_KEYS_LIFETIME_MS).unref()
    return new WorkerPool(
      {
        nodeId: randomUUID(),
        settings: this.#settings,
        sharesPort: this.#plan.sharesPort,
        proxyPort,
        tlsPort,
        counters,
        generations: this.#generations,
        connections: createConnectionMemory(this.#settings.workers),
        inFlight: createInFlightMemory(this.#settings.workers),
        tickets,
      },
      {
        onReport: (worker, report) => {
          this.#metrics.add(worker, report)
          this.#refusals.add(report.connectionsRefused)
          if (this.#link !== null) this.#telemetry.add(worker, report)
        },
        onAccess: (lines) => this.#accessLog?.write(lines),
        onCrash: (worker, error) => {
          this.#metrics.forget(worker)
          this.#telemetry.forget(worker)
          this.#log.error({ worker, error: error.message }, 'worker crashed and is replaced')
        },
        served: () => this.#configuration.update(),
      },
    )
  }

  /** `--config` if given, else the last good configuration, else none until a POST or the control plane brings one. */
  async #startConfiguration(): Promise<void> {
    const { configFile } = this.#settings
    if (configFile === null) return this.#startFromLastGood()
    const result = await this.#applyDocument(readFileSync(configFile, 'utf8'))
    if (!result.ok) throw new SettingsError(`${configFile} was refused:\n${result.issues.map((issue) => `  ${issue.path}: ${issue.message}`).join('\n')}`)
    this.#stopWatching = watchFile(configFile, (text) => void this.#applyChangedFile(configFile, text))
  }

  async #startFromLastGood(): Promise<void> {
    try {
      const snapshot = this.#configuration.readLastGood()
      if (snapshot === null) return
      const { revision, hash } = snapshot
      const outcome = await this.#configuration.applySnapshot(snapshot)
      if (outcome.kind === 'applied') this.#log.info({ revision, hash }, 'serving the last good configuration')
      else this.#log.error({ revision, outcome }, 'the last good configuration is refused by this version')
    } catch (error) {
      if (!(error instanceof LastGoodError)) throw error
      this.#log.error({ reason: error.message }, 'the last good configuration cannot be used')
    }
  }

  #startLink(listening: Listening): void {
    const { controlPlane, dataDir, name, workers } = this.#settings
    if (controlPlane === null) return
    this.#link = new Link(
      { ...controlPlane, node: name, version: VERSION, workers, plugins: Object.keys(PLUGIN_SCHEMAS), listen: listening },
      {
        configuration: this.#configuration,
        credential: new NodeCredential(dataDir),
        events: {
          onApplied: (revision, hash, applyMs) => this.#onApplied(revision, { hash, apply_ms: applyMs }),
          onRejected: (revision, issues) => this.#onRejected(revision, issues),
          onResync: (reason) => this.#log.warn({ reason }, 'asked the control plane for the whole configuration'),
          onPurge: (pluginId) => this.#purge(pluginId),
          onDrain: () => {
            this.#drainReason = 'draining: the control plane asked for it'
            this.#log.warn('the control plane takes this node out: not ready any more, and serving what still comes')
          },
        },
        random: Math.random,
        log: (level, fields, message) => this.#log[level](fields, message),
      },
    )
    this.#link.start()
    this.#closeCells()
  }

  #purge(pluginId: string): void {
    const generations = new GenerationTable(this.#generations)
    generations.advance(generations.placeOf(pluginGeneration(pluginId)))
    this.#log.info({ plugin: pluginId }, 'what a plugin kept is forgotten')
  }

  #onApplied(revision: number, fields: Record<string, unknown>): void {
    this.#applied += 1
    this.#rejected = null
    this.#log.info({ revision, ...fields }, 'revision applied')
  }

  #onRejected(revision: number, issues: Issue[]): void {
    this.#rejections += 1
    this.#rejected = { revision, issues }
    this.#log.error({ revision, issues: issues.slice(0, 10) }, 'revision rejected; the former configuration keeps serving')
  }

  /** Each second, just after it has ended. */
  #closeCells(): void {
    this.#telemetry.close()
    this.#telemetry.flush((cells) => this.#link?.report(cells) ?? false)
    this.#cellTimer = setTimeout(() => this.#closeCells(), 1000 - (Date.now() % 1000) + CELL_DELAY_MS)
  }

  async #applyChangedFile(file: string, text: string): Promise<void> {
    const result = await this.#applyDocument(text)
    if (result.ok) this.#log.info({ file, hash: result.hash }, 'configuration file applied')
    else this.#log.error({ file, issues: result.issues }, 'configuration file refused; the former configuration keeps serving')
  }

  /** Answers when every worker serves it and the disk has it. */
  async #applyDocument(text: string): Promise<{ ok: true; hash: string } | { ok: false; issues: Issue[] }> {
    const { served } = this.#configuration
    const read = await readDocument(text, (served?.revision ?? 0) + 1)
    if (!read.ok) return read
    const { revision, hash } = read.snapshot
    if (hash === served?.hash) return { ok: true, hash }
    const outcome = await this.#configuration.applySnapshot(read.snapshot)
    if (outcome.kind !== 'applied') {
      const issues = outcome.kind === 'rejected' ? outcome.issues : [{ path: '', message: outcome.reason }]
      this.#rejections += 1
      return { ok: false, issues }
    }
    this.#onApplied(revision, { hash })
    await this.#configuration.saved()
    return { ok: true, hash }
  }

  #statusPorts() {
    const notReady = () => this.#drainReason ?? (this.#configuration.served === null ? 'no configuration yet' : null)
    return {
      notReady,
      status: () =>
        describeNode({
          settings: this.#settings,
          version: VERSION,
          served: this.#configuration.served,
          workers: this.#pool?.size ?? 0,
          metrics: this.#metrics,
          startedAtMs: this.#startedAt,
          link: this.#link?.status ?? null,
          rejected: this.#rejected,
        }),
      metrics: () =>
        this.#metrics.text({
          revision: this.#configuration.served?.revision ?? 0,
          workers: this.#pool?.size ?? 0,
          ready: notReady() === null,
          link: this.#link === null ? null : { state: this.#link.status.state, reconnects: this.#link.reconnects },
          revisionsApplied: this.#applied,
          revisionsRejected: this.#rejections,
        }),
      purge: (pluginId: string) => this.#purge(pluginId),
      upstreamHealth: (name: string) => upstreamHealth(this.#configuration.served, name),
      applyDocument: this.#settings.controlPlane === null ? (text: string) => this.#applyDocument(text) : null,
    }
  }

  #writeListenFile(listening: Listening): void {
    const file = join(this.#settings.dataDir, 'listen.json')
    writeFileSync(`${file}.new`, JSON.stringify(listening))
    renameSync(`${file}.new`, file)
  }

  /** Readiness fails first, then connections are drained, then everything closes. The link stays until then: the last seconds are told too. */
  async stop(): Promise<void> {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#drainReason = 'draining'
    this.#log.info('draining')
    this.#stopWatching()
    this.#link?.hold()
    await this.#pool?.drain(DRAIN_GRACE_MS)
    clearTimeout(this.#cellTimer)
    this.#link?.stop()
    await this.#configuration.saved()
    await this.#status?.close()
    await this.#accessLog?.close()
    rmSync(join(this.#settings.dataDir, 'listen.json'), { force: true })
    this.#unlock()
    this.#log.info('stopped')
  }
}

function readProcess(): { cpuMicros: number; rssBytes: number } {
  const { user, system } = process.cpuUsage()
  return { cpuMicros: user + system, rssBytes: process.memoryUsage.rss() }
}
