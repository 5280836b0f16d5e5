import { upstreamSchema } from '@sluice/shared/entities/upstream'
import { expect, test } from 'vitest'
import { fieldsOf } from '../../ui/schema-form/fields.ts'
import { fillSections } from '../../ui/schema-form/sections.ts'
import { formatShare, sharesOf, targetsWarning } from './shares.ts'
import { readTarget, readWeight, targetProblems, WEIGHT_RULE } from './target-input.ts'
import { UPSTREAM_SECTIONS, upstreamAdvice } from './upstream-form.ts'

test('shares follow the weights and make a hundred', () => {
  const shares = sharesOf([
    { id: 'a', weight: 100 },
    { id: 'b', weight: 50 },
    { id: 'c', weight: 0 },
  ])
  expect(formatShare(shares.get('a') ?? 0)).toBe('66.7 %')
  expect(formatShare(shares.get('b') ?? 0)).toBe('33.3 %')
  expect(formatShare(shares.get('c') ?? 0)).toBe('0 %')
  expect([...shares.values()].reduce((sum, share) => sum + share, 0)).toBeCloseTo(100)
})

test('targets that are all drained share nothing, and that is warned of', () => {
  expect([...sharesOf([{ id: 'a', weight: 0 }]).values()]).toEqual([0])
  expect(targetsWarning([{ id: 'a', weight: 0 }])).toContain('503')
  expect(targetsWarning([{ id: 'a', weight: 1 }])).toBeNull()
  expect(targetsWarning([])).toBeNull()
})

test.each([
  ['0', 0],
  [' 100 ', 100],
  ['65535', 65_535],
  ['65536', null],
  ['-1', null],
  ['1.5', null],
  ['', null],
  ['many', null],
  ['1e3', null],
])('a weight written %j is %s', (text, weight) => {
  expect(readWeight(text)).toBe(weight)
})

test('a weight that is no number reaches the schema, which refuses it', () => {
  expect(readTarget('u1', ' a:80 ', 'many')).toEqual({ upstream: { id: 'u1' }, target: 'a:80', weight: 'many' })
  expect(readTarget('u1', 'a:80', '7')).toEqual({ upstream: { id: 'u1' }, target: 'a:80', weight: 7 })
})

test('issues stand at the field that can mend them', () => {
  expect(targetProblems([{ path: 'weight', message: 'Invalid input' }])).toEqual({ weight: WEIGHT_RULE })
  expect(targetProblems([{ path: 'target', message: 'must be host:port' }])).toEqual({ target: 'must be host:port' })
  expect(targetProblems([{ path: 'upstream', message: 'must be unique: another target has the same upstream + target' }])).toEqual({
    target: 'This upstream has this target already.',
  })
  expect(targetProblems([{ path: '', message: 'The control plane does not answer.' }])).toEqual({ target: 'The control plane does not answer.' })
})

test('an algorithm that nodes do not have is warned of at its field, by name', () => {
  expect(upstreamAdvice({})).toEqual({})
  expect(upstreamAdvice({ algorithm: 'round-robin' })).toEqual({})
  expect(upstreamAdvice({ algorithm: 'latency' }).algorithm).toContain('latency')
})

test('every section of the form names fields that the schema has', () => {
  const fields = fieldsOf(upstreamSchema)
  const filled = fillSections(UPSTREAM_SECTIONS, fields, [])
  for (const section of UPSTREAM_SECTIONS) expect(filled.find((entry) => entry.title === section.title)?.fields).toHaveLength(section.fields.length)
})
