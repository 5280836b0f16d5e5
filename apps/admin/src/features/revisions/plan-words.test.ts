import { describe, expect, test } from 'vitest'
import { groupItems, isEmptyPlan, type Plan, type PlanItem, planText } from './plan-words.ts'

const item = (type: PlanItem['type'], label: string): PlanItem => ({ type, id: label, label })
const plan = (counts: { creates?: number; updates?: number; deletes?: number }): Plan => {
  const items = (count = 0) => Array.from({ length: count }, (_, index) => item('route', `r${index}`))
  return { creates: items(counts.creates), updates: items(counts.updates), deletes: items(counts.deletes) }
}

describe('the sum of a plan', () => {
  test.each([
    [{}, 'nothing changes'],
    [{ creates: 3 }, '3 created'],
    [{ updates: 1, deletes: 2 }, '1 changed, 2 deleted'],
    [{ creates: 1_234, updates: 1, deletes: 1 }, '1,234 created, 1 changed, 1 deleted'],
  ])('%j is "%s"', (counts, text) => {
    expect(planText(plan(counts))).toBe(text)
  })

  test('a plan without any item is empty, with a single deletion it is not', () => {
    expect(isEmptyPlan(plan({}))).toBe(true)
    expect(isEmptyPlan(plan({ deletes: 1 }))).toBe(false)
  })
})

test('items stand by their type, in the order in which they are written, under the right noun', () => {
  const groups = groupItems([item('upstream', 'v1'), item('service', 'orders'), item('upstream', 'v2'), item('keyauth_credential', 'key 1')])
  expect(groups.map(({ noun, items }) => `${items.length} ${noun}: ${items.map(({ label }) => label).join(' ')}`)).toEqual([
    '2 upstreams: v1 v2',
    '1 service: orders',
    '1 key: key 1',
  ])
})
