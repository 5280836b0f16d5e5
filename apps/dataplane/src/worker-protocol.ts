import type { Issue } from '@sluice/shared/snapshot'
import type { NodeSettings } from './environment.ts'
import type { CounterMemory } from './memory/counter-table.ts'
import type { WorkerReport } from './observe/aggregate.ts'

/** What a worker is born with. */
export interface WorkerData {
  index: number
  nodeId: string
  settings: NodeSettings
  proxyPort: number
  tlsPort: number | null
  counters: CounterMemory
}

/** Main → worker. A snapshot travels as the verified bytes of its JSON, shared, not cloned. */
export type WorkerCommand =
  | { type: 'prepare'; ticket: number; bytes: SharedArrayBuffer }
  | { type: 'commit'; ticket: number }
  | { type: 'abort'; ticket: number }
  | { type: 'drain'; graceMs: number }

/** Worker → main. */
export type WorkerAnswer =
  | { type: 'listening' }
  | { type: 'prepared'; ticket: number }
  | { type: 'refused'; ticket: number; issues: Issue[] }
  | { type: 'committed'; ticket: number }
  | { type: 'report'; report: WorkerReport }
  | { type: 'access'; lines: string }
  | { type: 'drained' }
