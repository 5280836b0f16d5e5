import type { Db } from './client.ts'
import type { OperatorRow } from './operators.ts'

export async function insertSession(db: Db, session: { id: string; token_sha256: string; operator_id: string; expires_at: Date; address: string }): Promise<void> {
  await db.session.create({ data: session })
}

/** The session and its operator, where both are still good at `now`. */
export async function findSession(db: Db, tokenSha256: string, at: { now: Date; idleAfter: Date }): Promise<{ id: string; last_seen_at: Date; operator: OperatorRow } | null> {
  const session = await db.session.findUnique({ where: { token_sha256: tokenSha256 }, include: { operator: true } })
  if (session === null || session.expires_at <= at.now || session.last_seen_at <= at.idleAfter || session.operator.disabled_at !== null) return null
  return session
}

export async function touchSession(db: Db, id: string, now: Date): Promise<void> {
  await db.session.updateMany({ where: { id }, data: { last_seen_at: now } })
}

export async function deleteSession(db: Db, tokenSha256: string): Promise<void> {
  await db.session.deleteMany({ where: { token_sha256: tokenSha256 } })
}

export async function deleteSessionsOf(db: Db, operatorId: string): Promise<void> {
  await db.session.deleteMany({ where: { operator_id: operatorId } })
}

export async function deleteExpiredSessions(db: Db, now: Date): Promise<void> {
  await db.session.deleteMany({ where: { expires_at: { lte: now } } })
}
