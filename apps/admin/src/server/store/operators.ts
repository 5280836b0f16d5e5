import type { Db, Transaction } from './client.ts'

export interface OperatorRow {
  id: string
  email: string
  name: string
  password_hash: string
  disabled_at: Date | null
}

export function countOperators(db: Db): Promise<number> {
  return db.operator.count()
}

export function findOperatorByEmail(db: Db, email: string): Promise<OperatorRow | null> {
  return db.operator.findUnique({ where: { email } })
}

/** The first operator alone: a second caller at the same moment waits for the first and is then refused. */
export async function insertFirstOperator(tx: Transaction, operator: Omit<OperatorRow, 'disabled_at'>): Promise<boolean> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('sluice first operator'))::text`
  if ((await tx.operator.count()) > 0) return false
  await tx.operator.create({ data: operator })
  return true
}

export async function setPasswordHash(db: Db, id: string, hash: string): Promise<void> {
  await db.operator.update({ where: { id }, data: { password_hash: hash } })
}
