import type { Issue } from '@sluice/shared/snapshot'
import type { Db, Transaction } from './client.ts'

export const FLEET_CHANNEL = 'sluice_fleet'

export interface JoinTokenRow {
  id: string
  workspace_id: string
  node_name: string | null
  expires_at: Date
  used_at: Date | null
  credential_sha256: string | null
}

export async function insertJoinToken(
  db: Db,
  token: { id: string; workspace_id: string; token_sha256: string; node_name: string | null; created_by: string; expires_at: Date },
): Promise<void> {
  await db.join_token.create({ data: token })
}

export function findJoinToken(db: Db, tokenSha256: string): Promise<JoinTokenRow | null> {
  return db.join_token.findUnique({ where: { token_sha256: tokenSha256 } })
}

/** Binds the token to one credential. True for the first pair and for the same pair again. */
export async function bindJoinToken(tx: Transaction, id: string, credentialSha256: string, now: Date): Promise<boolean> {
  const { count } = await tx.join_token.updateMany({ where: { id, used_at: null }, data: { used_at: now, credential_sha256: credentialSha256 } })
  if (count === 1) return true
  return (await tx.join_token.count({ where: { id, credential_sha256: credentialSha256 } })) === 1
}

export interface NodeRow {
  id: string
  workspace_id: string
  name: string
  credential_sha256: string
  created_at: Date
  revoked_at: Date | null
  hub_id: string | null
  last_seen_at: Date | null
  version: string | null
  workers: number | null
  listen: unknown
  plugins: string[]
  revision: number | null
  hash: string | null
  applied_at: Date | null
  rejected_revision: number | null
  rejected_issues: unknown
  rejected_at: Date | null
}

/** A node joins under its name; one that joins again (its disk was lost, or it was revoked) takes the name over with a new credential. */
export async function upsertNode(tx: Transaction, node: { id: string; workspace_id: string; name: string; credential_sha256: string }): Promise<NodeRow> {
  return tx.node.upsert({
    where: { workspace_id_name: { workspace_id: node.workspace_id, name: node.name } },
    create: node,
    update: { credential_sha256: node.credential_sha256, revoked_at: null },
  })
}

export function findNodeByCredential(db: Db, credentialSha256: string): Promise<NodeRow | null> {
  return db.node.findUnique({ where: { credential_sha256: credentialSha256 } })
}

export function findNodeByName(db: Db, workspaceId: string, name: string): Promise<NodeRow | null> {
  return db.node.findUnique({ where: { workspace_id_name: { workspace_id: workspaceId, name } } })
}

export function findNode(db: Db, workspaceId: string, id: string): Promise<NodeRow | null> {
  return db.node.findFirst({ where: { id, workspace_id: workspaceId } })
}

export function listNodes(db: Db, workspaceId: string): Promise<NodeRow[]> {
  return db.node.findMany({ where: { workspace_id: workspaceId }, orderBy: { name: 'asc' } })
}

export async function updateNode(db: Db, id: string, data: Parameters<Transaction['node']['update']>[0]['data']): Promise<void> {
  await db.node.updateMany({ where: { id }, data: data as Parameters<Transaction['node']['updateMany']>[0]['data'] })
}

/** Only the hub that still holds the node may say that it left: a quicker reconnect elsewhere has overwritten `hub_id`. */
export async function releaseNode(db: Db, id: string, hubId: string): Promise<void> {
  await db.node.updateMany({ where: { id, hub_id: hubId }, data: { hub_id: null } })
}

/** Nodes whose hub died without a word: nothing was heard of them since `before`. */
export async function releaseSilentNodes(db: Db, before: Date): Promise<number> {
  const { count } = await db.node.updateMany({ where: { hub_id: { not: null }, last_seen_at: { lt: before } }, data: { hub_id: null } })
  return count
}

export async function deleteNode(db: Db, id: string): Promise<void> {
  await db.node.deleteMany({ where: { id } })
}

/** `caught_up`: the revision was committed before the node connected, so the time since then says nothing about how fast it is. */
export type Outcome = 'applied' | 'caught_up' | 'rejected'

export async function recordApplied(
  tx: Transaction,
  report: { nodeId: string; revision: number; hash: string; applyMs: number; outcome: Exclude<Outcome, 'rejected'> },
): Promise<void> {
  const { nodeId, revision, hash, applyMs, outcome } = report
  await tx.$executeRaw`
    INSERT INTO node_applied (node_id, revision, outcome, apply_ms) VALUES (${nodeId}::uuid, ${revision}, ${outcome}, ${applyMs})
    ON CONFLICT (node_id, revision) DO UPDATE SET outcome = EXCLUDED.outcome, at = clock_timestamp(), apply_ms = EXCLUDED.apply_ms WHERE node_applied.outcome = 'rejected'`
  await tx.$executeRaw`
    UPDATE node SET revision = ${revision}, hash = ${hash}, applied_at = clock_timestamp(), last_seen_at = now(), rejected_revision = NULL, rejected_issues = NULL, rejected_at = NULL
    WHERE id = ${nodeId}::uuid`
}

export async function recordRejected(tx: Transaction, report: { nodeId: string; revision: number; issues: Issue[] }): Promise<void> {
  const { nodeId, revision, issues } = report
  await tx.$executeRaw`
    INSERT INTO node_applied (node_id, revision, outcome) VALUES (${nodeId}::uuid, ${revision}, 'rejected')
    ON CONFLICT (node_id, revision) DO UPDATE SET outcome = 'rejected', at = clock_timestamp()`
  await tx.$executeRaw`
    UPDATE node SET rejected_revision = ${revision}, rejected_issues = ${JSON.stringify(issues)}::jsonb, rejected_at = clock_timestamp(), last_seen_at = now()
    WHERE id = ${nodeId}::uuid`
}

/** A node that connects with this revision has applied it, even if its report was lost. */
export async function recordServed(db: Db, served: { nodeId: string; revision: number; hash: string }): Promise<void> {
  const { nodeId, revision, hash } = served
  await db.$executeRaw`
    INSERT INTO node_applied (node_id, revision, outcome)
    SELECT node.id, revision.number, 'caught_up' FROM node JOIN revision ON revision.workspace_id = node.workspace_id
    WHERE node.id = ${nodeId}::uuid AND revision.number = ${revision} AND revision.content_hash = ${hash}
    ON CONFLICT (node_id, revision) DO NOTHING`
}

/** One node and one revision. */
export interface AcknowledgedRow {
  number: number
  is_connected: boolean
  /** What it said about this very revision. */
  own: Outcome | null
  /** Of the first revision from this one on that it serves or served; a later one has this one in it. */
  outcome: Exclude<Outcome, 'rejected'> | null
  at: Date | null
}

/** What every admitted node said about these revisions. */
export function listAcknowledged(db: Db, workspaceId: string, numbers: readonly number[]): Promise<AcknowledgedRow[]> {
  return db.$queryRaw<AcknowledgedRow[]>`
    SELECT wanted.number, node.hub_id IS NOT NULL AS is_connected, own.outcome AS own, served.outcome, served.at
    FROM unnest(${[...numbers]}::int[]) AS wanted(number) CROSS JOIN node
    LEFT JOIN node_applied own ON own.node_id = node.id AND own.revision = wanted.number
    LEFT JOIN LATERAL (
      SELECT outcome, at FROM node_applied
      WHERE node_id = node.id AND revision >= wanted.number AND outcome <> 'rejected' ORDER BY revision LIMIT 1
    ) served ON true
    WHERE node.workspace_id = ${workspaceId}::uuid AND node.revoked_at IS NULL`
}

export async function deleteOldApplied(db: Db, before: Date): Promise<void> {
  await db.node_applied.deleteMany({ where: { at: { lt: before } } })
}

export async function notifyFleet(db: Db, workspaceId: string): Promise<void> {
  await db.$queryRaw`SELECT pg_notify(${FLEET_CHANNEL}, ${workspaceId})::text`
}
