import { describe, expect, test } from 'vitest'
import { environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'
import { INJECTION_TYPES } from './schema.ts'

const REFUSED = { kind: 'json', status: 400, body: { message: 'Bad Request' } }
const SQL = "' or 1=1--"
const reply = async (config: unknown, request: RequestFixture) => (await ask(createPlugin('injection-protection', config), request)).reply
const query = (text: string, name = 'q'): RequestFixture => ({ query: `${name}=${encodeURIComponent(text)}` })
const json = (value: unknown): RequestFixture => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })

describe('by default', () => {
  test('SQL in path and query is refused, and nothing else is looked at', async () => {
    expect(await reply({}, query(SQL))).toEqual(REFUSED)
    expect(await reply({}, { path: '/users/1%20or%201=1' })).toEqual(REFUSED)
    expect(await reply({}, query('<script>alert(1)</script>'))).toBeUndefined()
    expect(await reply({}, { headers: { 'x-a': SQL, cookie: `a=${SQL}` } })).toBeUndefined()
    expect(await reply({}, json(SQL))).toBeUndefined()
  })
})

describe('locations', () => {
  const places: Record<string, RequestFixture> = {
    path: { path: `/${encodeURIComponent(SQL)}` },
    query: query(SQL),
    headers: { headers: { 'x-name': SQL } },
    cookies: { headers: { cookie: `a=b; c=${encodeURIComponent(SQL)}` } },
    body: json([SQL]),
  }

  test.each(Object.keys(places))('%s alone', async (location) => {
    for (const [name, request] of Object.entries(places)) expect(await reply({ locations: [location] }, request), name).toEqual(name === location ? REFUSED : undefined)
  })
})

test('a refusal has the status and text of the configuration', async () => {
  expect(await reply({ error_status_code: 403, error_message: 'No' }, query(SQL))).toEqual({ kind: 'json', status: 403, body: { message: 'No' } })
})

describe('the log', () => {
  test.each([
    ['block', REFUSED],
    ['log_only', undefined],
  ])('says with %s what was found where, and never the value', async (enforcement_mode, expected) => {
    const environment = environmentFixture()
    const plugin = createPlugin('injection-protection', { enforcement_mode }, environment)
    expect((await ask(plugin, query(SQL))).reply).toEqual(expected)
    expect(environment.lines).toEqual([{ level: 'warn', message: `threat detected: 'sql', action taken: ${enforcement_mode}, found in query` }])
  })
})

describe('exceptions', () => {
  const config = (exception: Record<string, unknown>) => ({ injection_types: ['sql', 'js'], locations: ['query', 'headers', 'cookies', 'body'], exceptions: [exception] })

  test.each<[Record<string, unknown>, RequestFixture, RequestFixture]>([
    [{ location: 'query', name: 'q' }, query(SQL), query(SQL, 'other')],
    [{ location: 'query', name: 'a b' }, { query: `a%20b=${encodeURIComponent(SQL)}` }, { query: `a=${encodeURIComponent(SQL)}` }],
    [{ location: 'query', name: 'q', types: ['sql'] }, query(SQL), query('<script>')],
    [{ location: 'query' }, query(SQL, 'any'), { headers: { 'x-a': SQL } }],
    [{ location: 'headers', name: 'X-Note' }, { headers: { 'x-note': SQL } }, { headers: { 'x-notes': SQL } }],
    [{ location: 'cookies', name: 'a' }, { headers: { cookie: `a=${SQL}` } }, { headers: { cookie: `b=${SQL}` } }],
    [{ location: 'body', name: 'note' }, json({ a: [{ note: SQL }] }), json({ a: [{ other: SQL }] })],
    [{ location: 'body', name: 'note' }, json({ note: [SQL, SQL] }), json({ note: 'a', b: SQL })],
    [
      { location: 'body', name: 'note' },
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `note=${encodeURIComponent(SQL)}` },
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `note=a&b=${encodeURIComponent(SQL)}` },
    ],
  ])('%j: the first goes on, the second does not', async (exception, good, bad) => {
    expect(await reply(config(exception), good)).toBeUndefined()
    expect(await reply(config(exception), bad)).toEqual(REFUSED)
  })

  test('are for values: a name that is an attack is one', async () => {
    expect(await reply(config({ location: 'query', name: SQL }), { query: `${encodeURIComponent(SQL)}=1` })).toEqual(REFUSED)
  })
})

test('expressions of your own match in a value, whatever else is looked for', async () => {
  const config = { injection_types: [], custom_injections: [{ name: 'secret', regex: '^top[- ]SECRET$' }], locations: ['query', 'body'] }
  expect(await reply(config, query('top SECRET'))).toEqual(REFUSED)
  expect(await reply(config, query('top secret'))).toBeUndefined()
  expect(await reply(config, json({ a: 'b', c: 'top-SECRET' }))).toEqual(REFUSED)
})

describe('a body', () => {
  const config = { locations: ['body'], max_body_size: 100 }
  test('that is longer than may be is refused with 413, and goes on with log_only', async () => {
    expect(await reply(config, json('x'.repeat(200)))).toEqual({ kind: 'error', status: 413, message: 'Payload too large' })
    expect(await reply({ ...config, enforcement_mode: 'log_only' }, json('x'.repeat(200)))).toBeUndefined()
  })

  test('goes on as it was', async () => {
    const body = '{"A":"ÄB\\u0041"}'
    const { reply: refusal, exchange } = await ask(createPlugin('injection-protection', { locations: ['body'] }), { ...json(0), body })
    expect([refusal, exchange.sentBody]).toEqual([undefined, body])
  })

  test('of images is not looked at, the name of a file is', async () => {
    const everything = { injection_types: [...INJECTION_TYPES], locations: ['body'] }
    const upload = (name: string, content: string) => ({
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary="b"' },
      body: `--b\r\nContent-Disposition: form-data; name="f"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--b--\r\n`,
    })
    expect(await reply(everything, upload('a.txt', SQL))).toBeUndefined()
    expect(await reply(everything, upload('../../etc/passwd', 'a'))).toEqual(REFUSED)
    expect(await reply(everything, { method: 'POST', headers: { 'content-type': 'image/png' }, body: SQL })).toBeUndefined()
  })
})

test.each<[unknown, string]>([
  [{ injection_types: [] }, 'injection_types: there must be'],
  [{ injection_types: ['xss'] }, 'injection_types.0'],
  [{ locations: [] }, 'locations'],
  [{ locations: ['cookie'] }, 'locations.0'],
  [{ custom_injections: [{ name: 'a', regex: '(?=a)' }] }, 'custom_injections.0.regex: invalid regex'],
  [{ custom_injections: [{ regex: 'a' }] }, 'custom_injections.0.name'],
  [{ exceptions: [{ location: 'path_and_query' }] }, 'exceptions.0.location'],
  [{ exceptions: [{ location: 'query', types: ['all'] }] }, 'exceptions.0.types.0'],
  [{ exceptions: [{ location: 'query', name: '' }] }, 'exceptions.0.name'],
  [{ enforcement_mode: 'off' }, 'enforcement_mode'],
  [{ error_status_code: 500 }, 'error_status_code'],
  [{ error_message: 1 }, 'error_message'],
  [{ max_body_size: 16_777_217 }, 'max_body_size'],
  [{ sensitivity: 1 }, ': sensitivity'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('injection-protection', config).some((text) => text.startsWith(problem))).toBe(true)
})
