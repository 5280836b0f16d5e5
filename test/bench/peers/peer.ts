import { spawnSync } from 'node:child_process'
import type { Launched } from '../measuring/processes.ts'
import type { Scenario } from '../scenarios/scenarios.ts'

/** What a proxy is to do in one scenario. */
export interface Work {
  scenario: Scenario
  routes: number
  workers: number
  /** Cores of the proxy, as taskset takes them. */
  cores: string
  originPort: number
  /** Of this proxy and this scenario alone; removed at the end. */
  folder: string
  certificate: { cert: string; key: string }
}

export interface Serving {
  launched: Launched
  port: number
}

export interface Peer {
  name: string
  /** File of the repository with its configuration, from test/bench/peers, and what is worth knowing of it. */
  configuration: { file: string; says: string }
  /** Null where it is not on this machine; `missing` says what would bring it. */
  version: string | null
  missing: string
  /** Refuses a wrong key in a scenario with consumers; the others relay it. */
  asksForKeys: boolean
  can(work: Pick<Work, 'scenario' | 'routes'>): boolean
  start(work: Work): Promise<Serving>
}

/** For those that relay everything to one origin and nothing more. */
export function isPlainRelay({ scenario }: Pick<Work, 'scenario'>): boolean {
  return isRelayOrTls({ scenario }) && !scenario.isTls && scenario.workerCounts.length === 1
}

/** Relay, TLS and HTTP/2, without many routes and without consumers. */
export function isRelayOrTls({ scenario }: Pick<Work, 'scenario'>): boolean {
  return scenario.consumers === 0 && scenario.routeCounts.length === 1
}

const DESCRIPTORS_MAX = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout) || 65_536
/** Client connections that every proxy with such a bound allows: two descriptors each, as HAProxy counts, and a few for the rest. */
export const CONNECTIONS_MAX = Math.min(16_000, Math.floor((DESCRIPTORS_MAX - 200) / 2))

export const routePrefix = (index: number): string => `/r${String(index).padStart(5, '0')}/`
export const keyOf = (consumer: number): string => `bench-key-${String(consumer).padStart(6, '0')}`
/** Above what a run can reach: every request is counted, none is refused. */
export const LIMIT_PER_MINUTE = 1_000_000_000
