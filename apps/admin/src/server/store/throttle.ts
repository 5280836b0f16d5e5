import type { Db } from './client.ts'

export interface Attempt {
  now: Date
  /** Failures before this do not count. */
  forgetBefore: Date
  /** So many failures have no consequence. */
  free: number
  delayMs: number
  delayMsMax: number
}

/**
 * Counts an attempt as a failure before it is known to be one, so that any number of attempts at the same moment are still counted one by
 * one. Answers null where it was counted, or until when this key is blocked; then nothing is counted.
 */
export async function countAttempt(db: Db, key: string, attempt: Attempt): Promise<Date | null> {
  const { now, forgetBefore, free, delayMs, delayMsMax } = attempt
  const counted = await db.$queryRaw<{ key: string }[]>`
    INSERT INTO sign_in_throttle AS known (key, failures, blocked_until, updated_at) VALUES (${key}, 1, ${now}, ${now})
    ON CONFLICT (key) DO UPDATE SET
      failures = CASE WHEN known.updated_at < ${forgetBefore} THEN 1 ELSE known.failures + 1 END,
      blocked_until = CASE WHEN known.updated_at < ${forgetBefore} OR known.failures + 1 < ${free} THEN ${now}::timestamptz
        ELSE ${now}::timestamptz + least(${delayMsMax}::float8, ${delayMs}::float8 * power(2, least(known.failures + 1 - ${free}, 30))) * interval '1 millisecond' END,
      updated_at = ${now}
    WHERE known.blocked_until <= ${now}
    RETURNING key`
  if (counted.length > 0) return null
  const row = await db.sign_in_throttle.findUnique({ where: { key } })
  return row === null ? null : row.blocked_until
}

/** Takes back what `countAttempt` counted: the attempt was no failure. */
export async function uncountAttempt(db: Db, key: string, now: Date): Promise<void> {
  await db.$executeRaw`UPDATE sign_in_throttle SET failures = greatest(failures - 1, 0), blocked_until = ${now} WHERE key = ${key}`
}

export async function clearThrottle(db: Db, key: string): Promise<void> {
  await db.sign_in_throttle.deleteMany({ where: { key } })
}

export async function deleteForgotten(db: Db, before: Date): Promise<void> {
  await db.sign_in_throttle.deleteMany({ where: { updated_at: { lt: before } } })
}
