import { expect, test } from 'vitest'
import { compareLanes } from './lane-words.ts'

const names = { stable: 'orders-v1', canary: 'orders-v2' }

test('the sentence names both sides with their values', () => {
  expect(compareLanes({ title: 'p99', stable: '312 ms', canary: '341 ms', names, unit: '' })).toBe('p99 now: canary orders-v2 341 ms, stable orders-v1 312 ms.')
  expect(compareLanes({ title: 'Requests', stable: '722', canary: '38', names, unit: ' requests/s' })).toBe(
    'Requests now: canary orders-v2 38 requests/s, stable orders-v1 722 requests/s.',
  )
})

test('where there is nothing to measure it says so', () => {
  expect(compareLanes({ title: 'p99', stable: '312 ms', canary: '–', names, unit: '' })).toContain('canary orders-v2 nothing to measure')
})
