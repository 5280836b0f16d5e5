import type { Db, Transaction } from './client.ts'

export type Purpose = 'set_up' | 'reset_password'

/** A new link ends the former ones of the same purpose and operator. */
export async function replaceOneTimeToken(tx: Transaction, token: { token_sha256: string; purpose: Purpose; operator_id: string | null; expires_at: Date }): Promise<void> {
  await tx.one_time_token.deleteMany({ where: { purpose: token.purpose, operator_id: token.operator_id } })
  await tx.one_time_token.create({ data: token })
}

/** Takes the token out of the table: true for exactly one caller. */
export async function takeOneTimeToken(tx: Transaction, tokenSha256: string, purpose: Purpose, now: Date): Promise<{ operator_id: string | null } | null> {
  const row = await tx.one_time_token.findUnique({ where: { token_sha256: tokenSha256 } })
  if (row === null || row.purpose !== purpose || row.expires_at <= now) return null
  const { count } = await tx.one_time_token.deleteMany({ where: { token_sha256: tokenSha256 } })
  return count === 1 ? { operator_id: row.operator_id } : null
}

export async function deleteExpiredOneTimeTokens(db: Db, now: Date): Promise<void> {
  await db.one_time_token.deleteMany({ where: { expires_at: { lte: now } } })
}
