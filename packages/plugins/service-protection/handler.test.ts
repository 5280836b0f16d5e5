import { expect, test } from 'vitest'
import { consumerFixture, environmentFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const NAME = 'service-protection'
const service = (id: string) => ({ id, name: null, host: 'h' })

test('all callers of a service share its limit, and each service has its own', async () => {
  const plugin = createPlugin(NAME, { limit: [2], window_size: [60], window_type: 'fixed' }, environmentFixture())
  const status = async (request: Parameters<typeof ask>[1]) => (await ask(plugin, request)).reply?.status ?? 200
  expect(await status({ consumer: consumerFixture('anna') })).toBe(200)
  expect(await status({ clientIp: '192.0.2.7' })).toBe(200)
  expect(await status({ consumer: consumerFixture('ben') })).toBe(429)
  expect(await status({ service: service('other') })).toBe(200)
})

test('a refusal is that of rate-limiting-advanced', async () => {
  const plugin = createPlugin(NAME, { limit: [1], window_size: [10], window_type: 'fixed' }, environmentFixture({ nowMs: 0 }))
  await ask(plugin)
  expect((await ask(plugin)).reply).toEqual({
    kind: 'error',
    status: 429,
    message: 'API rate limit exceeded',
    headers: {
      'X-RateLimit-Limit-10': '1',
      'X-RateLimit-Remaining-10': '0',
      'RateLimit-Limit': '1',
      'RateLimit-Remaining': '0',
      'RateLimit-Reset': '10',
      'Retry-After': '10',
    },
  })
})

test('what contradicts is refused at its field, and so are fields of others', () => {
  expect(problems(NAME, { limit: [1, 2], window_size: [60] })).toEqual(['window_size: You must provide the same number of windows and limits'])
  expect(problems(NAME, { limit: [1], window_size: [60], identifier: 'ip' })).toEqual([': identifier'])
  expect(problems(NAME, { limit: [1], window_size: [60], strategy: 'redis' }).join()).toMatch(/^sync_rate: is needed/)
})
