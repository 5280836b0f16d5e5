import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from '../../generated/prisma/client.ts'

/** Most connections of one control plane; the embedded PostgreSQL takes 60. */
const POOL_MAX = 20
const TRANSACTION = { maxWait: 10_000, timeout: 120_000 }

export type Transaction = Prisma.TransactionClient
/** Where a query runs: on any connection, or inside a transaction. */
export type Db = PrismaClient | Transaction

export interface Store {
  readonly url: string
  readonly db: PrismaClient
  /** All of it or nothing. Inside, only `tx` may be used. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Reads of one moment, however many queries they are. */
  readSnapshot<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function createStore(url: string, onPoolError: (error: Error) => void = () => {}): Store {
  const adapter = new PrismaPg({ connectionString: url, max: POOL_MAX, connectionTimeoutMillis: 5_000 }, { onPoolError, onConnectionError: onPoolError })
  const db = new PrismaClient({ adapter })
  return {
    url,
    db,
    transaction: (work) => db.$transaction(work, TRANSACTION),
    readSnapshot: (work) => db.$transaction(work, { ...TRANSACTION, isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead }),
    close: () => db.$disconnect(),
  }
}

export const DB_NULL = Prisma.DbNull

/** Which unique fields a write clashed on, or null where the error is another one. */
export function uniqueClash(error: unknown): string[] | null {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') return null
  const cause = (error.meta?.driverAdapterError as { cause?: { constraint?: { fields?: string[]; index?: string }; originalMessage?: string } } | undefined)?.cause
  const fields = cause?.constraint?.fields ?? []
  if (fields.length > 0) return fields.map((field) => field.replaceAll('"', ''))
  return [cause?.constraint?.index ?? cause?.originalMessage ?? '']
}
