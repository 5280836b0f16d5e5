import { describe, expect, test } from 'vitest'
import { byUrgency, connectionOf, marksOf, rejectionText, revisionOf, type ShownNode, summaryOf } from './node-words.ts'

const REFUSED = { revision: 13, issues: [{ path: 'plugins[0].name', message: 'unknown plugin' }], at: '2026-03-13T14:00:00Z' }

function node(fields: Partial<ShownNode> = {}): ShownNode {
  return {
    id: fields.name ?? 'a',
    name: 'node-1',
    state: 'connected',
    version: '0.1.0',
    workers: 2,
    revision: 12,
    hash: null,
    lag: 0,
    rejected: null,
    applied_at: null,
    last_seen_at: null,
    listen: null,
    plugins: [],
    cpu_percent: null,
    rss_bytes: null,
    loop_lag_ms: null,
    connections: null,
    requests_per_s: null,
    ...fields,
  }
}

describe('the state of a node', () => {
  test.each([
    ['connected', 'Connected', 'quiet'],
    ['disconnected', 'Not seen', 'warn'],
    ['revoked', 'Revoked', 'quiet'],
  ] as const)('%s reads "%s" and is %s', (state, text, tone) => {
    expect(connectionOf(node({ state }))).toMatchObject({ text, tone })
  })
})

describe('the revision of a node', () => {
  test.each<[string, Partial<ShownNode>, string, string, string]>([
    ['the newest one is calm', {}, 'r12', 'applied', 'quiet'],
    ['one behind is on its way', { revision: 11, lag: 1 }, 'r11, 1 behind', 'applying', 'warn'],
    ['many behind are counted with separators', { revision: 12, lag: 1_234 }, 'r12, 1,234 behind', 'applying', 'warn'],
    ['a refusal stands out', { revision: 12, lag: 1, rejected: REFUSED }, 'r12, 1 behind', 'rejected', 'bad'],
    ['a node that never had one says so', { revision: null, lag: 12 }, 'no revision yet', 'applying', 'warn'],
    ['a node that is away and up to date is calm', { state: 'disconnected' }, 'r12', 'nothing', 'quiet'],
    ['a node that is away and behind is not applying anything', { state: 'disconnected', lag: 3 }, 'r12, 3 behind', 'behind', 'warn'],
    ['a revoked node is not behind, for it gets nothing', { state: 'revoked', lag: 3, rejected: REFUSED }, 'r12', 'nothing', 'quiet'],
  ])('%s', (_, fields, text, sign, tone) => {
    expect(revisionOf(node(fields))).toEqual({ text, sign, tone })
  })
})

test('a refusal says which revision was refused and which one serves', () => {
  expect(rejectionText(node({ name: 'syd-2', rejected: REFUSED }))).toBe('syd-2 rejected r13 and keeps serving r12.')
  expect(rejectionText(node({ name: 'syd-2', revision: null, rejected: REFUSED }))).toBe('syd-2 rejected r13 and serves nothing yet.')
  expect(rejectionText(node())).toBeNull()
})

test('nodes that need a person come first, then by name with numbers as numbers, revoked ones last', () => {
  const nodes = [
    node({ name: 'fra-10' }),
    node({ name: 'old', state: 'revoked' }),
    node({ name: 'fra-2' }),
    node({ name: 'sin-1', state: 'disconnected' }),
    node({ name: 'syd-2', rejected: REFUSED, lag: 1 }),
  ]
  expect(byUrgency(nodes).map(({ name }) => name)).toEqual(['syd-2', 'sin-1', 'fra-2', 'fra-10', 'old'])
  expect(nodes[0]?.name).toBe('fra-10')
})

describe('the line beside the heading', () => {
  test.each<[string, ShownNode[], string]>([
    ['counts workers of connected nodes only', [node(), node({ state: 'disconnected', workers: 8 })], '1 connected, 2 workers, 1 not seen'],
    ['says one worker', [node({ workers: 1 })], '1 connected, 1 worker'],
    ['leaves workers out where no node said', [node({ workers: null })], '1 connected'],
    ['does not count revoked nodes', [node({ state: 'revoked' })], '0 connected'],
  ])('%s', (_, nodes, text) => {
    expect(summaryOf(nodes)).toBe(text)
  })
})

test('a revision has one mark per node that counts', () => {
  const nodes = [
    node({ name: 'a' }),
    node({ name: 'b', lag: 1 }),
    node({ name: 'c', lag: 1, rejected: REFUSED }),
    node({ name: 'd', state: 'disconnected' }),
    node({ name: 'e', state: 'revoked' }),
    node({ name: 'f', revision: null, lag: 12 }),
  ]
  expect(marksOf(nodes).map(({ id, mark }) => `${id} ${mark}`)).toEqual(['a applied', 'b waiting', 'c rejected', 'f waiting'])
  expect(marksOf(nodes)[2]?.title).toBe('c: rejected')
})
