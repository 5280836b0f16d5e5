import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CREDENTIAL_CHECKS } from '../handlers.ts'
import { consumerFixture, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'
import { claimsFor, KEYS, signToken } from './testing/tokens.ts'

const anna = consumerFixture('anna')
const guest = consumerFixture('guest')
const SECRET = 'a secret of the test'
const NOW = 1_900_000_000

const credential = (key: string, fields: Record<string, unknown>) => ({ kind: 'jwt_secret' as const, identifier: key, fields: { key, secret: SECRET, ...fields }, consumer: anna })
const CREDENTIALS = [
  credential('HS256', { algorithm: 'HS256' }),
  credential('HS384', { algorithm: 'HS384' }),
  credential('HS512', { algorithm: 'HS512' }),
  ...Object.entries(KEYS).map(([algorithm, { pem }]) => credential(algorithm, { algorithm: algorithm.split('-')[0], rsa_public_key: pem })),
  credential('base64', { algorithm: 'HS256', secret: Buffer.from(SECRET).toString('base64') }),
  credential('no-base64', { algorithm: 'HS256', secret: '!!' }),
  credential('broken', { algorithm: 'RS256', rsa_public_key: 'no key' }),
]
const environment = () => environmentFixture({ credentials: CREDENTIALS, consumers: [guest], nowMs: NOW * 1000 })
const run = (config: unknown, request: RequestFixture) => ask(createPlugin('jwt', config, environment()), request)
const bearer = (token: string): RequestFixture => ({ headers: { Authorization: `Bearer ${token}` } })
const hs256 = (claims: unknown, header: Record<string, unknown> = {}) => signToken({ alg: 'HS256', typ: 'JWT', ...header }, claims, SECRET)
const GOOD = hs256({ iss: 'HS256' })

const refusal = (body: Record<string, unknown>, authenticate = 'Bearer error="invalid_token"') => ({
  kind: 'json',
  status: 401,
  body,
  headers: { 'WWW-Authenticate': authenticate },
})

describe('a good token', () => {
  test.each<[string, unknown, RequestFixture]>([
    ['in Authorization', {}, bearer(GOOD)],
    ['with the scheme in any case, and blanks', {}, { headers: { Authorization: ` bEARER   ${GOOD} ` } }],
    ['in the query', {}, { query: `a=1&jwt=${GOOD}` }],
    ['percent-encoded in the query', {}, { query: `%6awt=${GOOD.replaceAll('.', '%2E')}` }],
    ['under another argument', { uri_param_names: ['token', 'jwt'] }, { query: `token=${GOOD}` }],
    ['in another header', { header_names: ['X-Token'] }, { headers: { 'x-token': `Bearer ${GOOD}` } }],
    ['in a cookie', { cookie_names: ['session'] }, { headers: { Cookie: `a=b; session=${GOOD}` } }],
    ['in several places at once', { cookie_names: ['session'] }, { ...bearer(GOOD), query: `jwt=${GOOD}` }],
    ['beside an empty one', {}, { ...bearer(GOOD), query: 'jwt=' }],
    ['beside another scheme', { header_names: ['authorization', 'x-token'] }, { headers: { Authorization: 'Basic x', 'X-Token': `Bearer ${GOOD}` } }],
    ['with its key in the header', { key_claim_name: 'kid' }, bearer(hs256({}, { kid: 'HS256' }))],
    ['with its key in the claims before the header', { key_claim_name: 'kid' }, bearer(hs256({ kid: 'HS256' }, { kid: 'nobody' }))],
    ['with a base64 secret', { secret_is_base64: true }, bearer(hs256({ iss: 'base64' }))],
    ['without a type', {}, bearer(hs256({ iss: 'HS256' }, { typ: undefined }))],
    ['of the past where no time is asked for', {}, bearer(hs256({ iss: 'HS256', exp: 1, nbf: NOW + 9 }))],
  ])('%s', async (_, config, request) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toBeUndefined()
    expect(exchange).toMatchObject({ consumer: anna, anonymous: false })
    expect(exchange.credential).not.toBeNull()
  })

  test.each(['HS384', 'HS512'])('is signed with %s', async (alg) => {
    const { exchange } = await run({}, bearer(signToken({ alg }, { iss: alg }, SECRET)))
    expect(exchange.credential?.identifier).toBe(alg)
  })

  test.each(Object.keys(KEYS))('is signed with %s, and by this key alone', async (name) => {
    const alg = name.split('-')[0] as string
    const key = KEYS[name]?.privateKey as KeyObject
    expect((await run({}, bearer(signToken({ alg }, { iss: name }, key)))).exchange.consumer).toBe(anna)
    const another = generateKeyPairSync('ed25519').privateKey
    const token = signToken({ alg }, { iss: name }, key)
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${signToken({ alg: 'EdDSA' }, {}, another).split('.')[2]}`
    expect((await run({}, bearer(forged))).reply).toEqual(refusal({ message: 'Invalid signature' }))
  })
})

describe('a request without a good token is refused with 401', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const raw = (header: unknown, claims: unknown, signature = 'x') => bearer(`${part(header)}.${part(claims)}.${signature}`)
  const HEADER = { alg: 'HS256' }
  test.each<[string, unknown, RequestFixture, string]>([
    ['two that differ in the query', {}, { query: `jwt=${GOOD}&jwt=${GOOD}x` }, 'Multiple tokens provided'],
    ['two that differ in headers', {}, { headers: { Authorization: [`Bearer ${GOOD}`, 'Bearer x'] } }, 'Multiple tokens provided'],
    ['one in the header, another in a cookie', { cookie_names: ['c'] }, { headers: { Authorization: `Bearer ${GOOD}`, Cookie: 'c=x' } }, 'Multiple tokens provided'],
    ['no token inside', {}, bearer('foobar'), 'Bad token; invalid JSON'],
    ['two parts', {}, bearer(GOOD.split('.').slice(0, 2).join('.')), 'Bad token; invalid JSON'],
    ['four parts', {}, bearer(`${GOOD}.x`), 'Bad token; invalid signature'],
    ['claims that are no JSON', {}, bearer(`${part(HEADER)}.e30x.x`), 'Bad token; invalid JSON'],
    ['padding', {}, bearer(`${part(HEADER)}=.e30.x`), 'Bad token; invalid JSON'],
    ['a header that is no object', {}, raw([], {}), 'Bad token; invalid JSON'],
    ['claims that are a list', {}, raw(HEADER, []), 'Bad token; invalid claims'],
    ['claims that are null', {}, raw(HEADER, null), 'Bad token; invalid claims'],
    ['a signature that is no base64url', {}, raw(HEADER, {}, '+'), 'Bad token; invalid signature'],
    ['no algorithm', {}, raw({}, {}), 'Bad token; invalid alg'],
    ['the algorithm none', {}, raw({ alg: 'none' }, { iss: 'HS256' }, ''), 'Bad token; invalid alg'],
    ['an algorithm that is no text', {}, raw({ alg: ['HS256'] }, {}), 'Bad token; invalid alg'],
    ['an algorithm that objects inherit', {}, raw({ alg: 'constructor' }, {}), 'Bad token; invalid alg'],
    ['an extension that must be understood', {}, bearer(hs256({ iss: 'HS256' }, { crit: ['b64'], b64: false })), 'Bad token; invalid crit'],
    ['no key', {}, bearer(hs256({})), "No mandatory 'iss' in claims"],
    ['a key that is null', {}, bearer(hs256({ iss: null })), "No mandatory 'iss' in claims"],
    ['a key that objects inherit', { key_claim_name: 'toString' }, bearer(hs256({})), "No mandatory 'toString' in claims"],
    ['an empty key', {}, bearer(hs256({ iss: '' })), "Invalid 'iss' in claims"],
    ['a key that is a number', {}, bearer(hs256({ iss: 1 })), "Invalid 'iss' in claims"],
    ['an unknown key', { key_claim_name: 'sub' }, bearer(hs256({ sub: 'nobody' })), "No credentials found for given 'sub'"],
    ['another algorithm of the same family', {}, bearer(signToken({ alg: 'HS512' }, { iss: 'HS256' }, SECRET)), 'Invalid algorithm'],
    ['another secret', {}, bearer(signToken(HEADER, { iss: 'HS256' }, 'another')), 'Invalid signature'],
    ['no signature', {}, bearer(GOOD.replace(/[^.]*$/, '')), 'Invalid signature'],
    ['a secret that is no base64', { secret_is_base64: true }, bearer(hs256({ iss: 'no-base64' })), 'Invalid key/secret'],
    ['a public key that cannot be read', {}, bearer(signToken({ alg: 'RS256' }, { iss: 'broken' }, KEYS.RS256?.privateKey as KeyObject)), 'Invalid key/secret'],
  ])('%s', async (_, config, request, message) => {
    const { reply, exchange } = await run(config, request)
    expect(reply).toEqual(refusal({ message }))
    expect(exchange).toMatchObject({ consumer: null, credential: null })
  })

  test.each<[string, unknown, RequestFixture]>([
    ['nothing', {}, {}],
    ['an empty one', {}, { headers: { Authorization: 'Bearer ' }, query: 'jwt=' }],
    ['another scheme', {}, { headers: { Authorization: `Basic ${GOOD}` } }],
    ['one where nobody looks', { uri_param_names: [] }, { query: `jwt=${GOOD}` }],
    ['one in a cookie that nobody asks for', {}, { headers: { Cookie: `jwt=${GOOD}` } }],
  ])('no token: %s', async (_, config, request) => {
    expect((await run(config, request)).reply).toEqual(refusal({ message: 'Unauthorized' }, 'Bearer'))
  })

  test('with the realm', async () => {
    expect((await run({ realm: 'sh"op' }, {})).reply?.headers).toEqual({ 'WWW-Authenticate': 'Bearer realm="shop"' })
    expect((await run({ realm: 'shop' }, bearer('x'))).reply?.headers).toEqual({ 'WWW-Authenticate': 'Bearer realm="shop", error="invalid_token"' })
  })
})

describe('the algorithm is the credential’s', () => {
  const publicPem = KEYS.RS256?.pem as string

  test('a public key is no secret', async () => {
    const asHmac = signToken({ alg: 'HS256' }, { iss: 'RS256' }, publicPem)
    expect((await run({}, bearer(asHmac))).reply).toEqual(refusal({ message: 'Invalid algorithm' }))
    const signed = asHmac
      .replace(/^[^.]*/, Buffer.from('{"alg":"RS256"}').toString('base64url'))
      .split('.')
      .slice(0, 2)
      .join('.')
    const mac = createHmac('sha256', publicPem).update(signed).digest('base64url')
    expect((await run({}, bearer(`${signed}.${mac}`))).reply).toEqual(refusal({ message: 'Invalid signature' }))
  })

  test('the secret of a credential with a public key signs nothing', async () => {
    expect((await run({}, bearer(signToken({ alg: 'HS256' }, { iss: 'RS256' }, SECRET)))).reply).toEqual(refusal({ message: 'Invalid algorithm' }))
  })

  test('a signature in DER is none', async () => {
    const key = KEYS.ES256?.privateKey as KeyObject
    expect((await run({}, bearer(signToken({ alg: 'ES256' }, { iss: 'ES256' }, key, { isDer: true })))).reply).toEqual(refusal({ message: 'Invalid signature' }))
  })

  test('no token that differs by a character is taken', async () => {
    const plugin = createPlugin('jwt', {}, environment())
    const tokens = [GOOD, signToken({ alg: 'ES256' }, { iss: 'ES256' }, KEYS.ES256?.privateKey as KeyObject)]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tokens), fc.nat(), fc.constantFrom(...'ABab01-_'), async (token, at, sign) => {
        const index = at % token.length
        const changed = token.slice(0, index) + sign + token.slice(index + 1)
        // Another spelling of the same signature is the same signature: the last character has bits that do not count.
        fc.pre(changed !== token && index < token.length - 1)
        expect((await ask(plugin, bearer(changed))).reply?.status).toBe(401)
      }),
      { numRuns: 200 },
    )
  })
})

describe('times', () => {
  const both = { claims_to_verify: ['nbf', 'exp'] }
  test.each<[string, unknown, Record<string, unknown>, Record<string, string> | null]>([
    ['both right', both, { exp: NOW + 1, nbf: NOW }, null],
    ['expired', both, { exp: NOW, nbf: NOW }, { exp: 'token expired' }],
    ['not valid yet', both, { exp: NOW + 9, nbf: NOW + 1 }, { nbf: 'token not valid yet' }],
    ['both wrong', both, { exp: NOW - 1, nbf: NOW + 1 }, { exp: 'token expired', nbf: 'token not valid yet' }],
    ['both missing', both, {}, { exp: 'must be a number', nbf: 'must be a number' }],
    ['a text', { claims_to_verify: ['exp'] }, { exp: String(NOW + 9) }, { exp: 'must be a number' }],
    ['only the one that is asked for', { claims_to_verify: ['exp'] }, { exp: NOW + 9, nbf: NOW + 9 }, null],
    ['as far ahead as may be', { ...both, maximum_expiration: 300 }, { exp: NOW + 300, nbf: NOW }, null],
    ['too far ahead', { ...both, maximum_expiration: 300 }, { exp: NOW + 301, nbf: NOW }, { exp: 'exceeds maximum allowed expiration' }],
    ['endless', { ...both, maximum_expiration: 300 }, { exp: 'Infinity', nbf: NOW }, { exp: 'exceeds maximum allowed expiration' }],
  ])('%s', async (_, config, claims, problem) => {
    const { reply, exchange } = await run(config, bearer(hs256(claimsFor({ iss: 'HS256', ...claims }))))
    expect(reply).toEqual(problem === null ? undefined : refusal(problem))
    expect(exchange.consumer).toBe(problem === null ? anna : null)
  })

  test('are looked at only in a token whose signature is good', async () => {
    const forged = bearer(signToken({ alg: 'HS256' }, { iss: 'HS256', exp: 1 }, 'another'))
    expect((await run(both, forged)).reply).toEqual(refusal({ message: 'Invalid signature' }))
  })
})

describe('anonymous', () => {
  test.each(['guest', 'guest-id'])('%s is the consumer of callers without a good token', async (anonymous) => {
    for (const request of [{}, bearer('x'), bearer(hs256({ iss: 'nobody' }))]) {
      const { reply, exchange } = await run({ anonymous }, request)
      expect(reply).toBeUndefined()
      expect(exchange).toMatchObject({ consumer: guest, credential: null, anonymous: true })
    }
  })

  test('leaves a caller alone whom another plugin has proved already', async () => {
    const proved = { consumer: guest, credential: { id: 'other', identifier: 'other', fields: {} } }
    expect((await run({ anonymous: 'guest' }, { ...bearer(GOOD), ...proved })).exchange.credential?.id).toBe('other')
    expect((await run({}, { ...bearer(GOOD), ...proved })).exchange.credential?.identifier).toBe('HS256')
  })

  test('that does not exist is a 500 which names it', async () => {
    expect((await run({ anonymous: 'nobody' }, {})).reply).toMatchObject({ status: 500, message: "anonymous consumer nobody is configured but doesn't exist" })
  })
})

describe('preflights', () => {
  test('need a token unless run_on_preflight is off, and then cannot say who they are from', async () => {
    const preflight = { method: 'OPTIONS', headers: { 'X-Consumer-ID': 'root' } }
    expect((await run({}, preflight)).reply?.status).toBe(401)
    const { reply, exchange } = await run({ run_on_preflight: false }, preflight)
    expect(reply).toBeUndefined()
    expect(exchange.requestHeaders.has('x-consumer-id')).toBe(false)
    expect((await run({ run_on_preflight: false }, { method: 'GET' })).reply?.status).toBe(401)
  })
})

describe('configuration', () => {
  test.each<[string, unknown, string]>([
    ['nowhere to look', { header_names: [], uri_param_names: [] }, 'header_names: the token must be looked for in at least one place'],
    ['a bound without a time', { maximum_expiration: 1 }, 'claims_to_verify: must contain exp'],
    ['a bound above a year', { claims_to_verify: ['exp'], maximum_expiration: 31_536_001 }, 'maximum_expiration'],
    ['a negative bound', { maximum_expiration: -1 }, 'maximum_expiration'],
    ['another claim', { claims_to_verify: ['iat'] }, 'claims_to_verify.0'],
    ['a name that is no header', { header_names: ['a b'] }, 'header_names.0'],
    ['a name that is no cookie', { cookie_names: ['a=b'] }, 'cookie_names.0'],
    ['no claim for the key', { key_claim_name: '' }, 'key_claim_name'],
    ['an unknown field', { key_name: 'x' }, ': key_name'],
  ])('%s is refused at its field', (_, config, problem) => {
    expect(problems('jwt', config).some((text) => text.startsWith(problem))).toBe(true)
  })
})

describe('the public key of a credential', () => {
  const check = (algorithm: string, pem: string | null) => CREDENTIAL_CHECKS.jwt_secret?.({ algorithm, rsa_public_key: pem }).map(({ path, message }) => `${path} ${message}`)
  const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string

  test.each(Object.entries(KEYS))('for %s is taken', (name, { pem }) => {
    expect(check(name.split('-')[0] as string, pem)).toEqual([])
  })

  test.each<[string, string, string | null, RegExp]>([
    ['no key', 'RS256', 'x', /cannot|can be read/],
    ['a private one', 'EdDSA', KEYS.EdDSA?.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, /must be a public key/],
    ['of another family', 'RS256', KEYS.ES256?.pem ?? '', /must be an RSA key/],
    ['on another curve', 'ES384', KEYS.ES256?.pem ?? '', /on the curve secp384r1/],
    ['of RSA for EdDSA', 'EdDSA', KEYS.RS256?.pem ?? '', /must be an Ed25519 or Ed448 key/],
    ['for PSS alone, for RS256', 'RS256', KEYS['PS256-pss']?.pem ?? '', /must be an RSA key/],
    ['too short', 'RS256', pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), /2048 bits or more/],
  ])('that is %s is refused with the configuration', (_, algorithm, pem, message) => {
    expect(check(algorithm, pem)).toEqual([expect.stringMatching(message)])
  })

  test('is not looked at where a secret signs', () => {
    expect(check('HS256', 'x')).toEqual([])
  })
})
