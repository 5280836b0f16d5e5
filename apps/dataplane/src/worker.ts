import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import type { Directory } from '@sluice/plugins/contract'
import { installCustomPlugins } from '@sluice/plugins/custom-plugins'
import type { RingState } from './balancer/ring.ts'
import type { CompileEnvironment } from './config/compile-environment.ts'
import { StagedConfig } from './config/staged.ts'
import type { ConfigUpdate } from './config/update-bytes.ts'
import { DataPath } from './data-path.ts'
import { keepDefectsOfPlugins } from './defects-of-plugins.ts'
import { toBlockList } from './environment.ts'
import { Deadlines } from './exchange/deadlines.ts'
import { OVERLOAD_LOOK_INTERVAL_MS, OverloadGuard } from './listener/overload-guard.ts'
import { sharedReadsWork } from './listener/shared-reads-probe.ts'
import { ConnectionCounts } from './memory/connection-counts.ts'
import { SharedCounterTable } from './memory/counter-table.ts'
import { GenerationTable } from './memory/generations.ts'
import { InFlightQueue } from './memory/in-flight-queue.ts'
import { InFlightTable } from './memory/in-flight-table.ts'
import { LeastRecentlyUsed } from './memory/kept-objects.ts'
import { TicketKeys } from './memory/ticket-keys.ts'
import { Aggregate } from './observe/aggregate.ts'
import { RedisRoom } from './redis/redis-room.ts'
import { probeDirectIo } from './socket/direct-io-probe.ts'
import { PluginHttp } from './upstream/plugin-http.ts'
import { Pools } from './upstream/pools.ts'
import type { WorkerAnswer, WorkerCommand, WorkerData } from './worker-protocol.ts'

/** How often a worker hands its numbers and log lines to main. */
const REPORT_INTERVAL_MS = 500
/** How often the event loop is looked at; a loop that is free is this late by itself. */
const LOOP_DELAY_RESOLUTION_MS = 20

if (parentPort === null) throw new Error('a worker is started by main.ts')
const port = parentPort
const data = workerData as WorkerData
const { settings } = data
const answer = (message: WorkerAnswer) => port.postMessage(message)
const clock = { nowMs: () => Date.now() }
const log = (level: 'warn' | 'error', message: string, fields: Record<string, unknown> = {}) =>
  process.stderr.write(`${JSON.stringify({ level: level === 'warn' ? 40 : 50, time: Date.now(), worker: data.index, ...fields, msg: message })}\n`)

if (settings.pluginsDir !== null) {
  await installCustomPlugins(settings.pluginsDir)
  keepDefectsOfPlugins(settings.pluginsDir, log)
}

const directIo = settings.passesStreams ? await probeDirectIo() : null
if (settings.passesStreams && directIo === null) log('warn', 'connections are read and written through streams: on this Node.js it cannot be done past them')
const sharesReads = settings.sharesReads && (await sharedReadsWork(directIo))
if (settings.sharesReads && !sharesReads) log('warn', 'clients are read each into memory of its own: on this Node.js reads cannot be shared')

const policy = { allowPrivate: settings.allowPrivateUpstreams, allow: toBlockList(settings.upstreamAllow) }
const aggregate = new Aggregate({ keepsLines: settings.accessLog !== 'off' })
const overload = new OverloadGuard({ heapPercent: settings.shedHeapPercent, loopLagMs: settings.shedLoopLagMs })
const deadlines = new Deadlines()
const dataPath = new DataPath({
  overload,
  counts: new ConnectionCounts(data.connections, data.index, settings.limits.listener),
  deadlines,
  pools: new Pools({
    policy,
    deadlines,
    limits: settings.limits.upstream,
    directIo,
  }),
  observe: aggregate,
  clock,
  log,
  takesH2c: settings.takesH2c,
  limits: settings.limits.listener,
  sharesReads,
  directIo,
  realIp: { trusted: toBlockList(settings.trustedIps), header: settings.realIpHeader, recursive: settings.realIpRecursive },
})
/** Loaded when a plugin first asks it, as few nodes have one. */
let loadedDirectory: Promise<Directory> | null = null
function directory(): Promise<Directory> {
  loadedDirectory ??= import('./upstream/ldap-directory.ts').then(({ LdapDirectory }) => new LdapDirectory(policy))
  return loadedDirectory
}

const redis = new RedisRoom({ random: Math.random, log })
const compileEnvironment: CompileEnvironment = {
  counters: new SharedCounterTable(data.counters, clock),
  places: new InFlightQueue(new InFlightTable(data.inFlight, data.index, Math.random), data.index),
  redis: (settings) => redis.store(settings),
  directory: { bind: async (server, claim) => (await directory()).bind(server, claim) },
  http: new PluginHttp(policy),
  kept: new LeastRecentlyUsed({ ...settings.limits.cache, bytesMax: Math.floor(settings.limits.cache.bytesMax / settings.workers) }),
  generations: new GenerationTable(data.generations),
  clock,
  random: Math.random,
  uuid: randomUUID,
  node: { id: data.nodeId, hostname: hostname(), pid: process.pid },
  log,
  rings: new Map<string, RingState>(),
}
const staged = new StagedConfig(compileEnvironment)
const loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS })
loopDelay.enable()

async function prepare(ticket: number, update: ConfigUpdate): Promise<void> {
  try {
    const result = await staged.prepare(ticket, update)
    if (result !== null) answer(result.ok ? { type: 'prepared', ticket } : { type: 'refused', ticket, issues: result.issues })
  } catch (error) {
    answer({ type: 'refused', ticket, issues: [{ path: '', message: `could not be compiled: ${error instanceof Error ? error.message : String(error)}` }] })
  }
}

function commit(ticket: number): void {
  const config = staged.commit(ticket)
  if (config === null) return
  dataPath.swap(config)
  answer({ type: 'committed', ticket })
}

const ticketKeys = new TicketKeys(data.tickets)
let ticketGeneration = 0

function followTicketKeys(): void {
  const changed = ticketKeys.changedSince(ticketGeneration)
  if (changed === null) return
  ticketGeneration = changed.generation
  dataPath.setTicketKeys(changed.keys)
}

function report(): void {
  const { series, lines } = aggregate.take()
  const loopLagMs = Math.max(0, loopDelay.max / 1e6 - LOOP_DELAY_RESOLUTION_MS)
  loopDelay.reset()
  const refused = { http2Refused: dataPath.takeHttp2Refused(), connectionsRefused: dataPath.takeConnectionsRefused() }
  answer({ type: 'report', report: { heapBytes: getHeapStatistics().used_heap_size, connections: dataPath.connections, loopLagMs, shed: overload.takeShed(), ...refused, series } })
  if (lines !== '') answer({ type: 'access', lines })
}

async function drain(ticket: number, graceMs: number): Promise<void> {
  await dataPath.close(graceMs)
  redis.close()
  report()
  answer({ type: 'drained', ticket })
}

port.on('message', (command: WorkerCommand) => {
  switch (command.type) {
    case 'prepare':
      void prepare(command.ticket, command.update)
      break
    case 'commit':
      commit(command.ticket)
      break
    case 'abort':
      staged.abort(command.ticket)
      break
    case 'drain':
      void drain(command.ticket, command.graceMs)
      break
  }
})

followTicketKeys()
const reusePort = data.sharesPort
await dataPath.listen({ host: settings.proxyListen.host, port: data.proxyPort, reusePort }, false)
if (settings.tlsListen !== null && data.tlsPort !== null) await dataPath.listen({ host: settings.tlsListen.host, port: data.tlsPort, reusePort }, true)
setInterval(() => overload.look(), OVERLOAD_LOOK_INTERVAL_MS).unref()
setInterval(() => {
  followTicketKeys()
  report()
}, REPORT_INTERVAL_MS).unref()
answer({ type: 'listening' })
