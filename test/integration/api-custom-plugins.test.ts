import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ControlPlaneProcess, sharedControlPlane } from './harness/control-plane-process.ts'

/** A control plane with plugins of a user: it checks their configuration as any other. */

const shared = sharedControlPlane({ env: { SLUICE_PLUGINS_DIR: join(import.meta.dirname, '../../examples/plugins') } })
const create = (value: Record<string, unknown>) => shared.api.mutate('plugins.create', { value })

test('fills in the defaults of a plugin of a user', async () => {
  const { item } = await create({ name: 'api-version', config: { versions: ['2', '1'] } })
  expect(item.config).toEqual({ header: 'X-Api-Version', versions: ['2', '1'], sunset: {} })
})

test.each([
  [{}, 'versions'],
  [{ versions: [] }, 'versions'],
  [{ versions: ['1'], sunst: {} }, 'sunst'],
])('refuses %j at its field', async (config, field) => {
  await expect(create({ name: 'api-version', config })).rejects.toThrow(field)
})

test('does not start with a directory that is not there, and says so', async () => {
  const { code, output } = await ControlPlaneProcess.startAndFail({ env: { SLUICE_PLUGINS_DIR: join(import.meta.dirname, 'none') } })
  expect(code).toBe(1)
  expect(output).toContain('SLUICE_PLUGINS_DIR: the plugin in')
  expect(output).toContain('the directory cannot be read (ENOENT)')
})
