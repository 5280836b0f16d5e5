import { describe, expect, test } from 'vitest'
import { environmentFixture, type RequestFixture, UNCHANGED } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const RULES = {
  rules: [
    { condition: { 'X-Region': 'eu', 'x-tier': 'gold' }, upstream_name: 'eu-gold' },
    { condition: { 'x-region': 'eu' }, upstream_name: 'eu' },
    { condition: { 'x-region': 'nowhere' }, upstream_name: 'missing' },
  ],
}
const environment = () => environmentFixture({ upstreams: { eu: true, 'eu-gold': false } })
const run = (headers: RequestFixture['headers'], config: unknown = RULES) => ask(createPlugin('route-by-header', config, environment()), { headers })

describe('a request goes to', () => {
  test.each<[string, RequestFixture['headers'], string | null]>([
    ['the upstream of the first rule that fits', { 'x-region': 'eu', 'X-Tier': 'gold' }, 'eu-gold'],
    ['that of a later one', { 'X-REGION': 'eu', 'x-tier': 'silver' }, 'eu'],
    ['the service where none fits', { 'x-region': 'us' }, null],
    ['the service without headers', {}, null],
    ['the service where a value differs in case', { 'x-region': 'EU' }, null],
    ['the service where a header is there twice', { 'x-region': ['eu', 'us'] }, null],
  ])('%s', async (_, headers, host) => {
    const { exchange, reply } = await run(headers)
    expect(reply).toBeUndefined()
    expect(exchange.upstream).toEqual({ ...UNCHANGED, host })
  })
})

test('an upstream that does not exist is answered with 500, and named in the log once', async () => {
  const outside = environment()
  const plugin = createPlugin('route-by-header', RULES, outside)
  for (let index = 0; index < 3; index += 1) {
    const { exchange, reply } = await ask(plugin, { headers: { 'x-region': 'nowhere' } })
    expect(reply).toEqual({ kind: 'error', status: 500, message: 'An unexpected error occurred' })
    expect(exchange.upstream).toEqual(UNCHANGED)
  }
  expect(outside.lines).toEqual([{ level: 'error', message: 'route-by-header: no upstream has this name' }])
})

test('without rules nothing happens', async () => {
  expect((await run({ 'x-region': 'eu' }, {})).exchange.upstream).toEqual(UNCHANGED)
})

test.each<[unknown, string]>([
  [{ rules: [{ upstream_name: 'a' }] }, 'rules.0.condition'],
  [{ rules: [{ condition: {}, upstream_name: 'a' }] }, 'rules.0.condition: names at least one header'],
  [{ rules: [{ condition: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`h${index}`, 'v'])), upstream_name: 'a' }] }, 'rules.0.condition: names at most 16 headers'],
  [{ rules: [{ condition: { 'a b': 'c' }, upstream_name: 'a' }] }, 'rules.0.condition'],
  [{ rules: [{ condition: { a: 1 }, upstream_name: 'a' }] }, 'rules.0.condition.a'],
  [{ rules: [{ condition: { a: 'b' } }] }, 'rules.0.upstream_name'],
  [{ rules: [{ condition: { a: 'b' }, upstream_name: 'a', regex: true }] }, 'rules.0: regex'],
  [{ rule: [] }, ': rule'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('route-by-header', config).some((text) => text.startsWith(problem))).toBe(true)
})
