import type { CounterTable, Directory, HttpClient, InFlightPlaces, KeptObjects, RedisSettings, RedisStore, SharedGenerations } from '@sluice/plugins/contract'
import type { RingState } from '../balancer/ring.ts'

/** What compiled plugins and balancers reach of the outside. */
export interface CompileEnvironment {
  counters: CounterTable
  places: InFlightPlaces
  redis(settings: RedisSettings): RedisStore
  directory: Directory
  http: HttpClient
  kept: KeptObjects
  generations: SharedGenerations
  clock: { nowMs(): number }
  random(): number
  uuid(): string
  node: { id: string; hostname: string; pid: number }
  log(level: 'warn' | 'error', message: string, fields?: Record<string, unknown>): void
  /** Balancer state by upstream name, kept over revisions. */
  rings: Map<string, RingState>
}
