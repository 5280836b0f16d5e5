import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Snapshot } from '@sluice/shared/snapshot'
import type { RingState } from './balancer/ring.ts'
import { type CompileEnvironment, compileConfig } from './config/compile.ts'
import { DataPath } from './data-path.ts'
import { toBlockList } from './environment.ts'
import { SharedCounterTable } from './memory/counter-table.ts'
import { Aggregate } from './observe/aggregate.ts'
import type { CompiledConfig } from './pipeline/compiled.ts'
import { Pools } from './upstream/pools.ts'
import type { WorkerAnswer, WorkerCommand, WorkerData } from './worker-protocol.ts'

/** How often a worker hands its numbers and log lines to main. */
const REPORT_INTERVAL_MS = 500

if (parentPort === null) throw new Error('a worker is started by main.ts')
const port = parentPort
const data = workerData as WorkerData
const { settings } = data
const answer = (message: WorkerAnswer) => port.postMessage(message)
const clock = { nowMs: () => Date.now() }
const log = (level: 'warn' | 'error', message: string, fields: Record<string, unknown> = {}) =>
  process.stderr.write(`${JSON.stringify({ level: level === 'warn' ? 40 : 50, time: Date.now(), worker: data.index, ...fields, msg: message })}\n`)

const aggregate = new Aggregate({ keepsLines: settings.accessLog !== 'off' })
const dataPath = new DataPath({
  pools: new Pools({ allowPrivate: settings.allowPrivateUpstreams, allow: toBlockList(settings.upstreamAllow) }),
  observe: aggregate,
  clock,
  log,
  realIp: { trusted: toBlockList(settings.trustedIps), header: settings.realIpHeader, recursive: settings.realIpRecursive },
})
const compileEnvironment: CompileEnvironment = {
  counters: new SharedCounterTable(data.counters, clock),
  clock,
  random: Math.random,
  uuid: randomUUID,
  node: { id: data.nodeId, hostname: hostname(), pid: process.pid },
  log,
  rings: new Map<string, RingState>(),
}
const prepared = new Map<number, CompiledConfig>()

function prepare(ticket: number, bytes: SharedArrayBuffer): void {
  try {
    const snapshot = JSON.parse(Buffer.from(new Uint8Array(bytes)).toString('utf8')) as Snapshot
    const result = compileConfig(snapshot, compileEnvironment)
    if (result.ok) {
      prepared.set(ticket, result.config)
      answer({ type: 'prepared', ticket })
    } else answer({ type: 'refused', ticket, issues: result.issues })
  } catch (error) {
    answer({ type: 'refused', ticket, issues: [{ path: '', message: `could not be compiled: ${error instanceof Error ? error.message : String(error)}` }] })
  }
}

function commit(ticket: number): void {
  const config = prepared.get(ticket)
  prepared.clear()
  if (config === undefined) return
  dataPath.swap(config)
  answer({ type: 'committed', ticket })
}

function report(): void {
  const { report: numbers, lines } = aggregate.take(dataPath.connections)
  answer({ type: 'report', report: numbers })
  if (lines !== '') answer({ type: 'access', lines })
}

async function drain(graceMs: number): Promise<void> {
  await dataPath.close(graceMs)
  report()
  answer({ type: 'drained' })
}

port.on('message', (command: WorkerCommand) => {
  switch (command.type) {
    case 'prepare':
      prepare(command.ticket, command.bytes)
      break
    case 'commit':
      commit(command.ticket)
      break
    case 'abort':
      prepared.delete(command.ticket)
      break
    case 'drain':
      void drain(command.graceMs)
      break
  }
})

await dataPath.listen({ host: settings.proxyListen.host, port: data.proxyPort, reusePort: true }, false)
if (settings.tlsListen !== null && data.tlsPort !== null) await dataPath.listen({ host: settings.tlsListen.host, port: data.tlsPort, reusePort: true }, true)
setInterval(report, REPORT_INTERVAL_MS).unref()
answer({ type: 'listening' })
