import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { consumerFixture, ExchangeFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const anna = consumerFixture('anna')
const guest = consumerFixture('guest')
const identifier = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`
const environment = () => environmentFixture({ keys: { [identifier('anna-key')]: anna, [identifier('schlüssel')]: anna }, consumers: [guest] })
const run = (config: unknown, request: RequestFixture) => ask(createPlugin('key-auth', config, environment()), request)
const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' }

describe('a key is found', () => {
  test.each<[string, unknown, RequestFixture]>([
    ['in a header', {}, { headers: { apikey: 'anna-key' } }],
    ['in a header of any case', {}, { headers: { ApiKey: 'anna-key' } }],
    ['in the query', {}, { query: 'a=1&apikey=anna-key' }],
    ['percent-encoded in the query', {}, { query: 'apikey=schl%C3%BCssel' }],
    ['under another name', { key_names: ['token', 'x-key'] }, { headers: { 'X-Key': 'anna-key' } }],
    ['in a header written with _ for -', { key_names: ['x-key'] }, { headers: { X_Key: 'anna-key' } }],
    ['in a header written with - for _', { key_names: ['x_key'] }, { headers: { 'X-Key': 'anna-key' } }],
    ['in a JSON body', { key_in_body: true }, { headers: JSON_TYPE, body: '{"apikey":"anna-key"}' }],
    ['in a form body', { key_in_body: true }, { headers: FORM_TYPE, body: 'x=1&apikey=anna-key' }],
    ['in the header before the query', {}, { headers: { apikey: 'anna-key' }, query: 'apikey=other' }],
    ['in the query where the header is empty', {}, { headers: { apikey: '' }, query: 'apikey=anna-key' }],
  ])('%s', async (_, config, request) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toBeUndefined()
    expect(exchange.consumer).toBe(anna)
    expect(exchange.credential?.id).toBe('anna-credential')
    expect(exchange.anonymous).toBe(false)
  })
})

describe('a request without a good key is refused with 401', () => {
  const NONE = 'No API key found in request'
  const TWICE = 'Duplicate API key found'
  test.each<[string, unknown, RequestFixture, string]>([
    ['none', {}, {}, NONE],
    ['an empty one', {}, { headers: { apikey: '' }, query: 'apikey=' }, NONE],
    ['an unknown one', {}, { headers: { apikey: 'nobody' } }, 'Unauthorized'],
    ['a key that differs in case', {}, { headers: { apikey: 'ANNA-KEY' } }, 'Unauthorized'],
    ['two in headers', {}, { headers: { apikey: ['anna-key', 'anna-key'] } }, TWICE],
    ['two in the query', {}, { query: 'apikey=anna-key&apikey=x' }, TWICE],
    ['two in a form', { key_in_body: true }, { headers: FORM_TYPE, body: 'apikey=a&apikey=b' }, TWICE],
    ['a list in JSON', { key_in_body: true }, { headers: JSON_TYPE, body: '{"apikey":["a","b"]}' }, TWICE],
    ['a header where only the query is looked at', { key_in_header: false }, { headers: { apikey: 'anna-key' } }, NONE],
    ['a query where only headers are looked at', { key_in_query: false }, { query: 'apikey=anna-key' }, NONE],
    ['a body where none is looked at', {}, { headers: JSON_TYPE, body: '{"apikey":"anna-key"}' }, NONE],
    ['a body of another type', { key_in_body: true }, { headers: { 'Content-Type': 'text/plain' }, body: 'apikey=anna-key' }, NONE],
    ['a body that is not JSON', { key_in_body: true }, { headers: JSON_TYPE, body: '{"apikey":' }, NONE],
    ['a number in JSON', { key_in_body: true }, { headers: JSON_TYPE, body: '{"apikey":1}' }, NONE],
    ['a name that objects inherit', { key_names: ['constructor'], key_in_body: true }, { headers: JSON_TYPE, body: '{}' }, NONE],
    ['a body of more than 64 KiB', { key_in_body: true }, { headers: JSON_TYPE, body: JSON.stringify({ apikey: 'anna-key', pad: 'x'.repeat(70_000) }) }, NONE],
  ])('%s', async (_, config, request, message) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toEqual({ kind: 'error', status: 401, message, headers: { 'WWW-Authenticate': 'Key' } })
    expect(exchange.consumer).toBeNull()
  })

  test('the realm is named in the challenge, without what would end its quotes', async () => {
    expect((await run({ realm: 'shop' }, {})).reply?.headers).toEqual({ 'WWW-Authenticate': 'Key realm="shop"' })
    expect((await run({ realm: 'a"b\\c' }, {})).reply?.headers).toEqual({ 'WWW-Authenticate': 'Key realm="abc"' })
  })
})

describe('hide_credentials', () => {
  const config = { hide_credentials: true, key_in_body: true }

  test('takes the key out of headers, in both spellings', async () => {
    const { exchange } = await run({ ...config, key_names: ['x-key'] }, { headers: { 'X-Key': 'anna-key', Accept: '*/*' } })
    expect([...exchange.requestHeaders.entries()]).toEqual([['Accept', '*/*']])
  })

  test.each([
    ['a=1&apikey=anna-key&b=%20x', 'a=1&b=%20x'],
    ['apikey=anna-key', null],
  ])('takes it out of the query %s and leaves the rest as it was written', async (query, left) => {
    expect((await run(config, { query })).exchange.query).toBe(left)
  })

  test.each([
    ['JSON', JSON_TYPE, '{"apikey":"anna-key","n":1}', '{"n":1}'],
    ['a form', FORM_TYPE, 'a=1&apikey=anna-key', 'a=1'],
  ])('takes it out of %s', async (_, headers, body, left) => {
    expect((await run(config, { headers, body })).exchange.sentBody).toBe(left)
  })

  test('is off by default: the key goes upstream', async () => {
    const { exchange } = await run({}, { headers: { apikey: 'anna-key' }, query: 'apikey=anna-key' })
    expect(exchange.requestHeaders.get('apikey')).toBe('anna-key')
    expect(exchange.query).toBe('apikey=anna-key')
  })
})

describe('anonymous', () => {
  test.each(['guest', 'guest-id'])('%s is the consumer of callers without a good key', async (anonymous) => {
    for (const request of [{}, { headers: { apikey: 'nobody' } }]) {
      const { reply, exchange } = await run({ anonymous }, request)
      expect(reply).toBeUndefined()
      expect(exchange).toMatchObject({ consumer: guest, credential: null, anonymous: true })
    }
  })

  test('does not take the place of a good key', async () => {
    const { exchange } = await run({ anonymous: 'guest' }, { headers: { apikey: 'anna-key' } })
    expect(exchange).toMatchObject({ consumer: anna, anonymous: false })
  })

  test('leaves a caller alone whom another plugin has proved already', async () => {
    const request = { consumer: anna, credential: { id: 'other', identifier: 'other', fields: {} }, headers: { apikey: 'nobody' } }
    const { exchange } = await run({ anonymous: 'guest' }, request)
    expect(exchange.credential?.id).toBe('other')
  })

  test('that does not exist is a 500 which names it', async () => {
    expect((await run({ anonymous: 'nobody' }, {})).reply).toMatchObject({ status: 500, message: "anonymous consumer nobody is configured but doesn't exist" })
  })
})

describe('preflights', () => {
  test('need a key unless run_on_preflight is off', async () => {
    expect((await run({}, { method: 'OPTIONS' })).reply?.status).toBe(401)
    expect((await run({ run_on_preflight: false }, { method: 'OPTIONS' })).reply).toBeUndefined()
    expect((await run({ run_on_preflight: false }, { method: 'GET' })).reply?.status).toBe(401)
  })

  test('that pass unasked cannot say who they are from', async () => {
    const headers = { 'X-Consumer-ID': 'root', 'X-Consumer-Username': 'root', 'X-Credential-Identifier': 'root', 'X-Anonymous-Consumer': 'true', Accept: '*/*' }
    const { exchange } = await run({ run_on_preflight: false }, { method: 'OPTIONS', headers })
    expect([...exchange.requestHeaders.entries()]).toEqual([['Accept', '*/*']])
  })
})

test('a promise is made only where the body has to be waited for', () => {
  const plugin = createPlugin('key-auth', { key_in_body: true }, environment())
  expect(plugin.onRequest?.(new ExchangeFixture({ headers: { apikey: 'anna-key' } }))).not.toBeInstanceOf(Promise)
  expect(plugin.onRequest?.(new ExchangeFixture({ headers: JSON_TYPE, body: '{}' }))).toBeInstanceOf(Promise)
})

describe('configuration', () => {
  test.each<[string, unknown, string]>([
    ['nowhere to look', { key_in_header: false, key_in_query: false }, 'key_in_header: the key must be looked for in at least one place'],
    ['no name', { key_names: [] }, 'key_names'],
    ['a name that is no header', { key_names: ['a b'] }, 'key_names.0: a key name has letters, digits, - and _ only'],
    ['a realm that would break the header', { realm: 'a\r\nX: y' }, 'realm: may have printable ASCII only'],
    ['an unknown field', { key_name: ['x'] }, ': key_name'],
    ['a field of another edition', { identity_realms: [] }, ': identity_realms'],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems('key-auth', config).some((text) => text.startsWith(problem))).toBe(true)
  })
})
