import { join } from 'node:path'
import { startOrigin } from '../peers/nginx.ts'
import type { Peer, Serving, Work } from '../peers/peer.ts'
import type { Scenario } from '../scenarios/scenarios.ts'
import { checkFirstAnswer } from './first-answer.ts'
import { load } from './load.ts'
import { coresFor, cpuMicroseconds, memoryMebibytes } from './processes.ts'

export interface Pace {
  rounds: number
  secondsPerRound: number
  warmSeconds: number
  /** For a look: parts that are not in rounds take less too. */
  isQuick: boolean
}

export interface Round {
  microsecondsPerRequest: number
  perSecond: number
  p99Ms: number
}

export interface Row {
  name: string
  routes: number
  workers: number
  rounds: Round[]
  memoryMebibytes: number
  /** Set where there are no figures, or no honest ones. */
  failure: string | null
}

export interface Table {
  scenario: Scenario
  /** The first is nginx. */
  rows: Row[]
}

interface Entry {
  row: Row
  serving: Serving | null
}

/** What every section of the report is measured with. */
export interface Circumstances {
  peers: Peer[]
  folder: string
  certificate: Work['certificate']
  pace: Pace
  say: (line: string) => void
}

/** The first answer is looked at before anything is measured: a proxy that answers 404 is fast. */
async function start(peer: Peer, work: Work): Promise<Entry> {
  const entry: Entry = { row: { name: peer.name, routes: work.routes, workers: work.workers, rounds: [], memoryMebibytes: 0, failure: null }, serving: null }
  try {
    entry.serving = await peer.start(work)
    await checkFirstAnswer(work.scenario, entry.serving.port, { routes: work.routes, asksForKeys: peer.asksForKeys && work.scenario.consumers > 0 })
  } catch (error) {
    entry.row.failure = error instanceof Error ? error.message.slice(-300) : String(error)
  }
  return entry
}

/** One round of one proxy, or why it has no honest figures. */
async function attempt(serving: Serving, scenario: Scenario, target: { routes: number; seconds: number; cores: string }): Promise<Round | string> {
  const before = cpuMicroseconds(serving.launched.pid)
  const result = await load(scenario, { port: serving.port, ...target }).catch((error: Error) => error.message)
  const used = cpuMicroseconds(serving.launched.pid) - before
  if (serving.launched.hasEnded) return `ended under load: ${serving.launched.output.trim().slice(-200)}`
  if (typeof result === 'string') return result
  if (result.requests < scenario.connections) return `answered only ${result.requests} requests`
  // A connection that is cut counts as broken; one in a thousand is noise of starting and stopping.
  if (result.refused > 0 || result.broken > result.requests / 1000) return `${result.refused} answers of 400 or above, ${result.broken} broken connections in ${result.requests}`
  return { microsecondsPerRequest: used / result.requests, perSecond: result.requests / result.seconds, p99Ms: result.p99Ms }
}

/** A round that failed is tried once more: where other work takes the machine for seconds, that says nothing of the proxy. */
async function measure({ row, serving }: Entry, scenario: Scenario, { seconds, cores }: { seconds: number; cores: string }): Promise<Round | null> {
  if (serving === null || row.failure !== null) return null
  const target = { routes: row.routes, seconds, cores }
  const first = await attempt(serving, scenario, target)
  const last = typeof first === 'string' ? await attempt(serving, scenario, target) : first
  if (typeof last !== 'string') return last
  row.failure = last
  return null
}

/** One scenario over all proxies: all are started, then round by round each runs once. */
export async function runScenario(scenario: Scenario, { peers, folder, certificate, pace, say }: Circumstances): Promise<Table> {
  const place = join(folder, scenario.id)
  const cores = coresFor(Math.max(...scenario.workerCounts))
  const origin = await startOrigin(join(place, 'origin'), cores.load)
  const entries: Entry[] = []
  try {
    for (const peer of peers) {
      for (const { routes, workers } of variantsOf(scenario).filter((variant) => peer.can({ scenario, routes: variant.routes }))) {
        const own = join(place, `${peer.name.replace(/\W+/g, '-')}-${routes}-${workers}`)
        const proxyCores = workers === 1 ? cores.proxy.slice(-1) : cores.proxy
        entries.push(await start(peer, { scenario, routes, workers, cores: proxyCores, originPort: origin.port, folder: own, certificate }))
      }
    }
    await Promise.all(entries.map(({ serving }) => serving?.launched.settled()))
    say(`${scenario.id}: all are started`)
    for (const entry of entries) await measure(entry, scenario, { seconds: pace.warmSeconds, cores: cores.load })
    say(`${scenario.id}: all are warm`)
    for (let round = 1; round <= pace.rounds; round++) {
      for (const entry of entries) {
        const figures = await measure(entry, scenario, { seconds: pace.secondsPerRound, cores: cores.load })
        if (figures !== null) entry.row.rounds.push(figures)
      }
      say(`${scenario.id}: round ${round} of ${pace.rounds}`)
    }
    for (const { row, serving } of entries) if (serving !== null) row.memoryMebibytes = memoryMebibytes(serving.launched.pid)
    for (const { row } of entries) if (row.failure !== null) say(`${scenario.id}: ${row.name} has no figure: ${row.failure}`)
  } finally {
    for (const { serving } of [...entries, { serving: origin }]) await serving?.launched.stop()
  }
  return { scenario, rows: entries.map(({ row }) => row) }
}

function variantsOf({ routeCounts, workerCounts }: Scenario): { routes: number; workers: number }[] {
  return routeCounts.flatMap((routes) => workerCounts.map((workers) => ({ routes, workers })))
}
