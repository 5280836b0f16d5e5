import type { Launched } from '../measuring/processes.ts'
import type { Scenario } from '../scenarios/scenarios.ts'

/** What a proxy is to do in one scenario. */
export interface Work {
  scenario: Scenario
  routes: number
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
  return scenario.consumers === 0 && !scenario.isTls && scenario.routeCounts.length === 1
}

/** Relay and TLS, without many routes and without consumers. */
export function isRelayOrTls({ scenario }: Pick<Work, 'scenario'>): boolean {
  return scenario.consumers === 0 && scenario.routeCounts.length === 1
}

export const routePrefix = (index: number): string => `/r${String(index).padStart(5, '0')}/`
export const keyOf = (consumer: number): string => `bench-key-${String(consumer).padStart(6, '0')}`
/** Above what a run can reach: every request is counted, none is refused. */
export const LIMIT_PER_MINUTE = 1_000_000_000
