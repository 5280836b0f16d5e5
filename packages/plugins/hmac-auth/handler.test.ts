import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHttpDate } from '../http-date.ts'
import { consumerFixture, ExchangeFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const anna = consumerFixture('anna')
const guest = consumerFixture('guest')
const SECRET = 'a secret of the test'
const NOW = Date.UTC(2030, 0, 1, 12, 0, 10)
const dateAt = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString()

const CREDENTIALS = ['anna', 'zoë'].map((username) => ({ kind: 'hmacauth_credential' as const, identifier: username, fields: { username, secret: SECRET }, consumer: anna }))
const environment = () => environmentFixture({ credentials: CREDENTIALS, consumers: [guest], nowMs: NOW })
const run = (config: unknown, request: RequestFixture) => ask(createPlugin('hmac-auth', config, environment()), request)

interface Signing {
  username?: string
  secret?: string
  algorithm?: string
  names?: string[]
}

/** The lines as the caller sees them: written here a second time, so that both sides are not wrong in the same way. */
function lineOf(request: RequestFixture, name: string): string {
  const target = `${request.path ?? '/'}${typeof request.query === 'string' ? `?${request.query}` : ''}`
  if (name === 'request-line') return `${request.method ?? 'GET'} ${target} HTTP/${request.httpVersion ?? '1.1'}`
  if (name === '@request-target') return `@request-target: ${(request.method ?? 'GET').toLowerCase()} ${target}`
  if (name.toLowerCase() === 'host') return `${name}: ${request.host ?? 'shop.test:8000'}`
  const [, value] = Object.entries(request.headers ?? {}).find(([other]) => other.toLowerCase() === name.toLowerCase()) ?? []
  return value === undefined ? `${name}:` : `${name}: ${[value].flat().join(', ')}`
}

function authorization(request: RequestFixture, { username = 'anna', secret = SECRET, algorithm = 'hmac-sha256', names = ['date'] }: Signing = {}): string {
  const text = names.map((name) => lineOf(request, name)).join('\n')
  const mac = createHmac(algorithm.replace('hmac-', ''), secret).update(text, 'latin1').digest('base64')
  return `hmac username="${username}", algorithm="${algorithm}", headers="${names.join(' ')}", signature="${mac}"`
}

/** A request with a date of now, signed. */
function signed(request: RequestFixture = {}, signing: Signing = {}, header = 'Authorization'): RequestFixture {
  const dated = { ...request, headers: { Date: dateAt(0), ...request.headers } }
  return { ...dated, headers: { ...dated.headers, [header]: authorization(dated, signing) } }
}
const adding = (request: RequestFixture, headers: Record<string, string | string[]>): RequestFixture => ({ ...request, headers: { ...request.headers, ...headers } })

const NOT_VERIFIED = 'HMAC signature cannot be verified'
const NO_DATE = `${NOT_VERIFIED}, a valid date or x-date header is required for HMAC Authentication`
const NO_MATCH = 'HMAC signature does not match'
const refusal = (message: string, authenticate = 'hmac') => ({ kind: 'error', status: 401, message, headers: { 'WWW-Authenticate': authenticate } })

describe('a good signature', () => {
  const utf8 = Buffer.from('zoë').toString('latin1')
  test.each<[string, unknown, RequestFixture]>([
    ['over the date', {}, signed()],
    ['in Proxy-Authorization', {}, signed({}, {}, 'Proxy-Authorization')],
    ['in Authorization beside another scheme', {}, signed({ headers: { 'Proxy-Authorization': 'Basic x' } })],
    ['over the request line', {}, signed({ path: '/a%20b', query: 'x=1&y' }, { names: ['date', 'request-line'] })],
    ['over the request line of HTTP/2', {}, signed({ path: '/a', httpVersion: '2.0' }, { names: ['date', 'request-line'] })],
    ['over the target', {}, signed({ method: 'POST', path: '/a', query: '' }, { names: ['@request-target', 'date'] })],
    ['over the host', {}, signed({}, { names: ['host', 'date'] })],
    ['over a header that is not there', {}, signed({}, { names: ['x-none', 'date'] })],
    ['over a repeated header', {}, signed({ headers: { 'X-Part': ['a', 'b'] } }, { names: ['X-Part', 'date'] })],
    ['over x-date alone', {}, signed({ headers: { Date: 'never', 'X-Date': dateAt(0) } }, { names: ['x-date'] })],
    ['with SHA-1 where it is allowed', { algorithms: ['hmac-sha1'] }, signed({}, { algorithm: 'hmac-sha1' })],
    ['over more than is enforced, in any case', { enforce_headers: ['Date', 'request-line'] }, signed({}, { names: ['request-line', 'x-a', 'dAtE'] })],
    ['as old as may be', { clock_skew: 300 }, signed({ headers: { Date: dateAt(-300) } })],
    ['as far ahead as may be', { clock_skew: 0.5 }, signed({ headers: { Date: dateAt(0) } })],
    ['of a username in UTF-8', {}, signed({}, { username: utf8 })],
    ['with the scheme in any case', {}, adding(signed(), { Authorization: String(signed().headers?.Authorization).replace('hmac', 'HMAC') })],
  ])('%s', async (_, config, request) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toBeUndefined()
    expect(exchange).toMatchObject({ consumer: anna, anonymous: false })
  })

  test.each(['hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'])('with %s', async (algorithm) => {
    expect((await run({}, signed({}, { algorithm }))).exchange.credential?.identifier).toBe('anna')
  })

  test('is over what the caller sent, also where a plugin took something out of the query', async () => {
    const exchange = new ExchangeFixture(signed({ path: '/a', query: 'apikey=x&b=1' }, { names: ['date', 'request-line'] }))
    exchange.query = 'b=1'
    expect(await createPlugin('hmac-auth', {}, environment()).onRequest?.(exchange)).toBeUndefined()
  })
})

describe('a request without a good signature is refused with 401', () => {
  const good = signed({ path: '/a', query: 'x=1' }, { names: ['date', 'request-line', 'x-amount'] })
  test.each<[string, unknown, RequestFixture, string]>([
    ['no header', {}, { headers: { Date: dateAt(0) } }, 'Unauthorized'],
    ['no date', {}, { headers: { Authorization: 'hmac x' } }, NO_DATE],
    ['a date that is none', {}, signed({ headers: { Date: 'today' } }), NO_DATE],
    ['an ISO date', {}, signed({ headers: { Date: new Date(NOW).toISOString() } }), NO_DATE],
    ['a date that is too old', {}, signed({ headers: { Date: dateAt(-301) } }), NO_DATE],
    ['a date that is too far ahead', {}, signed({ headers: { Date: dateAt(301) } }), NO_DATE],
    ['a signed date that is too old beside a fresh one', {}, adding(signed({ headers: { Date: dateAt(-301) } }), { 'X-Date': dateAt(0) }), NO_DATE],
    ['a signed x-date that is too old beside a fresh date', {}, signed({ headers: { 'X-Date': dateAt(-301) } }, { names: ['x-date'] }), NO_DATE],
    ['another scheme', {}, adding(signed(), { Authorization: 'Basic x' }), NOT_VERIFIED],
    ['a parameter missing', {}, adding(signed(), { Authorization: 'hmac username="anna", algorithm="hmac-sha256", headers="date"' }), NOT_VERIFIED],
    ['an empty parameter', {}, adding(signed(), { Authorization: 'hmac username="anna", algorithm="hmac-sha256", headers="", signature="x"' }), NOT_VERIFIED],
    ['nothing covered', {}, adding(signed(), { Authorization: 'hmac username="anna", algorithm="hmac-sha256", headers=" ", signature="x"' }), NOT_VERIFIED],
    ['more covered than a request can have', {}, signed({}, { names: Array(101).fill('date') }), NOT_VERIFIED],
    ['an unknown username', {}, signed({}, { username: 'nobody' }), NOT_VERIFIED],
    ['an algorithm that is off by default', {}, signed({}, { algorithm: 'hmac-sha1' }), NOT_VERIFIED],
    ['an algorithm that is not allowed', { algorithms: ['hmac-sha256'] }, signed({}, { algorithm: 'hmac-sha512' }), NOT_VERIFIED],
    ['an algorithm that is none', {}, signed({}, { algorithm: 'hmac-md5' }), NOT_VERIFIED],
    ['an enforced header that is not covered', { enforce_headers: ['date', 'digest'] }, signed(), NOT_VERIFIED],
    ['another secret', {}, signed({}, { secret: 'another' }), NO_MATCH],
    ['a signature that is no base64', {}, adding(signed(), { Authorization: 'hmac username="anna", algorithm="hmac-sha256", headers="date", signature="!"' }), NO_MATCH],
    ['another path', {}, { ...good, path: '/b' }, NO_MATCH],
    ['another query', {}, { ...good, query: 'x=2' }, NO_MATCH],
    ['no query', {}, { ...good, query: null }, NO_MATCH],
    ['another method', {}, { ...good, method: 'DELETE' }, NO_MATCH],
    ['a header put in', {}, adding(good, { 'X-Amount': '1' }), NO_MATCH],
    ['a line added to a header', {}, adding(signed({ headers: { 'X-Part': 'a' } }, { names: ['date', 'x-part'] }), { 'X-Part': ['a', 'b'] }), NO_MATCH],
    ['another host', {}, { ...signed({}, { names: ['host', 'date'] }), host: 'other.test' }, NO_MATCH],
  ])('%s', async (_, config, request, message) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toEqual(refusal(message))
    expect(exchange).toMatchObject({ consumer: null, credential: null })
  })

  test('with the realm', async () => {
    expect((await run({ realm: 'sh"op' }, {})).reply).toEqual(refusal('Unauthorized', 'hmac realm="shop"'))
  })

  test('whatever is signed, for the same request alone', async () => {
    const plugin = createPlugin('hmac-auth', {}, environment())
    const word = fc.stringMatching(/^[a-z0-9]{1,6}$/)
    await fc.assert(
      fc.asyncProperty(word, word, word, async (path, value, other) => {
        const request = signed({ path: `/${path}`, headers: { 'X-Value': value } }, { names: ['@request-target', 'date', 'x-value'] })
        expect((await ask(plugin, request)).reply).toBeUndefined()
        if (other !== value) expect((await ask(plugin, adding(request, { 'X-Value': other }))).reply).toEqual(refusal(NO_MATCH))
        if (other !== path) expect((await ask(plugin, { ...request, path: `/${other}` })).reply).toEqual(refusal(NO_MATCH))
      }),
      { numRuns: 100 },
    )
  })
})

describe('validate_request_body', () => {
  const config = { validate_request_body: true }
  const digest = (body: string) => `SHA-256=${createHash('sha256').update(body).digest('base64')}`
  const post = (body: string, headers: Record<string, string> = {}) => signed({ method: 'POST', body, headers }, { names: ['date', 'digest'] })

  test.each<[string, RequestFixture]>([
    ['the digest of the body', post('abc', { Digest: digest('abc') })],
    ['its name in another case', post('abc', { Digest: digest('abc').replace('SHA', 'sha') })],
    ['no body and no digest', post('')],
    ['no body and the digest of nothing', post('', { Digest: digest('') })],
  ])('lets pass %s', async (_, request) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toBeUndefined()
    expect(exchange.sentBody).toBe(request.body)
  })

  test.each<[string, RequestFixture]>([
    ['a body without a digest', post('abc')],
    ['the digest of another body', post('tampered', { Digest: digest('abc') })],
    ['a digest without a body', post('', { Digest: digest('abc') })],
    ['a digest of another kind', post('abc', { Digest: `SHA-512=${createHash('sha512').update('abc').digest('base64')}` })],
    ['something behind the digest', post('abc', { Digest: `${digest('abc')},x` })],
  ])('refuses %s', async (_, request) => {
    expect((await run(config, request)).reply).toEqual(refusal(NO_MATCH))
  })

  test('answers 413 to a body above 8 MiB, also where there is an anonymous consumer', async () => {
    const { reply } = await run({ ...config, anonymous: 'guest' }, post('x'.repeat(8 * 1024 * 1024 + 1)))
    expect(reply).toEqual({ kind: 'error', status: 413, message: 'Payload too large' })
  })

  test('reads no body for a signature that does not match', () => {
    const request = signed({ method: 'POST', body: 'abc' }, { secret: 'another' })
    expect(createPlugin('hmac-auth', config, environment()).onRequest?.(new ExchangeFixture(request))).toEqual(refusal(NO_MATCH))
  })

  test('is off by default', async () => {
    expect((await run({}, post('tampered', { Digest: digest('abc') }))).reply).toBeUndefined()
  })
})

describe('hide_credentials', () => {
  test('takes the signature away, whether it was good or not', async () => {
    for (const request of [signed(), signed({}, { secret: 'another' }), signed({}, { username: 'nobody' })]) {
      const { exchange } = await run({ hide_credentials: true, anonymous: 'guest' }, request)
      expect([...exchange.requestHeaders.entries()].map(([name]) => name)).toEqual(['Date'])
    }
  })

  test('leaves another scheme, and is off by default', async () => {
    const { exchange } = await run({ hide_credentials: true, anonymous: 'guest' }, adding(signed(), { Authorization: 'Bearer x' }))
    expect(exchange.requestHeaders.get('authorization')).toBe('Bearer x')
    expect((await run({}, signed())).exchange.requestHeaders.has('authorization')).toBe(true)
  })
})

describe('anonymous', () => {
  test.each(['guest', 'guest-id'])('%s is the consumer of callers without a good signature', async (anonymous) => {
    for (const request of [{}, signed({}, { secret: 'another' }), { headers: { Authorization: 'hmac x' } }]) {
      const { reply, exchange } = await run({ anonymous }, request)
      expect(reply).toBeUndefined()
      expect(exchange).toMatchObject({ consumer: guest, credential: null, anonymous: true })
    }
  })

  test('leaves a caller alone whom another plugin has proved already', async () => {
    const proved = { consumer: guest, credential: { id: 'other', identifier: 'other', fields: {} } }
    expect((await run({ anonymous: 'guest' }, { ...signed(), ...proved })).exchange.credential?.id).toBe('other')
    expect((await run({}, { ...signed(), ...proved })).exchange.credential?.identifier).toBe('anna')
  })

  test('that does not exist is a 500 which names it', async () => {
    expect((await run({ anonymous: 'nobody' }, {})).reply).toMatchObject({ status: 500, message: "anonymous consumer nobody is configured but doesn't exist" })
  })
})

describe('a date is read', () => {
  test.each([
    ['as IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['as RFC 850 has it', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['as asctime() has it', 'Sun Nov  6 08:49:37 1994'],
  ])('%s', (_, text) => {
    expect(readHttpDate(text)).toBe(Date.UTC(1994, 10, 6, 8, 49, 37))
  })

  test.each(['', '0', '784111777', '1994-11-06T08:49:37Z', 'Sun, 06 Nov 1994 08:49:37 +0100', 'Sun, 06 Xyz 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 25:49:37 GMT'])(
    'but not %j',
    (text) => {
      expect(readHttpDate(text)).toBeNull()
    },
  )
})

describe('configuration', () => {
  test.each<[string, unknown, string]>([
    ['no algorithm', { algorithms: [] }, 'algorithms'],
    ['an unknown algorithm', { algorithms: ['hmac-md5'] }, 'algorithms.0'],
    ['no skew', { clock_skew: 0 }, 'clock_skew'],
    ['a name that is no header', { enforce_headers: ['a b'] }, 'enforce_headers.0'],
    ['a realm that would break the header', { realm: 'a\r\nX: y' }, 'realm: may have printable ASCII only'],
    ['an unknown field', { skew: 1 }, ': skew'],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems('hmac-auth', config).some((text) => text.startsWith(problem))).toBe(true)
  })
})
