import { describe, expect, test } from 'vitest'
import { acknowledgedOf, acknowledgedSentence, formatDelay, REVISION_MAX, readRevision } from './revision-words.ts'

type State = Parameters<typeof acknowledgedOf>[0]
const STATES: [string, State, ReturnType<typeof acknowledgedOf>, string][] = [
  ['no node at all', { nodes: 0, applied: 0, rejected: 0, applied_ms: null }, { sign: 'nobody', text: 'no node' }, 'No node has heard of it yet.'],
  ['all of them', { nodes: 2, applied: 2, rejected: 0, applied_ms: 41 }, { sign: 'applied', text: '2 of 2 in 41 ms' }, '2 of 2 nodes applied it, the slowest in 41 ms.'],
  ['the only one', { nodes: 1, applied: 1, rejected: 0, applied_ms: 12 }, { sign: 'applied', text: '1 of 1 in 12 ms' }, '1 of 1 node applied it, in 12 ms.'],
  ['some', { nodes: 3, applied: 1, rejected: 0, applied_ms: 41 }, { sign: 'waiting', text: '1 of 3' }, '1 of 3 nodes applied it.'],
  ['one refusal', { nodes: 3, applied: 2, rejected: 1, applied_ms: 41 }, { sign: 'rejected', text: '2 of 3, 1 rejected' }, '2 of 3 nodes applied it, 1 rejected it.'],
  ['all, at a time nobody measured', { nodes: 2, applied: 2, rejected: 0, applied_ms: null }, { sign: 'applied', text: '2 of 2' }, '2 of 2 nodes applied it.'],
]

test.each(STATES)('applied by %s', (_, state, word, sentence) => {
  expect(acknowledgedOf(state)).toEqual(word)
  expect(acknowledgedSentence(state)).toBe(sentence)
})

describe('the time to the last acknowledgement', () => {
  test.each([
    [0, '1 ms'],
    [84.4, '84 ms'],
    [9_999, '9,999 ms'],
    [10_000, '10 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [3 * 3_600_000, '3 h'],
  ])('%d ms reads "%s"', (ms, text) => {
    expect(formatDelay(ms)).toBe(text)
  })
})

describe('the number of a revision as it is written', () => {
  test.each([
    ['12', 12],
    ['r12', 12],
    [' r12 ', 12],
    ['0', 0],
    [String(REVISION_MAX), REVISION_MAX],
  ])('%j is %d', (text, number) => {
    expect(readRevision(text)).toBe(number)
  })

  test.each([null, '', 'r', '-1', '1.5', '12a', 'import', '99999999999', String(REVISION_MAX + 1)])('%j is none', (text) => {
    expect(readRevision(text)).toBeNull()
  })
})
