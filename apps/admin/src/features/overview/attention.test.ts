import { expect, test } from 'vitest'
import type { ShownNode } from '../nodes/node-words.ts'
import { calmText, concernsOf } from './attention.ts'

const NOW = new Date('2026-03-04T12:00:00.000Z')
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString()
const node = (name: string, more: Partial<ShownNode> = {}): ShownNode =>
  ({ id: name, name, state: 'connected', revision: 12, lag: 0, rejected: null, last_seen_at: ago(0), ...more }) as ShownNode
const newest = { number: 12, created_at: ago(60) }
const titles = (nodes: ShownNode[], revision = newest) => concernsOf({ nodes, newest: revision, now: NOW }).map((concern) => concern.title)

test('nodes that serve the newest revision are no concern, and neither are revoked ones', () => {
  expect(titles([node('a'), node('b', { state: 'revoked', lag: 4 })])).toEqual([])
})

test('a rejected revision comes first, with the reason and what the node serves instead', () => {
  const refusing = node('b', { revision: 11, lag: 1, rejected: { revision: 12, issues: [{ path: 'plugins[0].name', message: 'is not known here' }], at: ago(30) } })
  const [first, second] = concernsOf({ nodes: [node('a', { state: 'disconnected' }), refusing], newest, now: NOW })
  expect(first).toMatchObject({ tone: 'bad', title: 'b rejected r12', text: 'It keeps serving r11. plugins[0].name: is not known here', since: ago(30) })
  expect(second).toMatchObject({ tone: 'warn', title: 'a is not connected' })
})

test('a node that went away says since when and what it serves', () => {
  const [concern] = concernsOf({ nodes: [node('a', { state: 'disconnected', last_seen_at: ago(240) })], newest, now: NOW })
  expect(concern?.text).toBe('It was last heard of 4 min ago. A node that runs keeps serving r12.')
})

test('a node behind is a concern, but not while the revision is on its way', () => {
  const lagging = node('a', { revision: 10, lag: 2 })
  expect(titles([lagging])).toEqual(['a is 2 revisions behind'])
  expect(titles([lagging], { number: 12, created_at: ago(1) })).toEqual([])
})

test('a rejecting node is not counted as late as well', () => {
  expect(titles([node('a', { lag: 1, rejected: { revision: 12, issues: [], at: ago(1) } })])).toEqual(['a rejected r12'])
})

test('without concerns the sentence says what serves', () => {
  expect(calmText({ nodes: [node('a'), node('b')], newest })).toBe('All 2 nodes serve r12.')
  expect(calmText({ nodes: [node('a')], newest: null })).toBe('1 node serves an empty configuration.')
  expect(calmText({ nodes: [], newest })).toBe('No node is connected, so nothing carries traffic yet.')
})
