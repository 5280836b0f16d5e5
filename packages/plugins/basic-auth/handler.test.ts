import { argon2Sync, createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CREDENTIAL_CHECKS } from '../handlers.ts'
import { consumerFixture, ExchangeFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const anna = consumerFixture('anna')
const guest = consumerFixture('guest')

/** As the control plane stores it, but cheap. */
function argon2id(password: string, salt = 'salt-of-a-test!!'): string {
  const tag = argon2Sync('argon2id', { message: password, nonce: salt, memory: 64, passes: 1, parallelism: 1, tagLength: 32 })
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=64,t=1,p=1$${text(Buffer.from(salt))}$${text(tag)}`
}
const sha1 = (password: string, consumerId: string) =>
  `sha1:${createHash('sha1')
    .update(password + consumerId)
    .digest('hex')}`

const credential = (username: string, password: string) => ({ kind: 'basicauth_credential' as const, identifier: username, fields: { username, password }, consumer: anna })
const CREDENTIALS = [
  credential('anna', argon2id('pass:word')),
  credential('empty', argon2id('')),
  credential('zoë', argon2id('grün')),
  credential('legacy', sha1('old-word', 'anna-id')),
  credential('moved', sha1('old-word', 'another-id')),
  credential('broken', '$argon2id$no-hash'),
]
const environment = () => environmentFixture({ credentials: CREDENTIALS, consumers: [guest] })
const run = (config: unknown, request: RequestFixture) => ask(createPlugin('basic-auth', config, environment()), request)
const basic = (username: string, password: string) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
const REFUSAL = { kind: 'error', status: 401, message: 'Unauthorized', headers: { 'WWW-Authenticate': 'Basic realm="service"' } }

describe('a good username and password', () => {
  test.each<[string, Record<string, string | string[]>, string]>([
    ['in Authorization', { Authorization: basic('anna', 'pass:word') }, 'anna'],
    ['in Proxy-Authorization', { 'Proxy-Authorization': basic('anna', 'pass:word') }, 'anna'],
    ['in Proxy-Authorization before Authorization', { Authorization: basic('zoë', 'grün'), 'Proxy-Authorization': basic('anna', 'pass:word') }, 'anna'],
    ['in Authorization where a proxy has credentials of its own', { 'Proxy-Authorization': basic('proxy', 'x'), Authorization: basic('anna', 'pass:word') }, 'anna'],
    ['in Authorization where the other is of another scheme', { 'Proxy-Authorization': 'Bearer x', Authorization: basic('anna', 'pass:word') }, 'anna'],
    ['with the scheme in any case', { Authorization: basic('anna', 'pass:word').replace('Basic', 'bAsIc') }, 'anna'],
    ['with blanks around', { Authorization: `  Basic   ${basic('anna', 'pass:word').slice(6)} ` }, 'anna'],
    ['without padding', { Authorization: basic('anna', 'pass:word').replace(/=+$/, '') }, 'anna'],
    ['with an empty password', { Authorization: basic('empty', '') }, 'empty'],
    ['in UTF-8', { Authorization: basic('zoë', 'grün') }, 'zoë'],
    ['stored as Kong stores them', { Authorization: basic('legacy', 'old-word') }, 'legacy'],
  ])('%s', async (_, headers, username) => {
    const { reply, exchange } = await run({}, { headers })
    expect(reply).toBeUndefined()
    expect(exchange).toMatchObject({ consumer: anna, anonymous: false, credential: { identifier: username } })
  })
})

describe('anything else is refused with 401', () => {
  const encoded = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` })
  test.each<[string, Record<string, string>]>([
    ['no header', {}],
    ['no scheme', { Authorization: 'foobar' }],
    ['a scheme alone', { Authorization: 'Basic' }],
    ['another scheme', { Authorization: basic('anna', 'pass:word').replace('Basic', 'Bearer') }],
    ['a scheme that only begins so', { Authorization: basic('anna', 'pass:word').replace('Basic', 'Basics') }],
    ['no base64', { Authorization: 'Basic a:b' }],
    ['something behind it', { Authorization: `${basic('anna', 'pass:word')} x` }],
    ['no colon', encoded('anna')],
    ['no username', encoded(':pass:word')],
    ['an unknown username', { Authorization: basic('nobody', 'pass:word') }],
    ['a username of another case', { Authorization: basic('Anna', 'pass:word') }],
    ['another password', { Authorization: basic('anna', 'pass:wor') }],
    ['an empty password', { Authorization: basic('anna', '') }],
    ['the stored form as the password', { Authorization: basic('anna', argon2id('pass:word')) }],
    ['bytes that are no UTF-8', { Authorization: `Basic ${Buffer.concat([Buffer.from('zoë:gr'), Buffer.from([0xfc]), Buffer.from('n')]).toString('base64')}` }],
    ['a SHA-1 of another consumer', { Authorization: basic('moved', 'old-word') }],
    ['a stored form that cannot be read', { Authorization: basic('broken', 'pass:word') }],
    ['a good one in Authorization beside a wrong one of the same kind', { 'Proxy-Authorization': basic('zoë', 'x'), Authorization: basic('anna', 'pass:word') }],
    ['a name that objects inherit', { Authorization: basic('__proto__', 'x') }],
  ])('%s', async (_, headers) => {
    const { reply, exchange } = await run({}, { headers })
    expect(reply).toEqual(REFUSAL)
    expect(exchange).toMatchObject({ consumer: null, credential: null })
  })

  test('and so is it the second time', async () => {
    for (const password of ['wrong', 'wrong', 'pass:word', 'wrong']) {
      const { reply } = await run({}, { headers: { Authorization: basic('anna', password) } })
      expect(reply).toEqual(password === 'wrong' ? REFUSAL : undefined)
    }
  })

  test('with the realm, without what would end its quotes', async () => {
    expect((await run({ realm: 'a"b\\c' }, {})).reply?.headers).toEqual({ 'WWW-Authenticate': 'Basic realm="abc"' })
  })

  test('whatever the header says', async () => {
    const plugin = createPlugin('basic-auth', {}, environment())
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `Basic ${text}`),
          fc.string().map((text) => basic('anna', text)),
        ),
        async (value) => {
          fc.pre(!/[\0\r\n]/.test(value) && value !== basic('anna', 'pass:word'))
          expect((await ask(plugin, { headers: { Authorization: value } })).reply).toEqual(REFUSAL)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('hide_credentials', () => {
  const both = { Authorization: basic('anna', 'pass:word'), Accept: '*/*' }

  test('takes the header away that was used, whether it proved anything or not', async () => {
    for (const headers of [both, { ...both, Authorization: basic('anna', 'wrong') }]) {
      const { exchange } = await run({ hide_credentials: true, anonymous: 'guest' }, { headers })
      expect([...exchange.requestHeaders.entries()]).toEqual([['Accept', '*/*']])
    }
  })

  test('leaves a header of another scheme for the plugin that knows it', async () => {
    const { exchange } = await run({ hide_credentials: true, anonymous: 'guest' }, { headers: { Authorization: 'hmac username="x"' } })
    expect(exchange.requestHeaders.get('authorization')).toBe('hmac username="x"')
  })

  test('is off by default', async () => {
    expect((await run({}, { headers: both })).exchange.requestHeaders.get('authorization')).toBe(both.Authorization)
  })
})

describe('anonymous', () => {
  test.each(['guest', 'guest-id'])('%s is the consumer of callers without good credentials', async (anonymous) => {
    const requests: RequestFixture[] = [{}, { headers: { Authorization: basic('anna', 'wrong') } }, { headers: { Authorization: basic('nobody', 'x') } }]
    for (const request of requests) {
      const { reply, exchange } = await run({ anonymous }, request)
      expect(reply).toBeUndefined()
      expect(exchange).toMatchObject({ consumer: guest, credential: null, anonymous: true })
    }
  })

  test('does not take the place of good ones, and leaves a caller alone whom another plugin has proved', async () => {
    const headers = { Authorization: basic('anna', 'pass:word') }
    expect((await run({ anonymous: 'guest' }, { headers })).exchange).toMatchObject({ consumer: anna, anonymous: false })
    const proved = { consumer: guest, credential: { id: 'other', identifier: 'other', fields: {} } }
    expect((await run({ anonymous: 'guest' }, { headers, ...proved })).exchange.credential?.id).toBe('other')
    expect((await run({}, { headers, ...proved })).exchange.credential?.identifier).toBe('anna')
  })

  test('that does not exist is a 500 which names it', async () => {
    expect((await run({ anonymous: 'nobody' }, {})).reply).toMatchObject({ status: 500, message: "anonymous consumer nobody is configured but doesn't exist" })
  })
})

test('only the first request with a pair waits for its hash', async () => {
  const plugin = createPlugin('basic-auth', {}, environment())
  const headers = { Authorization: basic('empty', 'never seen before') }
  const first = plugin.onRequest?.(new ExchangeFixture({ headers }))
  expect(first).toBeInstanceOf(Promise)
  await first
  expect(plugin.onRequest?.(new ExchangeFixture({ headers }))).toEqual(REFUSAL)
})

describe('configuration', () => {
  test.each<[string, unknown, string]>([
    ['a realm that would break the header', { realm: 'a\r\nX: y' }, 'realm: may have printable ASCII only'],
    ['no realm', { realm: null }, 'realm'],
    ['a field of another edition', { brute_force_protection: {} }, ': brute_force_protection'],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems('basic-auth', config).some((text) => text.startsWith(problem))).toBe(true)
  })
})

describe('a stored password', () => {
  const check = (password: string) => CREDENTIAL_CHECKS.basicauth_credential?.({ password })
  const phc = (cost: string) => argon2id('x').replace('m=64,t=1,p=1', cost)

  test.each([argon2id('x'), sha1('x', 'y'), phc('m=65536,t=10,p=4')])('%s is taken', (password) => {
    expect(check(password)).toEqual([])
  })

  test.each([
    ['plain text', 'secret'],
    ['more memory', phc('m=65537,t=1,p=1')],
    ['more passes', phc('m=64,t=11,p=1')],
    ['more lanes', phc('m=64,t=1,p=5')],
    ['no pass', phc('m=64,t=0,p=1')],
    ['no lane', phc('m=64,t=1,p=0')],
    ['less memory than its lanes need', phc('m=16,t=1,p=4')],
    ['another version', argon2id('x').replace('v=19', 'v=16')],
    ['another variant', argon2id('x').replace('argon2id', 'argon2i')],
    ['a SHA-1 of another length', 'sha1:abc'],
  ])('that is %s is refused with the configuration', (_, password) => {
    expect(check(password)).toEqual([{ path: 'password', message: expect.stringMatching(/^is no hash that a node checks/) }])
  })
})
