import { expect, test } from 'vitest'
import { UNCHANGED } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const upstream = async (config: unknown) => (await ask(createPlugin('upstream-timeout', config))).exchange.upstream

test('what is set takes the place of the service’s timeouts, the rest is left', async () => {
  expect(await upstream({ connect_timeout: 1, send_timeout: 2, read_timeout: 3 })).toEqual({ ...UNCHANGED, connectTimeoutMs: 1, sendTimeoutMs: 2, readTimeoutMs: 3 })
  expect(await upstream({ read_timeout: 3 })).toEqual({ ...UNCHANGED, readTimeoutMs: 3 })
  expect(await upstream({})).toEqual(UNCHANGED)
})

test.each<[unknown, string]>([
  [{ connect_timeout: 0 }, 'connect_timeout'],
  [{ send_timeout: -1 }, 'send_timeout'],
  [{ read_timeout: 1.5 }, 'read_timeout'],
  [{ read_timeout: 2_147_483_647 }, 'read_timeout'],
  [{ write_timeout: 1 }, ': write_timeout'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('upstream-timeout', config).some((text) => text.startsWith(problem))).toBe(true)
})
