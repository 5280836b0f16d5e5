import { Buffer } from 'node:buffer'
import { gzipSync } from 'node:zlib'
import { ENTITY_TYPES } from '@sluice/shared/entities/registry'
import { type DeltaChange, type HubMessage, LINK_LIMITS } from '@sluice/shared/protocol'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import type { SecretKeys } from '../domain/keys.ts'
import { toNodeForm } from '../domain/secrets.ts'
import { type ChangeRow, changesBetween } from '../store/changes.ts'
import type { Store } from '../store/client.ts'
import { allEntities } from '../store/entity-rows.ts'
import type { Listener } from '../store/listen.ts'
import { REVISION_CHANNEL, revisionHashes } from '../store/revisions.ts'
import { readWorkspace } from '../store/workspaces.ts'

/** NOTIFY has no replay, so the database is asked too. */
export const PUBLISH_LIMITS = { pollIntervalMs: 1_000, deltasKept: 500, changesKept: 20_000 } as const

/** Frames for one node, ready to be written: a text message, then perhaps binary chunks. */
export interface Frames {
  revision: number
  hash: string
  text: string
  chunks: Buffer[]
}

export interface Have {
  revision: number
  hash: string
}

interface Step {
  revision: number
  hash: string
  changes: DeltaChange[]
}

interface Parts {
  store: Store
  keys: SecretKeys
  listener: Listener
  workspaceId: string
  onError: (error: Error) => void
}

/**
 * Turns committed revisions into what nodes are sent. Woken by NOTIFY and by a poll; reads only what is new; serialises and compresses
 * once for all nodes.
 */
export class Publisher {
  readonly #parts: Parts
  readonly #entities = new Map<string, SnapshotEntity>()
  readonly #steps: Step[] = []
  /** Changes in all steps together. */
  #changes = 0
  readonly #frames = new Map<string, Frames>()
  #revision = 0
  #hash = ''
  #onPublished: () => void = () => {}
  #running: Promise<void> | null = null
  #isDirty = false
  #poll: NodeJS.Timeout | undefined
  #stopListening: (() => void)[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get current(): Have {
    return { revision: this.#revision, hash: this.#hash }
  }

  /** Loads what is there, then follows. `onPublished` is called after each new revision. */
  async start(onPublished: () => void): Promise<void> {
    await this.#load()
    this.#onPublished = onPublished
    const wake = () => this.wake()
    this.#stopListening = [this.#parts.listener.on(REVISION_CHANNEL, wake), this.#parts.listener.on('reconnected', wake)]
    this.#poll = setInterval(wake, PUBLISH_LIMITS.pollIntervalMs)
    this.wake()
  }

  stop(): void {
    clearInterval(this.#poll)
    for (const stop of this.#stopListening) stop()
  }

  /** Looks for new revisions; while it looks, further calls become one more look. */
  wake(): void {
    this.#isDirty = true
    this.#running ??= this.#follow().finally(() => {
      this.#running = null
    })
  }

  /** What a node that has `have` must be sent, or null where it has everything. */
  framesFor(have: Have | null): Frames | null {
    if (have !== null && have.revision === this.#revision && have.hash === this.#hash) return null
    const delta = have === null ? null : this.#deltaFrom(have)
    return delta ?? this.#snapshot()
  }

  async #load(): Promise<void> {
    const { store, keys, workspaceId } = this.#parts
    await store.readSnapshot(async (tx) => {
      const workspace = await readWorkspace(tx, workspaceId)
      for (const { type, entity } of await allEntities(tx, workspaceId)) this.#entities.set(`${type} ${entity.id}`, { type, entity: toNodeForm(type, entity, keys) })
      this.#revision = workspace.revision
      this.#hash = workspace.content_hash
    })
    // Where deltas can start from: the revision that was found here.
    this.#steps.push({ revision: this.#revision, hash: this.#hash, changes: [] })
  }

  async #follow(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false
      try {
        await this.#readNew()
      } catch (error) {
        // The database is away: nodes keep what they have, and the poll tries again.
        this.#parts.onError(error as Error)
      }
    }
  }

  async #readNew(): Promise<void> {
    const { store, workspaceId } = this.#parts
    const fresh = await revisionHashes(store.db, workspaceId, this.#revision)
    const last = fresh.at(-1)
    if (last === undefined) return
    const rows = await changesBetween(store.db, workspaceId, { from: this.#revision, to: last.number })
    const byRevision = Map.groupBy(rows, (row) => row.revision)
    for (const { number, content_hash } of fresh) this.#advance(number, content_hash, byRevision.get(number) ?? [])
    this.#frames.clear()
    this.#onPublished()
  }

  #advance(revision: number, hash: string, rows: ChangeRow[]): void {
    const changes = rows.map((row): DeltaChange => {
      if (row.after === null) return { op: 'delete', type: row.type, id: row.id }
      return { op: 'upsert', type: row.type, entity: toNodeForm(row.type, row.after, this.#parts.keys) }
    })
    for (const change of changes) {
      if (change.op === 'delete') this.#entities.delete(`${change.type} ${change.id}`)
      else this.#entities.set(`${change.type} ${change.entity.id}`, { type: change.type, entity: change.entity })
    }
    this.#steps.push({ revision, hash, changes })
    this.#changes += changes.length
    while (this.#steps.length > 1 && (this.#steps.length > PUBLISH_LIMITS.deltasKept || this.#changes > PUBLISH_LIMITS.changesKept)) {
      this.#changes -= this.#steps.shift()?.changes.length ?? 0
    }
    this.#revision = revision
    this.#hash = hash
  }

  /** The changes since `have` as one delta; null where they are not all at hand or too large, or the node has something else under that number. */
  #deltaFrom(have: Have): Frames | null {
    const key = `${have.revision} ${have.hash}`
    const known = this.#frames.get(key)
    if (known !== undefined) return known
    const start = this.#steps.findIndex((step) => step.revision === have.revision + 1)
    if (start < 0) return null
    const former = this.#steps[start - 1]
    if (former === undefined || former.hash !== have.hash) return null
    const text = this.#deltaText(have, this.#steps.slice(start))
    if (Buffer.byteLength(text) > LINK_LIMITS.deltaBytesMax) return null
    const frames = { revision: this.#revision, hash: this.#hash, text, chunks: [] }
    this.#frames.set(key, frames)
    return frames
  }

  /** What changed twice is sent once, as it is now; what is referred to comes before what refers to it, and deletions go the other way. */
  #deltaText(have: Have, steps: readonly Step[]): string {
    const last = new Map<string, DeltaChange>()
    for (const change of steps.flatMap((step) => step.changes)) last.set(`${change.type} ${change.op === 'delete' ? change.id : change.entity.id}`, change)
    const changes = [...last.values()]
    const rank = (change: DeltaChange) => ENTITY_TYPES.indexOf(change.type)
    const upserts = changes.filter((change) => change.op === 'upsert').sort((a, b) => rank(a) - rank(b))
    const deletes = changes.filter((change) => change.op === 'delete').sort((a, b) => rank(b) - rank(a))
    return JSON.stringify({ type: 'delta', base: have.revision, revision: this.#revision, hash: this.#hash, changes: [...upserts, ...deletes] } satisfies HubMessage)
  }

  #snapshot(): Frames {
    const known = this.#frames.get('snapshot')
    if (known !== undefined) return known
    const json = Buffer.from(JSON.stringify({ revision: this.#revision, hash: this.#hash, entities: [...this.#entities.values()] }))
    const packed = gzipSync(json, { level: 5 })
    const chunks: Buffer[] = []
    for (let start = 0; start < packed.byteLength; start += LINK_LIMITS.chunkBytesMax) {
      const index = Buffer.alloc(4)
      index.writeUInt32BE(chunks.length)
      chunks.push(Buffer.concat([index, packed.subarray(start, start + LINK_LIMITS.chunkBytesMax)]))
    }
    const announcement: HubMessage = { type: 'snapshot', revision: this.#revision, hash: this.#hash, bytes: json.byteLength, chunks: chunks.length, encoding: 'gzip' }
    const frames = { revision: this.#revision, hash: this.#hash, text: JSON.stringify(announcement), chunks }
    this.#frames.set('snapshot', frames)
    return frames
  }
}
