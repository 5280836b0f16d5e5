import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

const FOLDER = join(import.meta.dirname, '../../../../../prisma/migrations')
/** The number of Prisma's own advisory lock, so that its command line and this runner exclude each other. */
const ADVISORY_LOCK = 72_707_369

const CONNECT_TIMEOUT_MS = 10_000

const TABLE = `create table if not exists "_prisma_migrations" (
  id varchar(36) primary key not null, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
  logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`

interface Row {
  migration_name: string
  checksum: string
  finished_at: Date | null
}

async function applyOne(client: pg.Client, name: string, sql: string): Promise<void> {
  const id = randomUUID()
  const checksum = createHash('sha256').update(sql).digest('hex')
  try {
    // The row is part of the transaction: a process that is killed here leaves nothing that the next start would stumble over.
    await client.query('begin')
    await client.query('insert into "_prisma_migrations"(id, checksum, migration_name) values ($1, $2, $3)', [id, checksum, name])
    await client.query(sql)
    await client.query('update "_prisma_migrations" set finished_at = now(), applied_steps_count = 1 where id = $1', [id])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`migration ${name} failed and was rolled back: ${(error as Error).message}`)
  }
}

/**
 * Brings the database to the schema of this version, in the form that `prisma migrate deploy` writes and understands. Any number of
 * control planes may start at once: an advisory lock lets one after the other in. Answers the names of the migrations it applied.
 */
export async function migrate(url: string, folder = FOLDER): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  // What breaks the connection also fails the query that runs; without a handler it would end the process instead.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK])
    await client.query(TABLE)
    const { rows } = await client.query<Row>('select migration_name, checksum, finished_at from "_prisma_migrations" where rolled_back_at is null')
    const unfinished = rows.find((row) => row.finished_at === null)
    if (unfinished !== undefined) throw new Error(`migration ${unfinished.migration_name} failed earlier; resolve it (prisma migrate resolve) and start again`)
    const names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
    const unknown = rows.find((row) => !names.includes(row.migration_name))
    if (unknown !== undefined) throw new Error(`the database has the migration ${unknown.migration_name} of a newer Sluice; start that version`)
    const applied: string[] = []
    for (const name of names) {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8')
      const row = rows.find((entry) => entry.migration_name === name)
      if (row === undefined) {
        await applyOne(client, name, sql)
        applied.push(name)
      } else if (row.checksum !== createHash('sha256').update(sql).digest('hex')) throw new Error(`migration ${name} was edited after it was applied; restore the file`)
    }
    return applied
  } finally {
    await client.end()
  }
}
