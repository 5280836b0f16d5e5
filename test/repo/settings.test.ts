import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettings as readControlPlane } from '../../apps/admin/src/server/environment.ts'
import { readOptions } from '../../scripts/launch/options.ts'
import { ROOT } from './sources.ts'

/** The settings of a node, by its documentation. */
const NODE_SETTINGS = [...new Set(readFileSync(join(ROOT, 'docs/node.md'), 'utf8').match(/SLUICE_[A-Z0-9_]*[A-Z0-9]/g))].filter(
  (name) => !name.endsWith('_FILE') && name !== 'SLUICE_LIMIT',
)

/** What `npm start` decides for each of its nodes, or leaves to whoever starts one alone. */
const OF_START = ['SLUICE_CONTROL_PLANE', 'SLUICE_JOIN_TOKEN', 'SLUICE_CONFIG', 'SLUICE_STANDALONE', 'SLUICE_NODE_NAME']
/** Settings that a control plane has too. */
const OF_BOTH = ['SLUICE_DATA_DIR', 'SLUICE_LOG_LEVEL', 'SLUICE_PLUGINS_DIR']
const isOfStart = (name: string) => OF_START.includes(name) || name.endsWith('_LISTEN')

test('a node has dozens of settings', () => {
  expect(NODE_SETTINGS.length).toBeGreaterThan(50)
})

describe.each(NODE_SETTINGS.filter((name) => !OF_BOTH.includes(name)))('%s of a node', (name) => {
  test('does not concern a control plane', () => {
    expect(() => readControlPlane({ [name]: '1' }, new Map())).not.toThrow()
  })

  if (!isOfStart(name))
    test('is handed on to the nodes of npm start', () => {
      expect(readOptions([], { [name]: '1' }).node).toEqual({ [name]: '1' })
      expect(readOptions([], { [`${name}_FILE`]: '/a/file' }).node).toEqual({ [`${name}_FILE`]: '/a/file' })
    })
})
