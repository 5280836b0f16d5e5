import type { TelemetryCell } from '@sluice/shared/protocol'
import type { Db, Transaction } from './client.ts'

type Json = Parameters<Transaction['telemetry_cell']['create']>[0]['data']['cell']

/** Cells that were written before (a node that sends again after a reconnect) are kept as they are. */
export async function insertCells(db: Db, nodeId: string, cells: readonly TelemetryCell[]): Promise<void> {
  const data = cells.map((cell) => ({ node_id: nodeId, at: cell.at, cell: cell as unknown as Json }))
  await db.telemetry_cell.createMany({ data, skipDuplicates: true })
}

/** Cells from second `from` on, oldest first. */
export async function listCells(db: Db, workspaceId: string, from: number): Promise<{ node: string; cell: TelemetryCell }[]> {
  const rows = await db.telemetry_cell.findMany({
    where: { at: { gte: from }, node: { workspace_id: workspaceId } },
    orderBy: { at: 'asc' },
    include: { node: { select: { name: true } } },
  })
  return rows.map((row) => ({ node: row.node.name, cell: row.cell as unknown as TelemetryCell }))
}

/** The newest cell of each node since second `from`. */
export async function latestCells(db: Db, workspaceId: string, from: number): Promise<Map<string, TelemetryCell>> {
  const cells = await db.telemetry_cell.findMany({
    where: { at: { gte: from }, node: { workspace_id: workspaceId } },
    orderBy: [{ node_id: 'asc' }, { at: 'desc' }],
    distinct: ['node_id'],
  })
  return new Map(cells.map((row) => [row.node_id, row.cell as unknown as TelemetryCell]))
}

export async function deleteCellsBefore(db: Db, second: number): Promise<void> {
  await db.telemetry_cell.deleteMany({ where: { at: { lt: second } } })
}
