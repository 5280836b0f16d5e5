import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { fieldsOf } from '../../scripts/plugin-pages/field-table.ts'
import { FOLDER, pluginPages } from '../../scripts/plugin-pages/pages.ts'

const pages = pluginPages()

test('docs/plugins has a page for each plugin and no other', () => {
  expect(existsSync(FOLDER) ? readdirSync(FOLDER).sort() : []).toEqual([...pages.keys()].sort())
})

test.each([...pages])('docs/plugins/%s is as `npm run plugin-pages` writes it', (name, text) => {
  expect(readFileSync(join(FOLDER, name), 'utf8')).toBe(text)
})

test('links between pages lead to pages', () => {
  const broken = [...pages].flatMap(([name, text]) =>
    [...text.matchAll(/\]\(([^):#]+\.md)\)/g)].filter(([, target]) => !pages.has(target as string)).map(([link]) => `${name}: ${link}`),
  )
  expect(broken).toEqual([])
})

test('every field is in the table, with type, bounds and default', () => {
  const config = z.strictObject({
    needed: z.string().min(1).max(8).meta({ description: 'A name.' }),
    count: z.int().min(1).max(60_000).nullable().default(null).meta({ description: 'How many.', unit: 'ms' }),
    kind: z.enum(['a', 'b']).default('a'),
    rules: z
      .array(z.strictObject({ name: z.string().max(4), on: z.boolean().default(true) }))
      .max(3)
      .default([]),
    headers: z.record(z.string(), z.string()).default({}),
  })
  expect(fieldsOf(config)).toEqual([
    { path: 'needed', type: 'string', bounds: '1 to 8 characters', default: 'required', description: 'A name.' },
    { path: 'count', type: 'integer', bounds: '1 to 60,000, in ms', default: '–', description: 'How many.' },
    { path: 'kind', type: '`a`, `b`', bounds: '', default: '`"a"`', description: '' },
    { path: 'rules', type: 'list of record', bounds: 'up to 3 entries', default: '`[]`', description: '' },
    { path: 'rules[].name', type: 'string', bounds: 'up to 4 characters', default: 'required', description: '' },
    { path: 'rules[].on', type: 'boolean', bounds: '', default: '`true`', description: '' },
    { path: 'headers', type: 'map of string', bounds: '', default: '`{}`', description: '' },
  ])
})
