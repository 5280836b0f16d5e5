import { randomUUID } from 'node:crypto'
import type { EntityType } from '@sluice/shared/entities/registry'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import type { CompileEnvironment } from '../../../apps/dataplane/src/config/compile-environment.ts'
import { createCounterMemory, SharedCounterTable } from '../../../apps/dataplane/src/memory/counter-table.ts'
import { createGenerationMemory, GenerationTable } from '../../../apps/dataplane/src/memory/generations.ts'
import { InFlightQueue } from '../../../apps/dataplane/src/memory/in-flight-queue.ts'
import { createInFlightMemory, InFlightTable } from '../../../apps/dataplane/src/memory/in-flight-table.ts'
import { LeastRecentlyUsed } from '../../../apps/dataplane/src/memory/kept-objects.ts'
import { RedisRoom } from '../../../apps/dataplane/src/redis/redis-room.ts'

const COUNTER_SLOTS = 65_536
const redis = new RedisRoom({ random: Math.random, log: () => {} })
const clock = { nowMs: () => Date.now() }

/** What a worker compiles its configuration with. */
export const environment: CompileEnvironment = {
  counters: new SharedCounterTable(createCounterMemory(COUNTER_SLOTS), clock),
  places: new InFlightQueue(new InFlightTable(createInFlightMemory(1), 0, Math.random), 0),
  redis: (settings) => redis.store(settings),
  kept: new LeastRecentlyUsed({ bytesMax: 64 * 1024 * 1024, objectBytesMax: 1024 * 1024 }),
  generations: new GenerationTable(createGenerationMemory()),
  clock,
  random: Math.random,
  uuid: randomUUID,
  node: { id: 'bench', hostname: 'bench', pid: process.pid },
  log: () => {},
  directory: { bind: async () => 'refused' },
  http: { ask: () => Promise.reject(new Error('nobody there')) },
  rings: new Map(),
}

export const HASH = '0'.repeat(64)
export const idOf = (kind: number, index: number): string => `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`
export const entry = (type: EntityType, id: string, fields: Record<string, unknown>): SnapshotEntity => ({ type, entity: { id, ...fields } })
