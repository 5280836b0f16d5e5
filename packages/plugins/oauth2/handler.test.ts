import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { RedisUnavailableError } from '../contract.ts'
import { consumerFixture, type EnvironmentOptions, environmentFixture, type RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const KEY = 'a-provision-key-for-tests-only-01234'
const TOKEN_SECRET = 'a-token-secret-for-tests-only-012345'
const GOOD = { token_secret: TOKEN_SECRET, provision_key: KEY, reuse_refresh_token: true, enable_authorization_code: true, enable_client_credentials: true }
const anna = consumerFixture('anna')
const guest = consumerFixture('guest')
const stored = (secret: string) => `sha256:${createHash('sha256').update(secret).digest('hex')}`
const credential = (id: string, more: object = {}) => ({
  kind: 'oauth2_credential' as const,
  identifier: id,
  consumer: anna,
  fields: { client_secret: stored(`${id}-secret`), client_type: 'confidential', redirect_uris: [`https://${id}.test/back?a=1`, `https://${id}.test/other`], ...more },
})
const CREDENTIALS = [credential('web'), credential('app', { client_type: 'public' }), credential('other')]
const environment = (more: EnvironmentOptions = {}) => environmentFixture({ consumers: [guest], credentials: CREDENTIALS, ...more })

const BACK = 'https://web.test/back?a=1'
const VERIFIER = 'v'.repeat(43)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

type Form = Record<string, string>
const post = (path: string, form: Form, headers: Record<string, string> = {}): RequestFixture => ({
  method: 'POST',
  scheme: 'https',
  path,
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(form).toString(),
})

/** The plugin with what applications and the page of consent do. */
function server(config: object = {}, at = environment()) {
  const plugin = createPlugin('oauth2', { ...GOOD, ...config }, at)
  const send = async (request: RequestFixture) => {
    const { reply, exchange } = await ask(plugin, request)
    return { status: reply?.status ?? null, body: (reply?.kind === 'json' ? reply.body : {}) as Record<string, string>, headers: reply?.headers ?? {}, exchange }
  }
  const consent = async (form: Form = {}) => {
    const answer = await send(post('/shop/oauth2/authorize', { provision_key: KEY, authenticated_userid: 'u-1', client_id: 'web', response_type: 'code', ...form }))
    return { ...answer, url: new URL(answer.body.redirect_uri ?? 'none:') }
  }
  const token = (form: Form, headers: Record<string, string> = {}) => send(post('/shop/oauth2/token', { client_id: 'web', client_secret: 'web-secret', ...form }, headers))
  const codeOf = async (form: Form = {}) => (await consent(form)).url.searchParams.get('code') ?? ''
  const call = (accessToken: string, more: RequestFixture = {}) => send({ ...more, headers: { authorization: `Bearer ${accessToken}`, ...more.headers } })
  return { at, send, consent, token, codeOf, call }
}

describe('a code', () => {
  test('is given for who consents, and becomes a token that says whose it is', async () => {
    const { consent, token, call } = server({ scopes: ['read', 'write'] })
    const { status, url, headers } = await consent({ scope: 'read', state: 'x y' })
    expect([status, `${url.origin}${url.pathname}`, url.searchParams.get('a'), url.searchParams.get('state')]).toEqual([200, 'https://web.test/back', '1', 'x y'])
    expect(headers).toMatchObject({ 'Cache-Control': 'no-store' })
    const made = await token({ grant_type: 'authorization_code', code: url.searchParams.get('code') ?? '', redirect_uri: BACK })
    expect(made.body).toEqual({ access_token: expect.any(String), refresh_token: expect.any(String), token_type: 'bearer', expires_in: 7_200, scope: 'read' })
    const { status: passed, exchange } = await call(made.body.access_token ?? '', { headers: { 'X-Authenticated-Userid': 'root', 'X-Authenticated-Scope': 'root' } })
    expect(passed).toBeNull()
    expect(exchange.consumer).toBe(anna)
    expect(exchange.credential?.identifier).toBe('web')
    expect(Object.fromEntries(exchange.requestHeaders.entries())).toEqual({ 'X-Authenticated-Scope': 'read', 'X-Authenticated-Userid': 'u-1' })
  })

  test.each<[string, Form, string]>([
    ['another client', { client_id: 'other', client_secret: 'other-secret' }, 'Invalid code'],
    ['another redirect', { redirect_uri: 'https://web.test/other' }, 'Invalid redirect_uri that does not match with any redirect_uri created with the application'],
    ['a code that is none', { code: 'x' }, 'Invalid code'],
    ['a secret that is wrong', { client_secret: 'x' }, 'Invalid client authentication'],
    ['a client that is not there', { client_id: 'nobody' }, 'Invalid client authentication'],
    ['a verifier that is wrong', { code_verifier: 'w'.repeat(43) }, 'code_verifier is not valid'],
  ])('does not become a token for %s, and is not used up by that', async (_, form, message) => {
    const { codeOf, token } = server()
    const good = { grant_type: 'authorization_code', code: await codeOf({ code_challenge: CHALLENGE, code_challenge_method: 'S256' }), redirect_uri: BACK, code_verifier: VERIFIER }
    const refused = await token({ ...good, ...form })
    expect([refused.status, refused.body.error_description]).toEqual([400, message])
    expect((await token(good)).status).toBe(200)
    expect((await token(good)).body.error_description).toBe('Invalid code')
  })

  test('lasts a minute', async () => {
    const { at, codeOf, token } = server()
    const code = await codeOf()
    at.setNow(at.clock.nowMs() + 60_000)
    expect((await token({ grant_type: 'authorization_code', code })).body.error_description).toBe('Invalid code')
  })

  test('needs PKCE from public clients, and from all where that is strict', async () => {
    const { consent, codeOf, send } = server()
    const app = { client_id: 'app' }
    expect((await consent(app)).url.searchParams.get('error_description')).toBe('code_challenge is required for public clients')
    expect((await consent({ ...app, code_challenge: CHALLENGE })).url.searchParams.get('error_description')).toContain('must be S256')
    expect((await consent({ ...app, code_challenge: 'x', code_challenge_method: 'S256' })).url.searchParams.get('error_description')).toBe('code_challenge is not valid')
    const code = await codeOf({ ...app, code_challenge: CHALLENGE, code_challenge_method: 'S256' })
    const form = { grant_type: 'authorization_code', code, ...app }
    expect((await send(post('/oauth2/token', form))).body.error_description).toBe('code_verifier is required')
    expect((await send(post('/oauth2/token', { ...form, code_verifier: VERIFIER }))).status).toBe(200)
    expect((await server({ pkce: 'strict' }).consent()).url.searchParams.get('error_description')).toContain('is required')
    expect((await server({ pkce: 'none' }).consent(app)).url.searchParams.has('code')).toBe(true)
  })
})

describe('at the page of consent', () => {
  test.each<[string, Form, number, string, string]>([
    ['a wrong provision key', { provision_key: 'x' }, 400, 'invalid_provision_key', 'Invalid provision_key'],
    ['no user', { authenticated_userid: ' ' }, 400, 'invalid_authenticated_userid', 'Missing authenticated_userid parameter'],
    ['a user with a line feed', { authenticated_userid: 'a\nb' }, 400, 'invalid_authenticated_userid', 'Invalid authenticated_userid parameter'],
    ['a client that is not there', { client_id: 'x' }, 400, 'invalid_client', 'Invalid client authentication'],
    [
      'a redirect that begins like one',
      { redirect_uri: 'https://web.test/back?a=1&b=2' },
      400,
      'invalid_request',
      'Invalid redirect_uri that does not match with any redirect_uri created with the application',
    ],
  ])('%s is told to the page, and sends nobody anywhere', async (_, form, status, error, description) => {
    const { status: got, body } = await server().consent(form)
    expect([got, body]).toEqual([status, { error, error_description: description }])
  })

  test.each<[string, object, Form, string]>([
    ['a scope that is not there', { scopes: ['read'] }, { scope: 'root' }, 'invalid_scope'],
    ['no scope where one is mandatory', { scopes: ['read'], mandatory_scope: true }, {}, 'invalid_scope'],
    ['the implicit grant, which is off', {}, { response_type: 'token' }, 'unsupported_response_type'],
  ])('%s is told to the application', async (_, config, form, error) => {
    const { url } = await server(config).consent({ ...form, state: 's' })
    expect([url.host, url.searchParams.get('error'), url.searchParams.get('state'), url.searchParams.has('code')]).toEqual(['web.test', error, 's', false])
  })

  test('the implicit grant gives a token behind #, where it is on', async () => {
    const { consent, call } = server({ enable_implicit_grant: true })
    const { url } = await consent({ response_type: 'token' })
    expect((await call(new URLSearchParams(url.hash.slice(1)).get('access_token') ?? '')).exchange.consumer).toBe(anna)
  })
})

describe('a token', () => {
  const granted = async (config: object = {}, at = environment()) => {
    const made = server(config, at)
    return { ...made, accessToken: (await made.token({ grant_type: 'client_credentials' })).body.access_token ?? '' }
  }
  const INVALID = { error_description: 'The access token is invalid or has expired', error: 'invalid_token' }

  test('of client credentials has no refresh token, and no user but by the provision key', async () => {
    const { token, call } = server()
    const { body } = await token({ grant_type: 'client_credentials' })
    expect(body.refresh_token).toBeUndefined()
    expect((await call(body.access_token ?? '')).exchange.requestHeaders.has('x-authenticated-userid')).toBe(false)
    expect((await token({ grant_type: 'client_credentials', authenticated_userid: 'u' })).body.error).toBe('invalid_provision_key')
    expect((await token({ grant_type: 'client_credentials', authenticated_userid: 'u', provision_key: KEY })).status).toBe(200)
  })

  test.each<[string, object, (token: string) => string]>([
    ['that is none', {}, () => 'x'],
    ['that was changed', {}, (token) => `${token.slice(0, -3)}AAA`],
    ['of another secret', { token_secret: `${TOKEN_SECRET}-other` }, (token) => token],
  ])('%s is refused', async (_, config, change) => {
    const { accessToken } = await granted()
    const { status, body, headers } = await server({ ...config, realm: 'shop' }).call(change(accessToken))
    expect([status, body]).toEqual([401, INVALID])
    expect(headers['WWW-Authenticate']).toBe('Bearer realm="shop", error="invalid_token", error_description="The access token is invalid or has expired"')
  })

  test('ends in time, with its application, and with the service that gave it; not with the secret that sealed it', async () => {
    const { at, accessToken, call } = await granted({ token_expiration: 60 })
    expect((await call(accessToken)).status).toBeNull()
    const elsewhere = { service: { id: 'other-service', name: null, host: 'x' } }
    expect((await call(accessToken, elsewhere)).body).toEqual(INVALID)
    expect(
      (await server({}, environment({ credentials: [credential('web', {})].map((entry) => ({ ...entry, fields: { ...entry.fields } })) })).call(accessToken)).status,
    ).toBeNull()
    expect((await server({}, environment({ credentials: [] })).call(accessToken)).body).toEqual(INVALID)
    expect((await server({ token_secret: `${TOKEN_SECRET}-new`, former_token_secret: TOKEN_SECRET }).call(accessToken)).status).toBeNull()
    at.setNow(at.clock.nowMs() + 60_000)
    expect((await call(accessToken)).body).toEqual(INVALID)
  })

  test('is good at other services where both say that it is global', async () => {
    const { accessToken } = await granted({ global_credentials: true })
    const elsewhere = { service: { id: 'other-service', name: null, host: 'x' } }
    expect((await server({ global_credentials: true }).call(accessToken, elsewhere)).status).toBeNull()
    expect((await server().call(accessToken)).body.error_description).toBe("The access token is global, but the current plugin is configured without 'global_credentials'")
  })

  test('is found in header, query and form, and taken out', async () => {
    const { accessToken, send } = await granted()
    const inQuery = await send({ query: `a=1&access_token=${accessToken}&b=%20` })
    expect([inQuery.status, inQuery.exchange.query]).toEqual([null, 'a=1&b=%20'])
    const inForm = await send(post('/x', { a: '1', access_token: accessToken }))
    expect([inForm.status, inForm.exchange.sentBody]).toEqual([null, 'a=1'])
    expect((await send({ headers: { authorization: `Token ${accessToken}` } })).exchange.requestHeaders.has('authorization')).toBe(false)
    const kept = server({ hide_credentials: false, auth_header_name: 'x-token' })
    expect((await kept.send({ headers: { 'x-token': `bearer ${accessToken}` } })).exchange.requestHeaders.has('x-token')).toBe(true)
  })

  test('that is missing is asked for, or the anonymous consumer takes its place', async () => {
    const { status, body, headers } = await server().send({})
    expect([status, body, headers]).toEqual([401, { error_description: 'The access token is missing', error: 'invalid_request' }, { 'WWW-Authenticate': 'Bearer' }])
    expect((await server({ anonymous: 'guest' }).send({})).exchange.consumer).toBe(guest)
  })

  test('of one kind never counts as another', async () => {
    const { codeOf, token, call, accessToken } = await granted()
    expect((await call(await codeOf())).body).toEqual(INVALID)
    expect((await token({ grant_type: 'refresh_token', refresh_token: accessToken })).body.error_description).toBe('Invalid refresh_token')
  })
})

describe('a refresh token', () => {
  test('gives tokens of at most the same scope, to the same client, and stays where it is to be reused', async () => {
    const { codeOf, token } = server({ scopes: ['read', 'write'] })
    const first = (await token({ grant_type: 'authorization_code', code: await codeOf({ scope: 'read write' }) })).body
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' }
    for (let turn = 0; turn < 2; turn += 1) expect((await token({ ...refresh, scope: 'read' })).body).toMatchObject({ scope: 'read', refresh_token: first.refresh_token })
    expect((await token({ ...refresh, scope: 'root' })).body.error).toBe('invalid_scope')
    expect((await token({ ...refresh, client_id: 'other', client_secret: 'other-secret' })).body.error_description).toBe('Invalid refresh_token')
  })

  test('is not taken while nobody can say whether it was', async () => {
    const redis = { run: () => Promise.reject(new RedisUnavailableError('away')), command: () => Promise.reject(new RedisUnavailableError('away')) }
    const { codeOf, token } = server({ reuse_refresh_token: false, redis: { host: 'redis.test' } }, environment({ redis: () => redis }))
    const { status, body } = await token({ grant_type: 'authorization_code', code: await codeOf() })
    expect([status, body.error]).toEqual([503, 'temporarily_unavailable'])
  })
})

describe('the endpoints', () => {
  test.each<[string, RequestFixture, number, string]>([
    ['another method', { method: 'GET', scheme: 'https', path: '/oauth2/token' }, 405, 'invalid_method'],
    ['plain HTTP', { ...post('/oauth2/token', {}), scheme: 'http' }, 400, 'access_denied'],
    ['plain HTTP of which anybody says that it was TLS', { ...post('/oauth2/token', {}, { 'x-forwarded-proto': 'https' }), scheme: 'http' }, 400, 'access_denied'],
    ['a grant that is none', post('/oauth2/token', { client_id: 'web', client_secret: 'web-secret', grant_type: 'x' }), 400, 'unsupported_grant_type'],
    ['a grant that is off', post('/oauth2/token', { client_id: 'web', client_secret: 'web-secret', grant_type: 'password' }), 400, 'unsupported_grant_type'],
    ['a parameter that comes twice', { ...post('/oauth2/token', { grant_type: 'client_credentials' }), query: 'grant_type=password' }, 400, 'invalid_request'],
    ['a public client in its own name', post('/oauth2/token', { client_id: 'app', client_secret: 'app-secret', grant_type: 'client_credentials' }), 400, 'invalid_client'],
  ])('refuse %s', async (_, request, status, error) => {
    const answer = await server({ accept_http_if_already_terminated: true }).send(request)
    expect([answer.status, answer.body.error]).toEqual([status, error])
  })

  test('take clients by the header, told apart by the status, and JSON', async () => {
    const { token, send } = server()
    const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(`web:${secret}`).toString('base64')}` })
    const form = post('/oauth2/token', { grant_type: 'client_credentials' }, basic('web-secret'))
    expect((await send(form)).status).toBe(200)
    const refused = await send(post('/oauth2/token', { grant_type: 'client_credentials' }, basic('x')))
    expect([refused.status, refused.headers['WWW-Authenticate']]).toEqual([401, 'Basic realm="OAuth2.0"'])
    expect((await token({ grant_type: 'client_credentials' }, basic('web-secret'))).status).toBe(401)
    const json = { grant_type: 'client_credentials', client_id: 'web', client_secret: 'web-secret' }
    expect((await send({ ...form, headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) })).status).toBe(200)
  })

  test('take plain HTTP behind a proxy that is trusted', async () => {
    const request = {
      ...post('/oauth2/token', { grant_type: 'client_credentials', client_id: 'web', client_secret: 'web-secret' }, { 'x-forwarded-proto': 'https' }),
      scheme: 'http' as const,
      isPeerTrusted: true,
    }
    expect((await server({ accept_http_if_already_terminated: true }).send(request)).status).toBe(200)
    expect((await server().send(request)).status).toBe(400)
  })

  test('give tokens for a username where that grant is on', async () => {
    const { token } = server({ enable_password_grant: true })
    expect((await token({ grant_type: 'password', provision_key: KEY, authenticated_userid: 'u' })).body.refresh_token).toEqual(expect.any(String))
    expect((await token({ grant_type: 'password', provision_key: 'x', authenticated_userid: 'u' })).body.error).toBe('invalid_provision_key')
  })
})

test('a configuration that cannot be done is refused with its path', () => {
  expect(problems('oauth2', GOOD)).toEqual([])
  for (const [path, config] of Object.entries({
    token_secret: { token_secret: 'short' },
    enable_authorization_code: { enable_authorization_code: false, enable_client_credentials: false },
    provision_key: { provision_key: null },
    'redis.host': { reuse_refresh_token: false },
    'redis.password': { redis: { host: 'r', username: 'u' } },
    scopes: { mandatory_scope: true },
    'scopes.0': { scopes: ['a b'] },
    pkce: { pkce: 'plain' },
    token_expiration: { token_expiration: 0 },
    auth_header_name: { auth_header_name: 'a b' },
  }))
    expect(problems('oauth2', { ...GOOD, ...config })[0], path).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: `))
  expect(problems('oauth2', { ...GOOD, persistent_refresh_token: true })).toEqual([': persistent_refresh_token'])
})
