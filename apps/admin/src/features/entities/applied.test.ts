import { expect, test } from 'vitest'
import { type Applied, appliedText, isRejected } from './applied.ts'

const state = (part: Partial<Applied>): Applied => ({ number: 12, nodes_total: 2, applied: 0, rejected: 0, ms: null, ...part })

test.each([
  [null, 'on its way to the nodes'],
  [state({ nodes_total: 0 }), 'no node is connected'],
  [state({}), 'applied by 0 of 2 nodes so far'],
  [state({ applied: 1 }), 'applied by 1 of 2 nodes so far'],
  [state({ applied: 2, ms: 41.3 }), 'applied by 2 of 2 nodes in 41 ms'],
  [state({ applied: 2, ms: 0 }), 'applied by 2 of 2 nodes in 1 ms'],
  [state({ applied: 2 }), 'applied by 2 of 2 nodes'],
  [state({ nodes_total: 1, applied: 1, ms: 9 }), 'applied by 1 of 1 node in 9 ms'],
  [state({ applied: 1, rejected: 1, ms: 30 }), 'applied by 1 of 2 nodes, rejected by 1'],
])('the receipt of %j reads %j', (applied, text) => {
  expect(appliedText(applied)).toBe(text)
})

test('one node that rejects makes the receipt a warning', () => {
  expect(isRejected(null)).toBe(false)
  expect(isRejected(state({ applied: 2 }))).toBe(false)
  expect(isRejected(state({ applied: 1, rejected: 1 }))).toBe(true)
})
