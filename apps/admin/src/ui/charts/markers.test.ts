import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Marker, placeMarkers } from './markers.ts'

const span = { from: 0, to: 100 }
const marker = (at: number, kind: Marker['kind'] = 'change'): Marker => ({ at, kind, label: `r${at}`, href: null, title: '' })
const labels = (...markers: Marker[]) => placeMarkers(markers, span, 10).map(({ label, more }) => (more === 0 ? label : `${label}+${more}`))

test('markers outside the window are not drawn', () => {
  expect(labels(marker(-1), marker(50), marker(101))).toEqual(['r50'])
})

test('of markers on one place the latest is shown and says how many it hides', () => {
  expect(labels(marker(50), marker(52), marker(54), marker(90))).toEqual(['r54+2', 'r90'])
})

test('a step is not hidden by a change, and a refused revision by neither', () => {
  expect(labels(marker(50, 'step'), marker(52))).toEqual(['r50+1'])
  expect(labels(marker(50, 'step'), marker(52, 'refused'), marker(54))).toEqual(['r52+2'])
})

test('every marker inside is drawn or counted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 120 }), { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (moments, roomFor) => {
      const placed = placeMarkers(
        moments.map((at) => marker(at)),
        span,
        roomFor,
      )
      expect(placed.reduce((sum, entry) => sum + 1 + entry.more, 0)).toBe(moments.filter((at) => at >= 0 && at <= 100).length)
    }),
  )
})
