import { expect, test } from 'vitest'
import { isSettled, kindOf, receiptText } from './receipt.ts'

const state = (nodes_total: number, applied: number, rejected: number, ms: number | null = 41) => ({ number: 12, nodes_total, applied, rejected, ms })

test.each([
  [state(2, 2, 0), 'applied', '25.0 % applied by 2 of 2 nodes in 41 ms'],
  [state(1, 1, 0), 'applied', '25.0 % applied by 1 of 1 node in 41 ms'],
  [state(2, 2, 0, 1240), 'applied', '25.0 % applied by 2 of 2 nodes in 1.2 s'],
  [state(2, 2, 0, 90_000), 'applied', '25.0 % applied by 2 of 2 nodes'],
  [state(2, 1, 0), 'waiting', '25.0 % is saved, applied by 1 of 2 nodes so far'],
  [state(2, 0, 0, null), 'waiting', '25.0 % is saved, applied by 0 of 2 nodes so far'],
  [state(2, 1, 1), 'partly', '25.0 % applied by 1 of 2 nodes in 41 ms, rejected by 1'],
  [state(2, 0, 2, null), 'rejected', '25.0 % rejected by 2 of 2 nodes; they keep serving what they had'],
  [state(0, 0, 0, null), 'unheard', '25.0 % is saved. No node is connected; nodes take it over when they connect'],
])('%j is %s', (acknowledged, kind, text) => {
  expect(kindOf(acknowledged)).toBe(kind)
  expect(receiptText(25, acknowledged)).toBe(text)
})

test('it is settled when every node has answered, either way', () => {
  expect([isSettled(state(2, 1, 0)), isSettled(state(2, 1, 1)), isSettled(state(2, 2, 0)), isSettled(state(0, 0, 0))]).toEqual([false, true, true, true])
})
