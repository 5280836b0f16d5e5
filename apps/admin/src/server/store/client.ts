import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from '../../generated/prisma/client.ts'

/** Most connections of one control plane; the embedded PostgreSQL takes 60. */
const POOL_MAX = 20
/** No statement may hang for longer, as on a PostgreSQL that was stopped; a writer waits this long for another one's import. */
const QUERY_TIMEOUT_MS = 15_000
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
  const adapter = new PrismaPg(
    { connectionString: url, max: POOL_MAX, connectionTimeoutMillis: 5_000, query_timeout: QUERY_TIMEOUT_MS },
    { onPoolError, onConnectionError: onPoolError },
  )
  const db = new PrismaClient({ adapter })
  return {
    url,
    db,
    transaction: (work) => db.$transaction(work, TRANSACTION),
    readSnapshot: (work) => db.$transaction(work, { ...TRANSACTION, isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead }),
    close: () => db.$disconnect(),
  }
}

const INSERT_BATCH = 2_000

/**
 * Inserts rows by their JSON, many in one statement: a tenth of the time that as many parameters as values take. The table and the
 * names of the columns are ours; columns that are not named get their default.
 */
export async function insertRows(tx: Transaction, table: string, rows: readonly Record<string, unknown>[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
    .map((name) => `"${name}"`)
    .join(', ')
  const statement = `INSERT INTO "${table}" (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::"${table}", $1::jsonb)`
  for (let start = 0; start < rows.length; start += INSERT_BATCH) await tx.$executeRawUnsafe(statement, JSON.stringify(rows.slice(start, start + INSERT_BATCH)))
}

export const DB_NULL = Prisma.DbNull

/** Prisma's own codes for a database that cannot be reached, answers too late, closed the connection or has none free. */
const AWAY_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028'])
const AWAY_TEXT =
  /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|timeout expired|Query read timeout|timeout exceeded when trying to connect|Server has closed the connection|terminating connection|starting up|shutting down|in recovery mode|not queryable/i

/** True where the database did not do what it was asked because it is away, and not because it refuses. */
export function isDatabaseAway(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const { code } = cause as Error & { code?: string }
    if ((code !== undefined && AWAY_CODES.has(code)) || AWAY_TEXT.test(`${code ?? ''} ${cause.message}`)) return true
  }
  return false
}

interface Clash {
  kind?: string
  originalCode?: string
  originalMessage?: string
  constraint?: { fields?: string[]; index?: string }
}

/** Which unique fields a write clashed on, or null where the error is another one. */
export function uniqueClash(error: unknown): string[] | null {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return null
  const cause = (error.meta?.driverAdapterError as { cause?: Clash } | undefined)?.cause
  // P2010 is what a statement of our own fails with, whatever the reason.
  if (error.code !== 'P2002' && !(error.code === 'P2010' && (cause?.kind === 'UniqueConstraintViolation' || cause?.originalCode === '23505'))) return null
  const fields = cause?.constraint?.fields ?? []
  if (fields.length > 0) return fields.map((field) => field.replaceAll('"', ''))
  return [cause?.constraint?.index ?? cause?.originalMessage ?? '']
}
