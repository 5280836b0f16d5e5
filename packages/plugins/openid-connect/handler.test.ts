import { SignJWT, UnsecuredJWT } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { consumerFixture, environmentFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'
import { makeKey, ProviderFixture } from './testing/provider-fixture.ts'

/** Bearer tokens and introspection through the contract. Signing in is in test/integration/node-oidc.test.ts, with a real provider. */

const NOW_MS = Date.UTC(2030, 0, 1)
const NOW = NOW_MS / 1000
const key = await makeKey('k1')
const second = await makeKey('k2')
const third = await makeKey('k3')
const stranger = await makeKey('k1')
const anna = consumerFixture('anna', { custom_id: 'a-1' })
const guest = consumerFixture('guest')
let provider: ProviderFixture

beforeEach(() => {
  provider = new ProviderFixture()
  provider.keys = [key]
})

const environment = () => environmentFixture({ nowMs: NOW_MS, http: provider.http, consumers: [anna, guest] })
const plugin = (config: object = {}, at = environment()) => createPlugin('openid-connect', { issuer: provider.issuer, ...config }, at)
const bearer = (token: string, more: Record<string, string> = {}) => ({ headers: { authorization: `Bearer ${token}`, ...more } })
const good = (claims: object = {}) => provider.sign({ exp: NOW + 60, ...claims })
const refused = (error: string | null = 'invalid_token') => ({
  kind: 'json',
  status: 401,
  body: { message: 'Unauthorized' },
  headers: { 'WWW-Authenticate': `Bearer realm="${new URL(provider.issuer).host}"${error === null ? '' : `, error="${error}"`}` },
})

describe('a signed token', () => {
  test('of the issuer goes on, and keeps its place upstream', async () => {
    const token = await good()
    const { reply, exchange } = await ask(plugin(), bearer(token))
    expect(reply).toBeUndefined()
    expect(exchange.consumer).toBeNull()
    expect(exchange.credential?.identifier).toBe('anna')
    expect(exchange.requestHeaders.get('authorization')).toBe(`Bearer ${token}`)
  })

  test.each<[string, () => Promise<string> | string]>([
    ['that is over', () => good({ exp: NOW })],
    ['that does not end', () => provider.sign({})],
    ['that is not valid yet', () => good({ nbf: NOW + 1 })],
    ['of another issuer', () => good({ iss: 'https://other.test' })],
    ['of another key with the same id', () => provider.sign({ exp: NOW + 60 }, stranger)],
    ['of a key that nobody knows', () => provider.sign({ exp: NOW + 60 }, second)],
    ['without a signature', () => new UnsecuredJWT({ iss: provider.issuer, exp: NOW + 60 }).encode()],
    ['whose signature was changed', async () => `${(await good()).slice(0, -4)}AAAA`],
    [
      'that is signed with the public key as a secret',
      () => new SignJWT({ iss: provider.issuer, exp: NOW + 60 }).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(Buffer.from(JSON.stringify(key.jwk))),
    ],
    ['that is none', () => 'x'],
    ['with a header that is none', () => 'e30.e30.e30'],
    ['with a critical header that nobody knows', () => provider.sign({ exp: NOW + 60 }, key, { crit: ['x'], x: 1 }).catch(() => 'e30.e30.x')],
    ['that is longer than any', () => `${'a'.repeat(20_000)}.e30.x`],
  ])('%s is refused', async (_, token) => {
    const { reply, exchange } = await ask(plugin(), bearer(await token()))
    expect(reply).toEqual(refused())
    expect(exchange.credential).toBeNull()
  })

  test('is taken with clocks that differ by the leeway, and from issuers that are allowed', async () => {
    expect((await ask(plugin({ leeway: 10 }), bearer(await good({ exp: NOW - 5 })))).reply).toBeUndefined()
    expect((await ask(plugin({ issuers_allowed: ['https://other.test'] }), bearer(await good({ iss: 'https://other.test' })))).reply).toBeUndefined()
    expect((await ask(plugin({ issuers_allowed: ['https://other.test'] }), bearer(await good()))).reply).toEqual(refused())
  })

  test.each<[string, object, object, number | undefined]>([
    ['the audience', { audience_required: ['api'] }, { aud: ['x', 'api'] }, undefined],
    ['another audience', { audience_required: ['api'] }, { aud: 'web' }, 403],
    ['all scopes of an entry', { scopes_required: ['read write'] }, { scope: 'write read x' }, undefined],
    ['one scope of an entry', { scopes_required: ['read write'] }, { scope: 'read' }, 403],
    ['one of several entries', { scopes_required: ['admin', 'read'] }, { scope: 'read' }, undefined],
    ['a role in a nested list', { roles_required: ['boss'], roles_claim: ['realm', 'roles'] }, { realm: { roles: ['boss'] } }, undefined],
    ['no role', { roles_required: ['boss'] }, {}, 403],
    ['a group', { groups_required: ['staff'] }, { groups: ['staff'] }, undefined],
    ['what objects inherit', { groups_required: ['x'], groups_claim: ['constructor', 'name'] }, {}, 403],
    ['a claim that is forbidden', { claims_forbidden: ['act'] }, { act: {} }, 403],
  ])('is held to what is required: %s', async (_, config, claims, status) => {
    const { reply } = await ask(plugin(config), bearer(await good(claims)))
    expect(reply?.status).toBe(status)
    if (status === 403) expect(reply).toMatchObject({ body: { message: 'Forbidden' }, headers: { 'WWW-Authenticate': expect.stringContaining('error="insufficient_scope"') } })
  })

  test.each<[string, object, object, string | null]>([
    ['by username', { consumer_claim: ['sub'] }, {}, 'anna'],
    ['by custom id', { consumer_claim: ['ext', 'id'] }, { ext: { id: 'a-1' } }, 'anna'],
    ['not where nobody has the name', { consumer_claim: ['sub'] }, { sub: 'x' }, null],
    ['not by a field that is not looked at', { consumer_claim: ['id'], consumer_by: ['username'] }, { id: 'a-1' }, null],
  ])('finds its consumer %s', async (_, config, claims, username) => {
    const { reply, exchange } = await ask(plugin(config), bearer(await good(claims)))
    expect(exchange.consumer?.username ?? null).toBe(username)
    expect(reply?.status).toBe(username === null ? 403 : undefined)
    const optional = await ask(plugin({ ...config, consumer_optional: true }), bearer(await good(claims)))
    expect(optional.reply).toBeUndefined()
  })

  test('tells groups to acl and claims to the upstream, where a caller cannot tell them', async () => {
    const config = {
      authenticated_groups_claim: ['groups'],
      upstream_headers_claims: ['email', 'no', 'o'],
      upstream_headers_names: ['X-Email', 'X-No', 'X-O'],
      upstream_access_token_header: 'X-Token',
    }
    const token = await good({ groups: ['a', 'b'], email: 'größe@shop.test', o: { a: 1 } })
    const { exchange } = await ask(plugin(config), bearer(token, { 'x-email': 'root', 'x-no': 'root', 'x-token': 'root' }))
    expect(exchange.authenticatedGroups).toEqual(['a', 'b'])
    expect(Object.fromEntries(exchange.requestHeaders.entries())).toEqual({
      'X-Email': Buffer.from('größe@shop.test').toString('latin1'),
      'X-O': Buffer.from('{"a":1}').toString('base64'),
      'X-Token': token,
    })
  })
})

describe('the token is found', () => {
  const formed = (token: string) => ({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `a=1&access_token=${token}&b=%20` })
  test('in the query, in a form, in a cookie, in a header of its own; and taken out', async () => {
    const token = await good()
    const inQuery = await ask(plugin(), { query: `a=1&access_token=${token}&b=%20` })
    expect([inQuery.reply, inQuery.exchange.query]).toEqual([undefined, 'a=1&b=%20'])
    const inForm = await ask(plugin(), formed(token))
    expect([inForm.reply, inForm.exchange.sentBody]).toEqual([undefined, 'a=1&b=%20'])
    const cookies = { bearer_token_param_type: ['cookie'], bearer_token_cookie_name: 'at' }
    expect((await ask(plugin(cookies), { headers: { cookie: `x=1; at=${token}` } })).reply).toBeUndefined()
    const own = await ask(plugin({ bearer_token_header_name: 'x-at' }), { headers: { 'X-At': token } })
    expect([own.reply, own.exchange.requestHeaders.has('x-at')]).toEqual([undefined, false])
  })

  test('nowhere else', async () => {
    const token = await good()
    const only = plugin({ bearer_token_param_type: ['header'] })
    expect((await ask(only, { query: `access_token=${token}` })).reply).toEqual(refused(null))
    expect((await ask(only, formed(token))).reply).toEqual(refused(null))
    expect((await ask(plugin(), { headers: { authorization: `Basic ${token}` } })).reply).toEqual(refused(null))
    expect((await ask(plugin({ anonymous: 'guest' }), {})).exchange.consumer).toBe(guest)
  })
})

describe('the provider', () => {
  test('is asked once for its keys, however many tokens come, at once or later, over new configurations', async () => {
    const tokens = await Promise.all([1, 2, 3, 4].map((jti) => good({ jti: String(jti) })))
    await Promise.all(tokens.map(async (token) => ask(plugin(), bearer(token))))
    for (const token of tokens) expect((await ask(plugin(), bearer(token))).reply).toBeUndefined()
    expect(provider.asked).toHaveLength(2)
  })

  test('is asked again for a key that is not known, at most once within the rediscovery', async () => {
    const at = environment()
    const one = plugin({ rediscovery_lifetime: 30 }, at)
    await ask(one, bearer(await good()))
    provider.keys = [second]
    expect((await ask(one, bearer(await provider.sign({ exp: NOW + 600 }, second)))).reply).toBeUndefined()
    expect(provider.count('/jwks')).toBe(2)
    // What the key signed that is gone is good no more, although it was verified before.
    provider.keys = [third]
    const rotated = await provider.sign({ exp: NOW + 600 }, third)
    for (const token of [rotated, rotated, await provider.sign({ exp: NOW + 60 }, key)]) expect((await ask(one, bearer(token))).reply).toEqual(refused())
    expect(provider.count('/jwks')).toBe(2)
    at.setNow(NOW_MS + 31_000)
    expect((await ask(one, bearer(rotated))).reply).toBeUndefined()
    expect(provider.count('/jwks')).toBe(3)
  })

  test('that is away lets nobody pass who is not known, and those who are', async () => {
    const at = environment()
    const one = plugin({ cache_ttl: 60, anonymous: 'guest' }, at)
    provider.failure = new Error('away')
    const token = await good({ exp: NOW + 6_000 })
    for (let turn = 0; turn < 5; turn += 1) expect((await ask(one, bearer(token))).reply).toMatchObject({ status: 500 })
    expect(provider.asked).toHaveLength(1)
    expect(JSON.stringify(at.lines)).not.toContain(token.slice(-20))
    provider.failure = null
    at.setNow(NOW_MS + 2_000)
    expect((await ask(one, bearer(token))).reply).toBeUndefined()
    provider.failure = new Error('away')
    at.setNow(NOW_MS + 600_000)
    expect((await ask(one, bearer(await good({ exp: NOW + 6_000, jti: 'other' })))).reply).toBeUndefined()
  })

  test.each<[string, (fixture: ProviderFixture) => void]>([
    ['is of another issuer', (fixture) => Object.assign(fixture.document, { issuer: 'https://evil.test' })],
    ['names no issuer', (fixture) => Object.assign(fixture.document, { issuer: 1 })],
    ['has keys elsewhere', (fixture) => Object.assign(fixture.document, { jwks_uri: `${fixture.issuer}/none` })],
  ])('that %s is a failure, not a refusal', async (_, change) => {
    change(provider)
    expect((await ask(plugin(), bearer(await good()))).reply).toMatchObject({ status: 500 })
  })
})

describe('introspection', () => {
  const config = { auth_methods: ['introspection'], client_id: ['gate'], client_secret: ['a b:c'] }
  const active = (claims: object = {}) => provider.posts.set('/introspect', () => ({ status: 200, body: { active: true, sub: 'anna', ...claims } }))

  test('asks the provider about a token as the client that it knows, and remembers the answer', async () => {
    const forms: string[] = []
    provider.posts.set('/introspect', (form, question) => {
      forms.push(`${question.headers?.authorization} ${form}`)
      return { status: 200, body: { active: form.get('token') === 'good', sub: 'anna', scope: 'read' } }
    })
    const one = plugin({ ...config, scopes_required: ['read'] })
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await ask(one, bearer('good'))).reply).toBeUndefined()
      expect((await ask(one, bearer('bad'))).reply).toEqual(refused())
    }
    const basic = `Basic ${Buffer.from('gate:a+b%3Ac').toString('base64')}`
    expect(forms).toEqual([`${basic} token=good&token_type_hint=access_token`, `${basic} token=bad&token_type_hint=access_token`])
  })

  test('is not remembered longer than the token lasts, nor where it is not to be', async () => {
    active({ exp: NOW + 10 })
    const at = environment()
    const one = plugin(config, at)
    await ask(one, bearer('t'))
    at.setNow(NOW_MS + 10_000)
    expect((await ask(one, bearer('t'))).reply).toEqual(refused())
    const forgets = plugin({ ...config, cache_introspection: false })
    for (let turn = 0; turn < 2; turn += 1) await ask(forgets, bearer('t'))
    expect(provider.count('/introspect')).toBe(4)
  })

  test('is one question for several who ask about one token at once', async () => {
    active()
    const one = plugin(config)
    await Promise.all([1, 2, 3].map(() => ask(one, bearer('same'))))
    expect(provider.count('/introspect')).toBe(1)
  })

  test('that fails lets nobody pass, and signed tokens are introspected where that is asked for', async () => {
    provider.posts.set('/introspect', () => ({ status: 503, body: 'away' }))
    expect((await ask(plugin(config), bearer('t'))).reply).toMatchObject({ status: 500 })
    active({ active: false })
    const both = { ...config, auth_methods: ['bearer', 'introspection'] }
    const token = await good()
    expect((await ask(plugin(both), bearer(token))).reply).toBeUndefined()
    expect((await ask(plugin({ ...both, introspect_jwt_tokens: true }), bearer(token))).reply).toEqual(refused())
  })
})

test('a configuration that cannot be done is refused with its path', () => {
  const least = { issuer: 'https://idp.test' }
  const session = { auth_methods: ['authorization_code', 'session'], client_id: ['a'], session_secret: 's'.repeat(32) }
  expect(problems('openid-connect', { ...least, ...session })).toEqual([])
  for (const [field, config] of Object.entries({
    issuer: { issuer: 'idp.test' },
    client_id: { ...session, client_id: null },
    session_secret: { ...session, session_secret: null },
    auth_methods: { ...session, auth_methods: ['authorization_code'] },
    scopes: { ...session, scopes: ['profile'] },
    client_secret: { ...session, client_auth: ['client_secret_post'] },
    introspect_jwt_tokens: { introspect_jwt_tokens: true },
    upstream_headers_names: { upstream_headers_claims: ['a'] },
    authorization_query_args_values: { authorization_query_args_names: ['a'] },
    bearer_token_cookie_name: { bearer_token_param_type: ['cookie'] },
    authorization_cookie_name: { authorization_cookie_name: 'session' },
    leeway: { leeway: -1 },
    timeout: { timeout: 0 },
    upstream_access_token_header: { upstream_access_token_header: 'a b' },
  }))
    expect(problems('openid-connect', { ...least, ...config })[0]).toMatch(new RegExp(`^${field}[.:]`))
  expect(problems('openid-connect', { ...least, client_id: ['a', 'b'] })).toEqual(['client_id: this version has one client: a single entry'])
  expect(problems('openid-connect', { ...least, session_storage: 'redis' })).toEqual([': session_storage'])
  expect(problems('openid-connect', { ...least, verify_signature: false })).toEqual([': verify_signature'])
})
