import type { Snapshot, SnapshotEntity } from '@sluice/shared/snapshot'
import type { CompiledConfig } from '../pipeline/compiled.ts'
import { type CompileEnvironment, type CompileResult, compileConfig } from './compile.ts'
import type { Delta } from './desired-state.ts'

/** What main hands to every worker: the verified bytes of a snapshot's or a delta's JSON, shared, not cloned. */
export interface ConfigUpdate {
  kind: 'snapshot' | 'delta'
  bytes: SharedArrayBuffer
}

interface Stage {
  config: CompiledConfig
  entities: Map<string, SnapshotEntity>
}

const keyOf = (type: string, id: string) => `${type} ${id}`
const parse = (bytes: SharedArrayBuffer): unknown => JSON.parse(Buffer.from(new Uint8Array(bytes)).toString('utf8'))

/** A worker's configuration between prepare and commit: what it serves, and what it could serve next. */
export class StagedConfig {
  readonly #environment: CompileEnvironment
  readonly #prepared = new Map<number, Stage>()
  #entities = new Map<string, SnapshotEntity>()

  constructor(environment: CompileEnvironment) {
    this.#environment = environment
  }

  /** Compiles the update beside what is served. Main has checked base and hash, so a delta fits. */
  prepare(ticket: number, update: ConfigUpdate): CompileResult {
    const { revision, hash, entities } = update.kind === 'snapshot' ? fromSnapshot(parse(update.bytes) as Snapshot) : this.#withDelta(parse(update.bytes) as Delta)
    const result = compileConfig({ revision, hash, entities: [...entities.values()] }, this.#environment)
    if (result.ok) this.#prepared.set(ticket, { config: result.config, entities })
    return result
  }

  /** The configuration that was prepared under this ticket, which is served from now on. */
  commit(ticket: number): CompiledConfig | null {
    const stage = this.#prepared.get(ticket)
    this.#prepared.clear()
    if (stage === undefined) return null
    this.#entities = stage.entities
    return stage.config
  }

  abort(ticket: number): void {
    this.#prepared.delete(ticket)
  }

  #withDelta(delta: Delta): Staging {
    const entities = new Map(this.#entities)
    for (const change of delta.changes) {
      if (change.op === 'delete') entities.delete(keyOf(change.type, change.id))
      else entities.set(keyOf(change.type, change.entity.id), { type: change.type, entity: change.entity })
    }
    return { revision: delta.revision, hash: delta.hash, entities }
  }
}

interface Staging {
  revision: number
  hash: string
  entities: Map<string, SnapshotEntity>
}

function fromSnapshot({ revision, hash, entities }: Snapshot): Staging {
  return { revision, hash, entities: new Map(entities.map((entry) => [keyOf(entry.type, entry.entity.id), entry])) }
}
