import { describe, expect, test } from 'vitest'
import { ask, createPlugin, pass, problems } from '../testing/run-plugin.ts'

const ORIGIN = 'https://shop.test'
const PREFLIGHT = { method: 'OPTIONS', headers: { Origin: ORIGIN, 'Access-Control-Request-Method': 'PUT' } }
const METHODS = 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT'

/** Access-Control-Allow-Origin of an answer to a request from `origin`; null where there is none. */
async function allowed(config: unknown, origin: string): Promise<string | null> {
  const { exchange } = await pass(createPlugin('cors', config), { headers: { Origin: origin } })
  return exchange.responseHeaders.get('Access-Control-Allow-Origin')
}

describe('a preflight', () => {
  test('is answered 200 without a body, and does not go upstream', async () => {
    const { reply } = await ask(createPlugin('cors', {}), PREFLIGHT)
    expect(reply).toEqual({ kind: 'raw', status: 200, body: null, contentType: null, headers: { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': METHODS } })
  })

  test('gets everything that is configured, in Kong’s order, but no Expose-Headers', async () => {
    const config = { origins: [ORIGIN], methods: ['GET', 'PUT'], headers: ['X-A', 'X-B'], exposed_headers: ['X-C'], max_age: 3600, credentials: true, private_network: true }
    const { reply } = await ask(createPlugin('cors', config), { ...PREFLIGHT, headers: { ...PREFLIGHT.headers, 'Access-Control-Request-Private-Network': 'true' } })
    expect(Object.entries(reply?.headers ?? {})).toEqual([
      ['Vary', 'Origin'],
      ['Access-Control-Allow-Origin', ORIGIN],
      ['Access-Control-Allow-Credentials', 'true'],
      ['Access-Control-Allow-Headers', 'X-A,X-B'],
      ['Access-Control-Allow-Methods', 'GET,PUT'],
      ['Access-Control-Max-Age', '3600'],
      ['Access-Control-Allow-Private-Network', 'true'],
    ])
  })

  test('gets the headers that it asks for where none are configured', async () => {
    const { reply } = await ask(createPlugin('cors', {}), { ...PREFLIGHT, headers: { ...PREFLIGHT.headers, 'Access-Control-Request-Headers': 'x-one, x-two' } })
    expect(reply?.headers?.['Access-Control-Allow-Headers']).toBe('x-one, x-two')
  })

  test('is answered for an origin that is not allowed too, without naming it', async () => {
    const { reply } = await ask(createPlugin('cors', { origins: ['https://a.test', 'https://b.test'], credentials: true }), PREFLIGHT)
    expect(reply).toMatchObject({ status: 200, headers: { Vary: 'Origin', 'Access-Control-Allow-Credentials': 'true' } })
    expect(reply?.headers).not.toHaveProperty('Access-Control-Allow-Origin')
  })

  test('with preflight_continue goes upstream, and its answer is left as it is', async () => {
    const { reply, exchange } = await pass(createPlugin('cors', { preflight_continue: true }), PREFLIGHT)
    expect(reply).toBeUndefined()
    expect([...exchange.responseHeaders.entries()]).toEqual([])
  })

  test('private network access is not offered unless it is asked for', async () => {
    const { reply } = await ask(createPlugin('cors', { private_network: true }), PREFLIGHT)
    expect(reply?.headers).not.toHaveProperty('Access-Control-Allow-Private-Network')
  })

  test.each([
    ['no Origin', { 'Access-Control-Request-Method': 'PUT' }],
    ['no Access-Control-Request-Method', { Origin: ORIGIN }],
  ])('OPTIONS with %s is a request like any other', async (_, headers) => {
    expect((await ask(createPlugin('cors', {}), { method: 'OPTIONS', headers: headers as unknown as Record<string, string> })).reply).toBeUndefined()
  })
})

describe('which origins are allowed', () => {
  test.each<[string[] | null, string, string | null]>([
    [null, 'https://any.test', '*'],
    [[], 'https://any.test', '*'],
    [['*'], 'https://any.test', '*'],
    [['https://a.test', '*'], 'https://any.test', '*'],
    // A single plain entry is sent whatever the Origin is, as in Kong: the browser then refuses.
    [['https://a.test'], 'https://any.test', 'https://a.test'],
    [['a.test'], 'https://any.test', 'a.test'],
    [['https://a.test', 'https://b.test'], 'https://b.test', 'https://b.test'],
    [['https://a.test', 'https://b.test'], 'https://c.test', null],
    // The default port is the same origin; another port is not.
    [['https://a.test', 'https://b.test:443'], 'https://b.test', 'https://b.test'],
    [['https://a.test', 'http://b.test:80'], 'http://b.test', 'http://b.test'],
    [['https://a.test', 'https://b.test'], 'https://b.test:8443', null],
    [['https://a.test', 'https://b.test'], 'http://b.test', null],
    // A host alone is no origin.
    [['a.test', 'b.test'], 'https://b.test', null],
    // Regexes: on the host where there is no colon in them, else on the whole origin; from start to end.
    [['(.*\\.)?shop\\.test'], 'https://eu.shop.test', 'https://eu.shop.test'],
    [['(.*\\.)?shop\\.test'], 'https://shop.test.evil.test', null],
    [['(.*\\.)?shop\\.test'], 'https://evilshop.test', null],
    [['https://(.*\\.)?shop\\.test'], 'http://eu.shop.test', null],
    [['https://(.*\\.)?shop\\.test:8443'], 'https://eu.shop.test:8443', 'https://eu.shop.test:8443'],
    [['(.*\\.)?shop\\.test'], 'null', null],
    [['(.*\\.)?shop\\.test'], 'https://shop.test/path', null],
  ])('origins %j and Origin %s: %j', async (origins, origin, expected) => {
    expect(await allowed({ origins }, origin)).toBe(expected)
  })
})

describe('an answer', () => {
  const answer = async (config: unknown, headers: Record<string, string> = { Origin: ORIGIN }, responseHeaders = {}) =>
    Object.fromEntries((await pass(createPlugin('cors', config), { headers, responseHeaders })).exchange.responseHeaders.entries())

  test('names the origin instead of * where cookies are allowed', async () => {
    expect(await answer({ credentials: true })).toEqual({ Vary: 'Origin', 'Access-Control-Allow-Origin': ORIGIN, 'Access-Control-Allow-Credentials': 'true' })
  })

  test('says which headers a page may read', async () => {
    expect(await answer({ exposed_headers: ['X-A', 'X-B'] })).toEqual({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'X-A,X-B' })
  })

  test('loses the upstream’s Allow-Origin where the origin is not allowed', async () => {
    expect(await answer({ origins: ['https://a.test', 'https://b.test'] }, { Origin: ORIGIN }, { 'Access-Control-Allow-Origin': '*' })).toEqual({ Vary: 'Origin' })
  })

  test('keeps the upstream’s Vary beside ours', async () => {
    const { exchange } = await pass(createPlugin('cors', { origins: ['https://a.test', ORIGIN] }), { headers: { Origin: ORIGIN }, responseHeaders: { Vary: 'Accept' } })
    expect(exchange.responseHeaders.getAll('Vary')).toEqual(['Accept', 'Origin'])
  })

  test('has the headers without an Origin too, unless allow_origin_absent is off', async () => {
    expect(await answer({}, {})).toEqual({ 'Access-Control-Allow-Origin': '*' })
    expect(await answer({ allow_origin_absent: false }, {})).toEqual({})
  })
})

test.each<[unknown, string]>([
  [{ origins: ['(a)\\1'] }, 'origins.0'],
  [{ origins: ['(unclosed'] }, 'origins.0'],
  [{ methods: ['FETCH'] }, 'methods.0'],
  [{ methods: [] }, 'methods'],
  [{ headers: ['a b'] }, 'headers.0: must be a header name'],
  [{ max_age: -1 }, 'max_age'],
  [{ orgins: ['*'] }, ': orgins'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('cors', config).some((text) => text.startsWith(problem))).toBe(true)
})
