import type { Actor } from './changes.ts'
import type { Db, Transaction } from './client.ts'

export interface RevisionRow {
  number: number
  author_kind: string
  author_name: string
  message: string
  content_hash: string
  changes: number
  committed_at: Date
}

export const REVISION_CHANNEL = 'sluice_revision'

/** Written last in its transaction, so that `committed_at` is as near to the commit as the database's clock can say. */
export async function insertRevision(
  tx: Transaction,
  revision: { workspaceId: string; number: number; actor: Actor; message: string; contentHash: string; changes: number },
): Promise<void> {
  const { workspaceId, number, actor, message, contentHash, changes } = revision
  await tx.revision.create({
    data: { workspace_id: workspaceId, number, author_kind: actor.kind, author_id: actor.id, author_name: actor.name, message, content_hash: contentHash, changes },
  })
  await tx.$queryRaw`SELECT pg_notify(${REVISION_CHANNEL}, ${`${workspaceId}:${number}`})::text`
}

export async function listRevisions(db: Db, workspaceId: string, page: { before: number | null; limit: number }): Promise<RevisionRow[]> {
  return db.revision.findMany({
    where: { workspace_id: workspaceId, ...(page.before === null ? {} : { number: { lt: page.before } }) },
    orderBy: { number: 'desc' },
    take: page.limit,
  })
}

export async function findRevision(db: Db, workspaceId: string, number: number): Promise<RevisionRow | null> {
  return db.revision.findUnique({ where: { workspace_id_number: { workspace_id: workspaceId, number } } })
}

/** Content hashes of the revisions after `from`, by number. */
export async function revisionHashes(db: Db, workspaceId: string, from: number): Promise<{ number: number; content_hash: string }[]> {
  return db.revision.findMany({ where: { workspace_id: workspaceId, number: { gt: from } }, orderBy: { number: 'asc' }, select: { number: true, content_hash: true } })
}
