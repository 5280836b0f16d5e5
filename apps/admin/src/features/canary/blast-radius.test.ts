import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blastRadius, consequencesOf, textOf } from './blast-radius.ts'

const says = (move: Parameters<typeof consequencesOf>[0]) => consequencesOf(move).map(textOf)

test('raising says what is added and that no one goes back', () => {
  expect(says({ from: 5, to: 10, total: 760, isSticky: true })).toEqual(['send +38 requests/s to the canary (76 in all)', 'take no one back to stable'])
})

test('lowering says who goes back', () => {
  expect(says({ from: 10, to: 5, total: 760, isSticky: true })).toEqual([
    'take −38 requests/s off the canary (38 in all)',
    'move 5.0 % of the callers back to stable, and no one to the canary',
  ])
})

test('where nothing keeps a caller on a side, nothing is promised', () => {
  expect(says({ from: 5, to: 10, total: 760, isSticky: false })[1]).toBe('draw every request anew: no caller is kept on a side')
})

test('both ends say what is left', () => {
  expect(says({ from: 50, to: 100, total: 10, isSticky: true }).at(-1)).toBe('leave nothing on stable')
  expect(says({ from: 50, to: 0, total: 10, isSticky: true }).at(-1)).toBe('leave nothing on the canary but forced requests')
})

test('without traffic there is no number to invent', () => {
  expect(says({ from: 5, to: 10, total: 0, isSticky: true })[0]).toBe('move no requests yet: the service has none now')
  expect(says({ from: 5, to: 10, total: null, isSticky: true })[0]).toBe('change the share of the canary by +5.0 points (no traffic is reported yet)')
  expect(blastRadius(5, null)).toBeNull()
})

test('a small share of little traffic keeps its decimal', () => {
  expect(blastRadius(5, 8)).toBe('0.4')
  expect(blastRadius(5, 760)).toBe('38')
})

test('whatever the move, a raise never says that someone goes back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 1000 }), fc.nat(5000), (a, b, total) => {
      const [from, to] = [Math.min(a, b - 1) / 10, Math.max(a + 1, b) / 10]
      expect(says({ from, to, total, isSticky: true })).toContain('take no one back to stable')
    }),
  )
})
