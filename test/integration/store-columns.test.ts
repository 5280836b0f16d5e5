import { ENTITIES, ENTITY_TYPES, type EntityType } from '@sluice/shared/entities/registry'
import { beforeAll, describe, expect, test } from 'vitest'
import { COLUMNS, type ColumnKind } from '../../apps/admin/src/server/store/columns.ts'
import { sharedControlPlane } from './harness/control-plane-process.ts'

const shared = sharedControlPlane()

interface Column {
  table: string
  column: string
  type: string
  nullable: boolean
}

/** What every entity row has beside its fields. */
const OWN = ['id', 'workspace_id', 'created_at', 'updated_at', 'revision', 'updated_by', 'entity_hash']
const TYPES: Record<ColumnKind, readonly string[]> = {
  ref: ['uuid'],
  list: ['ARRAY'],
  json: ['jsonb'],
  text: ['text'],
  scalar: ['integer', 'boolean', 'double precision'],
}

let columns: Column[]
let uniques: { table: string; columns: string }[]
let indexes: { table: string; first: string }[]

beforeAll(async () => {
  columns = await shared.process.sql<Column>(
    `SELECT table_name AS "table", column_name AS "column", data_type AS type, is_nullable = 'YES' AS nullable FROM information_schema.columns WHERE table_schema = 'public'`,
  )
  const names = `(SELECT string_agg(a.attname, ' ' ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(att, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att)`
  uniques = await shared.process.sql(`SELECT i.indrelid::regclass::text AS "table", ${names} AS columns FROM pg_index i WHERE i.indisunique`)
  indexes = await shared.process.sql(`SELECT i.indrelid::regclass::text AS "table", split_part(${names}, ' ', 1) AS first FROM pg_index i`)
})

const acceptsNull = (type: EntityType, field: string) =>
  (ENTITIES[type].schema.shape as Record<string, { safeParse(value: unknown): { success: boolean } }>)[field]?.safeParse(null).success === true

describe('the tables say what the schemas of the entities say', () => {
  test.each(ENTITY_TYPES)('%s: a column for each field, of its kind, and no more', (type) => {
    const expected = [...COLUMNS[type]].map(([field, kind]) => ({ column: kind === 'ref' ? `${field}_id` : field, kind, nullable: acceptsNull(type, field) }))
    const found = columns.filter(({ table, column }) => table === type && !OWN.includes(column) && !(type === 'plugin' && column === 'binding'))
    expect(found.map(({ column }) => column).sort()).toEqual(expected.map(({ column }) => column).sort())
    for (const { column, kind, nullable } of expected) {
      const row = found.find((candidate) => candidate.column === column)
      expect([column, TYPES[kind].includes(row?.type ?? ''), kind === 'list' || row?.nullable === nullable]).toEqual([column, true, true])
    }
    expect(columns.filter(({ table, column }) => table === type && OWN.includes(column))).toHaveLength(OWN.length)
  })

  test.each(ENTITY_TYPES)('%s: what must be unique is so in the database too', (type) => {
    const sets = ENTITIES[type].unique.map((fields) => ['workspace_id', ...fields.map((field) => (COLUMNS[type].get(field) === 'ref' ? `${field}_id` : field))].join(' '))
    const wanted = type === 'plugin' ? [...sets, 'workspace_id name binding'] : sets
    const found = uniques.filter(({ table, columns }) => table === type && columns !== 'id').map((row) => row.columns)
    expect(found.sort()).toEqual(wanted.sort())
  })

  test.each(ENTITY_TYPES)('%s: each reference has an index, so that deleting what it names does not read the whole table', (type) => {
    for (const field of Object.keys(ENTITIES[type].refs)) {
      expect(indexes.filter((index) => index.table === type).map(({ first }) => first)).toContain(`${field}_id`)
    }
  })
})
