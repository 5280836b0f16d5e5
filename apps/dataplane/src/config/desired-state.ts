import { adjustContentHash, EMPTY_HASH, entityHash } from '@sluice/shared/content-hash'
import type { DeltaChange } from '@sluice/shared/protocol'
import type { Snapshot, SnapshotEntity } from '@sluice/shared/snapshot'

/** Entities that are hashed before other work of the main thread gets a turn. */
const ENTITIES_PER_TURN = 250

const keyOf = (type: string, id: string) => `${type} ${id}`
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

export interface Delta {
  base: number
  revision: number
  hash: string
  changes: readonly DeltaChange[]
}

export type LoadResult = { ok: true; state: DesiredState } | { ok: false; reason: string }
/** `commit` makes the delta part of the state; nothing has changed before. */
export type PrepareResult = { ok: true; commit: () => void } | { ok: false; reason: string }

/**
 * The configuration as the control plane says it is: entities as they came, so that their hashes stay those of the other side. A delta costs
 * its own entities. What is in here has the content hash that it says; whether it can be served is for the workers to find out.
 */
export class DesiredState {
  readonly #entities: Map<string, SnapshotEntity>
  #revision: number
  #hash: string

  private constructor(snapshot: Omit<Snapshot, 'entities'>, entities: Map<string, SnapshotEntity>) {
    this.#revision = snapshot.revision
    this.#hash = snapshot.hash
    this.#entities = entities
  }

  /** Takes a snapshot over once its content hash is right; gives other work a turn in between. */
  static async load(snapshot: Snapshot): Promise<LoadResult> {
    const entities = new Map<string, SnapshotEntity>()
    let hash: string = EMPTY_HASH
    for (const [index, entry] of snapshot.entities.entries()) {
      if (index % ENTITIES_PER_TURN === ENTITIES_PER_TURN - 1) await nextTurn()
      entities.set(keyOf(entry.type, entry.entity.id), entry)
      hash = adjustContentHash(hash, { added: entityHash(entry.type, entry.entity) })
    }
    if (entities.size !== snapshot.entities.length) return { ok: false, reason: 'an entity occurs twice in the snapshot' }
    if (hash !== snapshot.hash) return { ok: false, reason: `the content hash of the snapshot is ${hash}, not ${snapshot.hash}` }
    return { ok: true, state: new DesiredState(snapshot, entities) }
  }

  get revision(): number {
    return this.#revision
  }

  get hash(): string {
    return this.#hash
  }

  /** Works out what a delta would make of the state. It may delete what is not here: made and deleted since the base. */
  prepare(delta: Delta): PrepareResult {
    if (delta.base !== this.#revision) return { ok: false, reason: `the delta starts from revision ${delta.base}; this node has ${this.#revision}` }
    const changed = new Map<string, SnapshotEntity | null>()
    let hash = this.#hash
    for (const change of delta.changes) {
      const after: SnapshotEntity | null = change.op === 'delete' ? null : { type: change.type, entity: change.entity }
      const key = keyOf(change.type, change.op === 'delete' ? change.id : change.entity.id)
      const before = changed.get(key) ?? (changed.has(key) ? null : (this.#entities.get(key) ?? null))
      hash = adjustContentHash(hash, { removed: before && entityHash(before.type, before.entity), added: after && entityHash(after.type, after.entity) })
      changed.set(key, after)
    }
    if (hash !== delta.hash) return { ok: false, reason: `the content hash after the delta is ${hash}, not ${delta.hash}` }
    return { ok: true, commit: () => this.#commit(delta, changed) }
  }

  /** The whole configuration as one document. */
  snapshot(): Snapshot {
    return { revision: this.#revision, hash: this.#hash, entities: [...this.#entities.values()] }
  }

  *entities(): Generator<SnapshotEntity> {
    yield* this.#entities.values()
  }

  #commit(delta: Delta, changed: ReadonlyMap<string, SnapshotEntity | null>): void {
    for (const [key, entry] of changed) {
      if (entry === null) this.#entities.delete(key)
      else this.#entities.set(key, entry)
    }
    this.#revision = delta.revision
    this.#hash = delta.hash
  }
}
