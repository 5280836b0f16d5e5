import type { Db } from './client.ts'

export interface ThrottleRow {
  failures: number
  blocked_until: Date
}

export async function readThrottle(db: Db, keys: string[]): Promise<ThrottleRow[]> {
  return db.sign_in_throttle.findMany({ where: { key: { in: keys } } })
}

/** Counts one more failure; failures older than `forgetBefore` do not count. Answers how many there are now. */
export async function countFailure(db: Db, key: string, at: { now: Date; forgetBefore: Date }): Promise<number> {
  const [row] = await db.$queryRaw<{ failures: number }[]>`
    INSERT INTO sign_in_throttle (key, failures, blocked_until, updated_at) VALUES (${key}, 1, ${at.now}, ${at.now})
    ON CONFLICT (key) DO UPDATE SET failures = CASE WHEN sign_in_throttle.updated_at < ${at.forgetBefore} THEN 1 ELSE sign_in_throttle.failures + 1 END, updated_at = ${at.now}
    RETURNING failures`
  return row?.failures ?? 1
}

export async function blockUntil(db: Db, key: string, until: Date): Promise<void> {
  await db.sign_in_throttle.updateMany({ where: { key }, data: { blocked_until: until } })
}

export async function clearThrottle(db: Db, key: string): Promise<void> {
  await db.sign_in_throttle.deleteMany({ where: { key } })
}
