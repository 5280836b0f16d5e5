import { randomUUID } from 'node:crypto'
import { EMPTY_HASH } from '@sluice/shared/content-hash'
import type { Db, Transaction } from './client.ts'

export interface WorkspaceRow {
  id: string
  name: string
  revision: number
  content_hash: string
}

const DEFAULT_NAME = 'default'

/** The one workspace of this version, made where it is missing. */
export async function ensureWorkspace(db: Db): Promise<WorkspaceRow> {
  // Control planes may start at the same moment; an upsert of Prisma looks first and fails for the one that comes second.
  await db.workspace.createMany({ data: [{ id: randomUUID(), name: DEFAULT_NAME, content_hash: EMPTY_HASH }], skipDuplicates: true })
  return db.workspace.findUniqueOrThrow({ where: { name: DEFAULT_NAME } })
}

export async function readWorkspace(db: Db, id: string): Promise<WorkspaceRow> {
  return db.workspace.findUniqueOrThrow({ where: { id } })
}

/** Takes the workspace for this transaction: writers go one after another, so commit order is number order and no number is missing. */
export async function lockWorkspace(tx: Transaction, id: string): Promise<WorkspaceRow> {
  await tx.$queryRaw`SELECT id FROM workspace WHERE id = ${id}::uuid FOR UPDATE`
  return readWorkspace(tx, id)
}

export async function advanceWorkspace(tx: Transaction, id: string, contentHash: string): Promise<number> {
  const { revision } = await tx.workspace.update({ where: { id }, data: { revision: { increment: 1 }, content_hash: contentHash }, select: { revision: true } })
  return revision
}
