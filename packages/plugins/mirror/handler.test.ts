import { describe, expect, test } from 'vitest'
import { environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

function mirrorOf(config: Record<string, unknown> = {}, draws: number[] = []) {
  const environment = environmentFixture()
  environment.draws.push(...draws)
  const plugin = createPlugin('mirror', { host: 'next.test', ...config }, environment)
  return async (request: RequestFixture = {}) => (await ask(plugin, request)).exchange
}

test('a copy has the place, and the fields that are to be changed', async () => {
  const { copy } = await mirrorOf({ port: 81, path: '/v2', remove_headers: ['Authorization'] })()
  expect(copy).toMatchObject({ host: 'next.test', port: 81, path: '/v2', headers: { Authorization: null, 'X-Sluice-Mirror': 'true' }, timeoutMs: 10_000, bodyBytesMax: 1_048_576 })
})

test('the share is drawn for each request', async () => {
  const send = mirrorOf({ percentage: 25 }, [0.249, 0.25, 0.999, 0])
  const copied = []
  for (let round = 0; round < 4; round++) copied.push((await send()).copy !== null)
  expect(copied).toEqual([true, false, false, true])
})

test('methods and WebSockets are left out', async () => {
  const send = mirrorOf({ methods: ['get'] })
  expect((await send({ method: 'GET' })).copy).not.toBeNull()
  expect((await send({ method: 'POST' })).copy).toBeNull()
  expect((await send({ headers: { 'Sec-WebSocket-Key': 'x' } })).copy).toBeNull()
})

test('no more than so many are on their way at once', async () => {
  const send = mirrorOf({ max_in_flight: 2 })
  const [first] = [await send(), await send()]
  const third = await send()
  expect(third.copy).toBeNull()
  expect(third.log).toEqual({ mirror: 'dropped' })
  first.copy?.onOver(true)
  first.copy?.onOver(true)
  expect((await send()).copy).not.toBeNull()
  expect((await send()).copy).toBeNull()
})

test('no more bytes than so many are held, and what is over gives its room back', async () => {
  const send = mirrorOf({ max_held: 100 })
  const [one, two] = [(await send()).copy, (await send()).copy]
  expect([one?.reserve(60), two?.reserve(60), two?.reserve(40)]).toEqual([true, false, true])
  one?.onOver(false)
  expect((await send()).copy?.reserve(60)).toBe(true)
})

describe('a configuration', () => {
  test.each([
    [{}, 'host'],
    [{ host: '' }, 'host: Too small'],
    [{ host: 'a', port: 0 }, 'port: Too small'],
    [{ host: 'a', path: 'x' }, 'path: must start with / and be without blanks'],
    [{ host: 'a', path: '/a?b' }, 'path: is the path alone'],
    [{ host: 'a', percentage: 101 }, 'percentage: Too big'],
    [{ host: 'a', methods: ['G ET'] }, 'methods.0: is no method'],
    [{ host: 'a', remove_headers: [''] }, 'remove_headers.0: is no name of a header'],
    [{ host: 'a', timeout: 0 }, 'timeout: Too small'],
    [{ host: 'a', max_in_flight: 0 }, 'max_in_flight: Too small'],
    [{ host: 'a', max_body_size: -1 }, 'max_body_size: Too small'],
    [{ host: 'a', max_held: 2_000_000_000 }, 'max_held: Too big'],
  ])('%j is refused', (config, problem) => {
    expect(
      problems('mirror', config).some((line) => line.startsWith(problem)),
      JSON.stringify(problems('mirror', config)),
    ).toBe(true)
  })
})
