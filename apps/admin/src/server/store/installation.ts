import type { Db } from './client.ts'

export interface InstallationRow {
  key_id: string
  key_check: string
}

export async function readInstallation(db: Db): Promise<InstallationRow | null> {
  return db.installation.findUnique({ where: { id: 1 } })
}

/** Keeps the first writer's row, whoever comes second. */
export async function writeInstallation(db: Db, row: InstallationRow): Promise<InstallationRow> {
  await db.installation.createMany({ data: [{ id: 1, ...row }], skipDuplicates: true })
  return db.installation.findUniqueOrThrow({ where: { id: 1 } })
}
