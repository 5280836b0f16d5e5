import type { Db } from './client.ts'

/** Says which plugin's caches are to be emptied, to all control planes on this database. */
export const PURGE_CHANNEL = 'sluice_purge'

export async function notifyPurge(db: Db, pluginId: string): Promise<void> {
  await db.$queryRaw`SELECT pg_notify(${PURGE_CHANNEL}, ${pluginId})::text`
}
