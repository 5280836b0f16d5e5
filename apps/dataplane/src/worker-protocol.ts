import type { Issue } from '@sluice/shared/snapshot'
import type { ConfigUpdate } from './config/update-bytes.ts'
import type { NodeSettings } from './environment.ts'
import type { ConnectionMemory } from './memory/connection-counts.ts'
import type { CounterMemory } from './memory/counter-table.ts'
import type { GenerationMemory } from './memory/generations.ts'
import type { InFlightMemory } from './memory/in-flight-table.ts'
import type { WorkerReport } from './observe/aggregate.ts'

/** What a worker is born with. */
export interface WorkerData {
  index: number
  nodeId: string
  settings: NodeSettings
  /** False where the system has no reusePort: then there is one worker. */
  sharesPort: boolean
  proxyPort: number
  tlsPort: number | null
  counters: CounterMemory
  generations: GenerationMemory
  connections: ConnectionMemory
  inFlight: InFlightMemory
  /** Keys of TLS session tickets. */
  tickets: SharedArrayBuffer
}

/** Main → worker. */
export type WorkerCommand =
  | { type: 'prepare'; ticket: number; update: ConfigUpdate }
  | { type: 'commit'; ticket: number }
  | { type: 'abort'; ticket: number }
  | { type: 'drain'; ticket: number; graceMs: number }

/** Worker → main: answers carry the ticket of their command, so that a late one is not taken for another. */
export type WorkerAnswer =
  | { type: 'listening' }
  | { type: 'prepared'; ticket: number }
  | { type: 'refused'; ticket: number; issues: Issue[] }
  | { type: 'committed'; ticket: number }
  | { type: 'drained'; ticket: number }
  | { type: 'report'; report: WorkerReport }
  | { type: 'access'; lines: string }
