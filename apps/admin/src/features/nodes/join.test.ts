import { describe, expect, test } from 'vitest'
import { invite, joinedNode, lifeText, nodeNameProblem, partsOf } from './join.ts'
import type { ShownNode } from './node-words.ts'

const COMMAND = 'SLUICE_CONTROL_PLANE=wss://gw.example SLUICE_JOIN_TOKEN=sluice_join_A-b_9 SLUICE_NODE_NAME=fra-1 npm run node'
const node = (id: string, name: string, state: ShownNode['state']) => ({ id, name, state }) as ShownNode

describe('the name for a new node', () => {
  test.each(['', '  ', 'fra-1', 'a.b_c-D9', 'x'.repeat(128)])('%j is right', (name) => {
    expect(nodeNameProblem(name)).toBeNull()
  })

  test.each([
    ['fra 1', /letters, digits/],
    ['fra/1', /letters, digits/],
    ['knoten-ä', /letters, digits/],
    ['x'.repeat(129), /at most 128 characters; this has 129/],
  ])('%j is refused with what to write', (name, message) => {
    expect(nodeNameProblem(name)).toMatch(message)
  })
})

describe('the command', () => {
  test('its parts are the command again, so that what is seen is what is copied', () => {
    for (const command of [COMMAND, 'npm run node', 'A=1', '', 'x A=1 B=2']) {
      expect(
        partsOf(command)
          .map(({ text }) => text)
          .join(''),
      ).toBe(command)
    }
  })

  test('the names of variables are told apart from their values', () => {
    expect(
      partsOf(COMMAND)
        .filter(({ isName }) => isName)
        .map(({ text }) => text),
    ).toEqual(['SLUICE_CONTROL_PLANE', 'SLUICE_JOIN_TOKEN', 'SLUICE_NODE_NAME'])
  })
})

describe('the life of a token', () => {
  const now = new Date('2026-03-13T14:00:00Z')
  test.each([
    [3_600_000, 'works once, for 60 min more'],
    [179_000, 'works once, for 2 min more'],
    [119_000, 'works once, for 1 min 59 s more'],
    [1, 'works once, for 1 s more'],
    [0, null],
    [-5, null],
  ])('with %d ms left it says %j', (ms, text) => {
    expect(lifeText(new Date(now.getTime() + ms), now)).toBe(text)
  })
})

describe('the node that is waited for', () => {
  const before = [node('1', 'fra-1', 'connected'), node('2', 'fra-2', 'disconnected')]

  test('is one that was not there, where the token has no name', () => {
    const invitation = invite(before, null)
    expect(joinedNode(before, invitation)).toBeNull()
    expect(joinedNode([...before, node('3', 'host', 'connected')], invitation)?.id).toBe('3')
  })

  test('is not a former one that merely connects again', () => {
    expect(joinedNode([node('2', 'fra-2', 'connected')], invite(before, null))).toBeNull()
  })

  test('has the name of the token, also where that name was known and away', () => {
    const invitation = invite(before, 'fra-2')
    expect(joinedNode(before, invitation)).toBeNull()
    expect(joinedNode([...before, node('3', 'other', 'connected')], invitation)).toBeNull()
    expect(joinedNode([node('2', 'fra-2', 'connected')], invitation)?.id).toBe('2')
  })

  test('is waited for until it is connected, not only enrolled', () => {
    expect(joinedNode([...before, node('3', 'fra-3', 'disconnected')], invite(before, 'fra-3'))).toBeNull()
  })
})
