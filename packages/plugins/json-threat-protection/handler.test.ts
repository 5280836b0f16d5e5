import { describe, expect, test } from 'vitest'
import { environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const REFUSED = { kind: 'json', status: 400, body: { message: 'Bad Request' } }
const run = (config: unknown, body: string | undefined, request: RequestFixture = {}) =>
  ask(createPlugin('json-threat-protection', config), { method: 'POST', headers: { 'Content-Type': 'application/json' }, ...(body === undefined ? {} : { body }), ...request })

describe('a body that breaks a limit is refused', () => {
  test.each<[Record<string, unknown>, string, string]>([
    [{ max_container_depth: 2 }, '[[1]]', '[[[1]]]'],
    [{ max_object_entry_count: 1 }, '{"a":1}', '{"a":1,"b":2}'],
    [{ max_object_entry_name_length: 3 }, '{"abc":1}', '{"abcd":1}'],
    [{ max_array_element_count: 2 }, '[1,2]', '[1,2,3]'],
    [{ max_string_value_length: 3 }, '"abc"', '["abcd"]'],
    [{ max_body_size: 6 }, '"abcd"', '"abcde"'],
    [{ allow_duplicate_object_entry_name: false }, '{"a":1,"b":1}', '{"a":1,"a":1}'],
    [{ max_container_depth: 0 }, '1', '[]'],
    [{}, '{"a":1}', '{"a":1'],
    [{}, '1', 'name=anna'],
    [{}, `"${'x'.repeat(8_190)}"`, `"${'x'.repeat(8_191)}"`],
  ])('with %j, %s goes on and the other does not', async (config, good, bad) => {
    expect((await run(config, good)).reply).toBeUndefined()
    expect((await run(config, bad)).reply).toEqual(REFUSED)
  })

  test('with the status and text of the configuration', async () => {
    const { reply } = await run({ error_status_code: 422, error_message: 'Too deep' }, '{')
    expect(reply).toEqual({ kind: 'json', status: 422, body: { message: 'Too deep' } })
  })

  test('by its announced length alone, before it is read', async () => {
    const { reply } = await run({ max_body_size: 10 }, '1', { headers: { 'Content-Length': '11' } })
    expect(reply).toEqual(REFUSED)
  })
})

describe('what is looked at', () => {
  test.each(['POST', 'PUT', 'PATCH'])('%s, whatever its type', async (method) => {
    expect((await run({ max_container_depth: 1 }, '[[]]', { method, headers: { 'Content-Type': 'text/plain' } })).reply).toEqual(REFUSED)
  })

  test.each(['DELETE', 'GET'])('%s, where it brings JSON', async (method) => {
    const config = { max_container_depth: 1 }
    for (const type of ['application/json', ' application/problem+json; charset=utf-8', 'APPLICATION/JSON']) {
      expect((await run(config, '[[]]', { method, headers: { 'Content-Type': type } })).reply, type).toEqual(REFUSED)
    }
    expect((await run(config, '[[]]', { method, headers: { 'Content-Type': 'text/plain' } })).reply).toBeUndefined()
  })

  test('not a request without a body, nor an empty one', async () => {
    expect((await run({}, undefined)).reply).toBeUndefined()
    expect((await run({}, '')).reply).toBeUndefined()
  })
})

describe('a body that is no JSON, where others are allowed', () => {
  const config = { allow_non_json_requests: true, max_container_depth: 1 }
  test('goes on', async () => expect((await run(config, 'name=anna', { headers: { 'Content-Type': 'text/plain' } })).reply).toBeUndefined())
  test('goes on without a type', async () => expect((await run(config, 'name=anna', { headers: {} })).reply).toBeUndefined())
  test('is refused where its type says that it is JSON', async () => expect((await run(config, 'name=anna')).reply).toEqual(REFUSED))
  test('is refused where it breaks a limit before it stops to be JSON', async () => {
    expect((await run(config, '[[[no', { headers: { 'Content-Type': 'text/plain' } })).reply).toEqual(REFUSED)
  })
})

describe('log_only', () => {
  test('lets everything go on, and logs what was found once', async () => {
    for (const [config, body, threat] of [
      [{ max_container_depth: 1 }, '[[]]', 'container_depth'],
      [{ max_body_size: 2 }, '"abc"', 'body_size'],
      [{}, '{', 'not_json'],
    ] as const) {
      const environment = environmentFixture()
      const { reply } = await ask(createPlugin('json-threat-protection', { ...config, enforcement_mode: 'log_only' }, environment), { method: 'POST', body })
      expect(reply).toBeUndefined()
      expect(environment.lines).toEqual([{ level: 'warn', message: `threat detected: '${threat}', action taken: log_only, found in body` }])
    }
  })
})

describe('a body of more than 1 MiB', () => {
  const BIG = `["${'x'.repeat(2 ** 20)}"`
  const stream = async (config: Record<string, unknown>, ...pieces: string[]) => {
    const environment = environmentFixture()
    const run = await ask(createPlugin('json-threat-protection', { max_body_size: -1, ...config }, environment), { method: 'POST', body: BIG })
    expect(run.reply).toBeUndefined()
    const [watch] = run.exchange.watches
    const replies = [...pieces.map((piece) => watch?.onPiece(Buffer.from(piece))), watch?.onEnd()]
    return { replies, lines: environment.lines }
  }

  test('is refused at the piece that breaks a limit, once', async () => {
    expect((await stream({ max_container_depth: 1 }, '["a",', '[', ']]')).replies).toEqual([undefined, REFUSED, undefined, undefined])
    expect((await stream({ max_body_size: 2 ** 21 }, 'x'.repeat(0), `"${'x'.repeat(2 ** 21)}`)).replies).toEqual([undefined, REFUSED, undefined])
  })

  test('is refused at its end where it is not whole', async () => {
    expect((await stream({}, '["a"')).replies).toEqual([undefined, REFUSED])
    expect((await stream({}, '["a"', ']')).replies).toEqual([undefined, undefined, undefined])
  })

  test('is logged once with log_only', async () => {
    const { replies, lines } = await stream({ max_container_depth: 1, enforcement_mode: 'log_only' }, '[[', '[[')
    expect(replies).toEqual([undefined, undefined, undefined])
    expect(lines.length).toBe(1)
  })

  test('is refused at once where it may not be so long', async () => {
    expect((await run({ max_body_size: 100 }, BIG)).reply).toEqual(REFUSED)
  })
})

test.each<[unknown, string]>([
  [{ max_body_size: -2 }, 'max_body_size'],
  [{ max_container_depth: 2_147_483_649 }, 'max_container_depth'],
  [{ max_object_entry_count: 1.5 }, 'max_object_entry_count'],
  [{ max_object_entry_name_length: '1' }, 'max_object_entry_name_length'],
  [{ max_array_element_count: null }, 'max_array_element_count'],
  [{ max_string_value_length: -2 }, 'max_string_value_length'],
  [{ allow_duplicate_object_entry_name: 'yes' }, 'allow_duplicate_object_entry_name'],
  [{ allow_non_json_requests: 1 }, 'allow_non_json_requests'],
  [{ enforcement_mode: 'off' }, 'enforcement_mode'],
  [{ error_status_code: 399 }, 'error_status_code'],
  [{ error_status_code: 500 }, 'error_status_code'],
  [{ error_message: 5 }, 'error_message'],
  [{ max_depth: 5 }, ': max_depth'],
])('%j is refused at its field', (config, field) => {
  expect(problems('json-threat-protection', config).some((text) => text.startsWith(field))).toBe(true)
})
