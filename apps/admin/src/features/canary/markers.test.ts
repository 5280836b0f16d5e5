import { expect, test } from 'vitest'
import { markersOf, stepOf } from './markers.ts'

const revision = (number: number, more = {}) => ({ number, author: 'Mara', message: 'update plugin canary', created_at: '2026-03-04T12:00:00.000Z', rejected: 0, ...more })
const plugin = (percentage: unknown) => ({ config: { percentage } })

test('a revision that moved the canary says to where', () => {
  const changes = [
    { type: 'route', id: 'r', before: null, after: {} },
    { type: 'plugin', id: 'p', before: plugin(5), after: plugin(10) },
  ]
  expect(stepOf(changes, 'p')).toBe(10)
  expect(stepOf(changes, 'another')).toBeNull()
})

test('a first percentage is a step, another setting is none, and neither is a removal', () => {
  expect(stepOf([{ type: 'plugin', id: 'p', before: null, after: plugin(0) }], 'p')).toBe(0)
  expect(stepOf([{ type: 'plugin', id: 'p', before: plugin(5), after: plugin(5) }], 'p')).toBeNull()
  expect(stepOf([{ type: 'plugin', id: 'p', before: plugin(5), after: null }], 'p')).toBeNull()
})

test('markers are grey for changes, accented for steps, amber where a node refused', () => {
  const markers = markersOf(
    [revision(7), revision(8), revision(9), revision(10, { rejected: 1 })],
    new Map([
      [8, 10],
      [9, 12.5],
      [10, 20],
    ]),
  )
  expect(markers.map(({ label, kind }) => `${label} ${kind}`)).toEqual(['r7 change', '10 % step', '12.5 % step', '20 % refused'])
  expect(markers[0]).toMatchObject({ at: Date.UTC(2026, 2, 4, 12) / 1000, href: '/revisions/7', title: 'r7 by Mara: update plugin canary' })
})
