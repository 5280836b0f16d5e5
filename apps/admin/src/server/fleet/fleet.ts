import type { NodeMessage, TelemetryCell } from '@sluice/shared/protocol'
import type { Issue } from '@sluice/shared/snapshot'
import { type Actor, insertAct } from '../store/changes.ts'
import type { Store } from '../store/client.ts'
import type { Listener } from '../store/listen.ts'
import {
  deleteNode,
  deleteOldApplied,
  FLEET_CHANNEL,
  findNode,
  listAcknowledged,
  listNodes,
  type NodeRow,
  notifyFleet,
  recordApplied,
  recordRejected,
  recordServed,
  releaseNode,
  releaseSilentNodes,
  updateNode,
} from '../store/nodes.ts'
import { notifyPurge } from '../store/purges.ts'
import { deleteCellsBefore, insertCells, latestCells } from '../store/telemetry.ts'
import { readWorkspace } from '../store/workspaces.ts'

export const FLEET_LIMITS = {
  /** Telemetry is kept for ten minutes. */
  telemetrySeconds: 600,
  /** A connected node is heard of each second; after this long its hub is taken for dead. */
  silenceMs: 15_000,
  sweepIntervalMs: 5_000,
  appliedKeptMs: 7 * 24 * 3_600_000,
  seenIntervalMs: 2_000,
} as const

export interface ShownNode {
  id: string
  name: string
  state: 'connected' | 'disconnected' | 'revoked'
  version: string | null
  workers: number | null
  revision: number | null
  hash: string | null
  lag: number
  rejected: { revision: number; issues: Issue[]; at: string } | null
  applied_at: string | null
  last_seen_at: string | null
  listen: { proxy: string; tls: string | null; status: string } | null
  plugins: string[]
  cpu_percent: number | null
  rss_bytes: number | null
  loop_lag_ms: number | null
  connections: number | null
  requests_per_s: number | null
}

interface Parts {
  store: Store
  listener: Listener
  workspaceId: string
  hubId: string
  now: () => number
}

const iso = (date: Date | null) => date?.toISOString() ?? null

function stateOf(row: NodeRow): ShownNode['state'] {
  if (row.revoked_at !== null) return 'revoked'
  return row.hub_id === null ? 'disconnected' : 'connected'
}

function show(row: NodeRow, workspaceRevision: number, cell: TelemetryCell | undefined): ShownNode {
  const state = stateOf(row)
  return {
    id: row.id,
    name: row.name,
    state,
    version: row.version,
    workers: row.workers,
    revision: row.revision,
    hash: row.hash,
    lag: row.revision === null ? workspaceRevision : Math.max(0, workspaceRevision - row.revision),
    rejected: row.rejected_revision === null ? null : { revision: row.rejected_revision, issues: (row.rejected_issues as Issue[] | null) ?? [], at: iso(row.rejected_at) ?? '' },
    applied_at: iso(row.applied_at),
    last_seen_at: iso(row.last_seen_at),
    listen: row.listen as ShownNode['listen'],
    plugins: row.plugins,
    cpu_percent: cell?.cpu_percent ?? null,
    rss_bytes: cell?.rss_bytes ?? null,
    loop_lag_ms: cell?.loop_lag_ms ?? null,
    connections: cell?.connections ?? null,
    requests_per_s: cell === undefined ? null : cell.series.reduce((sum, series) => sum + series.requests, 0),
  }
}

/** What nodes report: state, acknowledgements, telemetry. Written by the hub's reports, read by the API on any replica. */
export class Fleet {
  readonly #parts: Parts
  readonly #seenAt = new Map<string, number>()
  /** The newest revision when a node connected; what it applies up to there is catching up. */
  readonly #connectedAt = new Map<string, number>()
  #sweep: NodeJS.Timeout | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(onError: (error: Error) => void): void {
    this.#sweep = setInterval(() => void this.#tidy().catch(onError), FLEET_LIMITS.sweepIntervalMs)
  }

  stop(): void {
    clearInterval(this.#sweep)
  }

  /** Calls `handler` whenever a node's state may have changed, whichever replica holds the node. */
  onChange(handler: () => void): () => void {
    const stops = [this.#parts.listener.on(FLEET_CHANNEL, handler), this.#parts.listener.on('reconnected', handler)]
    return () => {
      for (const stop of stops) stop()
    }
  }

  async hello(nodeId: string, hello: Extract<NodeMessage, { type: 'hello' }>): Promise<void> {
    const { store, hubId, workspaceId, now } = this.#parts
    this.#connectedAt.set(nodeId, (await readWorkspace(store.db, workspaceId)).revision)
    await updateNode(store.db, nodeId, {
      hub_id: hubId,
      last_seen_at: new Date(now()),
      version: hello.version,
      workers: hello.workers,
      listen: hello.listen,
      plugins: hello.plugins,
      revision: hello.have?.revision ?? null,
      hash: hello.have?.hash ?? null,
    })
    if (hello.have !== null) await recordServed(store.db, { nodeId, ...hello.have })
    await this.#notify()
  }

  async applied(nodeId: string, report: { revision: number; hash: string; applyMs: number }): Promise<void> {
    const outcome = report.revision <= (this.#connectedAt.get(nodeId) ?? 0) ? 'caught_up' : 'applied'
    await this.#parts.store.transaction((tx) => recordApplied(tx, { nodeId, ...report, outcome }))
    await this.#notify()
  }

  async rejected(nodeId: string, report: { revision: number; issues: Issue[] }): Promise<void> {
    await this.#parts.store.transaction((tx) => recordRejected(tx, { nodeId, ...report }))
    await this.#notify()
  }

  async telemetry(nodeId: string, cells: TelemetryCell[]): Promise<void> {
    const { store, now } = this.#parts
    const second = Math.floor(now() / 1000)
    // A clock that is wrong by more than what is kept would fill the table with what no sweep finds.
    const timely = cells.filter((cell) => Math.abs(cell.at - second) <= FLEET_LIMITS.telemetrySeconds)
    if (timely.length > 0) await insertCells(store.db, nodeId, timely)
    if (now() - (this.#seenAt.get(nodeId) ?? 0) < FLEET_LIMITS.seenIntervalMs) return
    this.#seenAt.set(nodeId, now())
    await updateNode(store.db, nodeId, { last_seen_at: new Date(now()), hub_id: this.#parts.hubId })
  }

  async gone(nodeId: string): Promise<void> {
    await releaseNode(this.#parts.store.db, nodeId, this.#parts.hubId)
    this.#seenAt.delete(nodeId)
    this.#connectedAt.delete(nodeId)
    await this.#notify()
  }

  async list(): Promise<ShownNode[]> {
    const { store, workspaceId, now } = this.#parts
    const second = Math.floor(now() / 1000)
    const [workspace, rows, cells] = await Promise.all([readWorkspace(store.db, workspaceId), listNodes(store.db, workspaceId), latestCells(store.db, workspaceId, second - 5)])
    return rows.map((row) => show(row, workspace.revision, cells.get(row.id)))
  }

  /** Tells the nodes that are connected, to whichever control plane, to forget what a plugin keeps. */
  async purge(actor: Actor, plugin: { id: string; label: string }): Promise<void> {
    const { store, workspaceId } = this.#parts
    await insertAct(store.db, { workspaceId, actor, type: 'plugin', id: plugin.id, label: plugin.label, op: 'purge' })
    await notifyPurge(store.db, plugin.id)
  }

  async revoke(actor: Actor, id: string): Promise<boolean> {
    const { store, workspaceId, now } = this.#parts
    const row = await findNode(store.db, workspaceId, id)
    if (row === null) return false
    await updateNode(store.db, id, { revoked_at: new Date(now()), hub_id: null })
    await insertAct(store.db, { workspaceId, actor, type: 'node', id, label: row.name, op: 'revoke' })
    await this.#notify()
    return true
  }

  async remove(actor: Actor, id: string): Promise<boolean> {
    const { store, workspaceId } = this.#parts
    const row = await findNode(store.db, workspaceId, id)
    if (row === null) return false
    await deleteNode(store.db, id)
    await insertAct(store.db, { workspaceId, actor, type: 'node', id, label: row.name, op: 'remove' })
    await this.#notify()
    return true
  }

  /** Nodes that may be connected. Every replica cuts off those of its sockets that are not among them. */
  async admittedIds(): Promise<Set<string>> {
    const rows = await listNodes(this.#parts.store.db, this.#parts.workspaceId)
    return new Set(rows.filter((row) => row.revoked_at === null).map((row) => row.id))
  }

  /** How far revisions came, by number: a node that applied a later one has applied this one too, unless it said that it rejects it. */
  async acknowledgements(revisions: readonly { number: number; committedAt: Date }[]): Promise<Acknowledgement[]> {
    const { store, workspaceId, now } = this.#parts
    if (revisions.length === 0) return []
    const rows = await listAcknowledged(
      store.db,
      workspaceId,
      revisions.map((revision) => revision.number),
    )
    const byNumber = Map.groupBy(rows, (row) => row.number)
    return revisions.map(({ number, committedAt }) => {
      const said = byNumber.get(number) ?? []
      const rejected = said.filter((row) => row.own === 'rejected').length
      const applied = said.filter((row) => row.own !== 'rejected' && row.outcome !== null)
      const silent = said.filter((row) => row.own !== 'rejected' && row.outcome === null && row.is_connected).length
      // Rows older than what is kept are gone; the first that is left would be that of a much later revision.
      const isKept = now() - committedAt.getTime() < FLEET_LIMITS.appliedKeptMs
      const times = applied.filter((row) => row.outcome === 'applied' && row.at !== null).map((row) => (row.at as Date).getTime() - committedAt.getTime())
      const slowest = isKept && times.length > 0 ? Math.max(0, ...times) : null
      return { number, nodes: applied.length + rejected + silent, applied: applied.length, rejected, applied_ms: slowest }
    })
  }

  async #tidy(): Promise<void> {
    const { store, now } = this.#parts
    const silent = await releaseSilentNodes(store.db, new Date(now() - FLEET_LIMITS.silenceMs))
    if (silent > 0) await this.#notify()
    await deleteCellsBefore(store.db, Math.floor(now() / 1000) - FLEET_LIMITS.telemetrySeconds)
    await deleteOldApplied(store.db, new Date(now() - FLEET_LIMITS.appliedKeptMs))
  }

  #notify(): Promise<void> {
    return notifyFleet(this.#parts.store.db, this.#parts.workspaceId)
  }
}

export interface Acknowledgement {
  number: number
  /** Nodes that count: connected, or already heard about this revision. */
  nodes: number
  applied: number
  rejected: number
  /** Database clock at the acknowledgement of the slowest node that was connected at the commit, minus at commit; null while there is none. */
  applied_ms: number | null
}
