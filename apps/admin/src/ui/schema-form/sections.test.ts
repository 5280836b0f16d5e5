import { routeSchema } from '@sluice/shared/entities/route'
import { upstreamSchema } from '@sluice/shared/entities/upstream'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { fieldsOf, leavesOf } from './fields.ts'
import { fillSections } from './sections.ts'

const FIELDS = fieldsOf(z.strictObject({ name: z.string(), port: z.int(), limits: z.strictObject({ body: z.int(), head: z.int() }), tags: z.array(z.string()) }))
const layout = (sections: ReturnType<typeof fillSections>) => sections.map((section) => [section.title, section.fields.map((field) => field.path.join('.'))])

test('without sections every field stands open in one', () => {
  const [only, ...others] = fillSections([], FIELDS, [])
  expect(others).toEqual([])
  expect(only?.folded).toBe(false)
  expect(only?.fields).toEqual(FIELDS)
})

test('fields stand in the order of their section; the rest comes last, folded', () => {
  const sections = fillSections([{ title: 'First', fields: ['tags', 'name'] }], FIELDS, [])
  expect(layout(sections)).toEqual([
    ['First', ['tags', 'name']],
    ['More settings', ['port', 'limits']],
  ])
  expect(sections[1]?.folded).toBe(true)
})

test('one field of a group can be shown alone, the others of it remain', () => {
  expect(layout(fillSections([{ title: 'First', fields: ['limits.body'] }], FIELDS, []))).toEqual([
    ['First', ['limits.body']],
    ['More settings', ['name', 'port', 'limits.head', 'tags']],
  ])
})

test('hidden fields are nowhere, also inside a group', () => {
  expect(layout(fillSections([{ title: 'First', fields: ['limits.body'] }], FIELDS, ['name', 'limits.head', 'port', 'tags']))).toEqual([['First', ['limits.body']]])
})

test('a name that the schema does not have is passed over, and an empty section is left out', () => {
  expect(layout(fillSections([{ title: 'Gone', fields: ['nothing', 'name.inner'] }], FIELDS, []))).toEqual([['More settings', ['name', 'port', 'limits', 'tags']]])
})

test.each([
  ['route', routeSchema],
  ['upstream', upstreamSchema],
])('no field of a %s is out of reach whatever the sections say', (_, schema) => {
  const fields = fieldsOf(schema)
  const sections = fillSections([{ title: 'Some', fields: ['name', 'healthchecks.active'] }], fields, [])
  const shown = leavesOf(sections.flatMap((section) => section.fields)).map((field) => field.path.join('.'))
  expect(shown.toSorted()).toEqual(
    leavesOf(fields)
      .map((field) => field.path.join('.'))
      .toSorted(),
  )
})
