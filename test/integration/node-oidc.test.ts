import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Browser } from './harness/browser.ts'
import { NodeProcess } from './harness/node-process.ts'
import { OpenidProvider } from './harness/openid-provider.ts'
import { Origin } from './harness/origin.ts'

/** openid-connect through a node with two workers, with a real provider. */

const SECRET = 'a-session-secret-for-tests-only-0123'
let node: NodeProcess
let origin: Origin
let provider: OpenidProvider

beforeAll(async () => {
  origin = await Origin.start('origin', (_, response, received) => response.end(JSON.stringify({ url: received.url, headers: received.headers })))
  node = await NodeProcess.start({ env: { SLUICE_WORKERS: '2' } })
  provider = await OpenidProvider.start([`${node.proxy}/callback`])
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
  await provider?.stop()
})

async function configure(config: object, more: object = {}): Promise<void> {
  const plugin = { name: 'openid-connect', config: { issuer: provider.issuer, ...config } }
  const services = [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins: [plugin] }] }]
  const { status, body } = await node.postConfig({ _format_version: '3.0', services, consumers: [{ username: 'anna' }, { username: 'guest' }], ...more })
  expect(status, JSON.stringify(body.issues)).toBe(201)
}

interface Seen {
  url: string
  headers: Record<string, string>
}
async function call(token: string | null, headers: Record<string, string> = {}) {
  const response = await fetch(`${node.proxy}/api`, { headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers }, redirect: 'manual' })
  const body = await response.text()
  return { status: response.status, seen: response.status === 200 ? (JSON.parse(body) as Seen) : null, body }
}

describe('a bearer token', () => {
  test('that the provider signed goes on, held to its audience and scopes', async () => {
    await configure({ audience_required: [OpenidProvider.api], scopes_required: ['read'] })
    const token = await provider.token('signed', 'read')
    expect((await call(token)).seen?.headers['x-credential-identifier']).toBe(OpenidProvider.client.id)
    expect((await call(await provider.token('signed', 'write'))).status).toBe(403)
    expect((await call(`${token.slice(0, -3)}xyz`)).status).toBe(401)
    expect((await call(null)).status).toBe(401)
    expect((await call(await provider.token('opaque'))).status).toBe(401)
  })

  test('that is signed by a new key is good once the keys may be looked up again, and the provider is not asked for each', async () => {
    await configure({ rediscovery_lifetime: 1, leeway: 1 })
    expect((await call(await provider.token('signed'))).status).toBe(200)
    await provider.rotate()
    const token = await provider.token('signed')
    await expect.poll(async () => (await call(token)).status, { timeout: 10_000, interval: 100 }).toBe(200)
    const before = provider.count('/jwks')
    await Promise.all(Array.from({ length: 20 }, () => call(token)))
    // The other worker may look for itself.
    expect(provider.count('/jwks') - before).toBeLessThanOrEqual(1)
  })

  test('that is opaque is introspected, and known until that is over', async () => {
    await configure({ auth_methods: ['bearer', 'introspection'], client_id: [OpenidProvider.client.id], client_secret: [OpenidProvider.client.secret], cache_introspection: false })
    const token = await provider.token('opaque')
    expect((await call(token)).status).toBe(200)
    await provider.revoke(token)
    expect((await call(token)).status).toBe(401)
    expect((await call('nonsense')).status).toBe(401)
  })
})

describe('a browser', () => {
  const config = (more: object = {}) => ({
    auth_methods: ['bearer', 'authorization_code', 'session'],
    client_id: [OpenidProvider.client.id],
    client_secret: [OpenidProvider.client.secret],
    redirect_uri: [`${node.proxy}/callback`],
    session_secret: SECRET,
    consumer_claim: ['sub'],
    authenticated_groups_claim: ['groups'],
    upstream_headers_claims: ['email'],
    upstream_headers_names: ['X-Email'],
    logout_uri_suffix: '/logout',
    logout_methods: ['GET'],
    logout_redirect_uri: ['http://shop.test/bye'],
    ...more,
  })
  let browser: Browser

  beforeEach(async () => {
    browser = new Browser()
    await configure(config())
  })

  async function signIn(path = '/orders?id=1', username = 'anna') {
    const first = await browser.get(`${node.proxy}${path}`)
    expect(first.status).toBe(302)
    const back = await provider.signIn(first.location ?? '', username)
    return { first, back }
  }

  test('is sent to sign in with PKCE, comes back to where it wanted to go, and is known from then on', async () => {
    const { first, back } = await signIn()
    const asked = new URL(first.location ?? '').searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      client_id: 'gate',
      redirect_uri: `${node.proxy}/callback`,
      scope: 'openid',
      code_challenge_method: 'S256',
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)?.length, name).toBe(43)
    const returned = await browser.get(back)
    expect([returned.status, returned.location]).toEqual([302, `${node.proxy}/orders?id=1`])
    expect(returned.headers.get('cache-control')).toBe('no-store')
    expect([...browser.cookies.keys()].filter((name) => name.startsWith('authorization'))).toEqual([])
    for (let turn = 0; turn < 4; turn += 1) {
      const page = await browser.get(`${node.proxy}/orders?id=1`, { 'X-Email': 'root@shop.test', connection: 'close' })
      expect(page.status).toBe(200)
      const { url, headers } = JSON.parse(page.body) as Seen
      expect(url).toBe('/orders?id=1')
      expect(headers).toMatchObject({ 'x-consumer-username': 'anna', 'x-credential-identifier': 'anna', 'x-email': 'anna@shop.test' })
      expect(headers.authorization).toMatch(/^Bearer /)
      expect(headers.cookie).toBeUndefined()
    }
  })

  test('keeps its cookies to itself: sealed, not for scripts, not for other sites, over https where that is told', async () => {
    const { back } = await signIn()
    await browser.get(back)
    const lines = browser.lines.filter((line) => !/max-age=0/i.test(line))
    expect(lines.length).toBeGreaterThanOrEqual(2)
    for (const line of lines) {
      expect(line).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
      expect(line.length).toBeLessThan(4_096)
      expect(Buffer.from(line.split('=')[1]?.split(';')[0]?.replace(/^\d\./, '') ?? '', 'base64url').toString('latin1')).not.toContain('anna')
    }
    await configure(config({ session_cookie_secure: true, session_cookie_same_site: 'Strict', session_cookie_domain: 'shop.test' }))
    const other = new Browser()
    await other.get(`${node.proxy}/x`)
    expect(other.lines[0]).toMatch(/; Domain=shop.test; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/)
  })

  test.each<[string, (back: URL) => void]>([
    ['another state', (back) => back.searchParams.set('state', 'x'.repeat(43))],
    ['another code', (back) => back.searchParams.set('code', 'x')],
    ['another issuer', (back) => back.searchParams.set('iss', 'http://evil.test')],
    ['an error', (back) => back.searchParams.delete('code')],
  ])('that comes back with %s is not let in', async (_, change) => {
    const { back } = await signIn()
    const url = new URL(back)
    change(url)
    const page = await browser.get(url.href)
    expect([401, 302]).toContain(page.status)
    if (page.status === 302) expect(page.location).toContain(`${provider.issuer}/auth`)
    expect(browser.cookies.has('session')).toBe(false)
  })

  test('that comes back without the cookie it left with, or a second time, is not let in', async () => {
    const { back } = await signIn()
    const other = new Browser()
    await other.get(back)
    expect(other.cookies.has('session')).toBe(false)
    const stolen = new Map(browser.cookies)
    await browser.get(back)
    expect(browser.cookies.has('session')).toBe(true)
    for (const [name, value] of stolen) other.cookies.set(name, value)
    expect((await other.get(back)).status).toBe(401)
    expect(other.cookies.has('session')).toBe(false)
  })

  test('with a session of another secret, or one that was changed, has to sign in again', async () => {
    const { back } = await signIn()
    await browser.get(back)
    const session = browser.cookies.get('session') ?? ''
    browser.cookies.set('session', `${session.slice(0, -2)}xx`)
    expect((await browser.get(`${node.proxy}/a`)).status).toBe(302)
    browser.cookies.set('session', session)
    expect((await browser.get(`${node.proxy}/a`)).status).toBe(200)
    await configure(config({ session_secret: `${SECRET}-other` }))
    expect((await browser.get(`${node.proxy}/a`)).status).toBe(302)
  })

  test('whose session was not used for as long as allowed, or is over, has to sign in again', async () => {
    await configure(config({ session_absolute_timeout: 1 }))
    const { back } = await signIn()
    await browser.get(back)
    expect((await browser.get(`${node.proxy}/a`)).status).toBe(200)
    await expect.poll(async () => (await browser.get(`${node.proxy}/a`)).status, { timeout: 5_000, interval: 200 }).toBe(302)
  })

  test('is logged out here and at the provider', async () => {
    const { back } = await signIn()
    await browser.get(back)
    const page = await browser.get(`${node.proxy}/logout`)
    const end = new URL(page.location ?? '')
    expect([page.status, `${end.origin}${end.pathname}`]).toEqual([302, `${provider.issuer}/session/end`])
    expect(end.searchParams.get('post_logout_redirect_uri')).toBe('http://shop.test/bye')
    expect(browser.cookies.size).toBe(0)
    expect((await browser.get(`${node.proxy}/a`)).status).toBe(302)
  })

  test('that no consumer stands for is refused, and one that posts is not sent away', async () => {
    const { back } = await signIn('/a', 'nobody')
    await browser.get(back)
    expect((await browser.get(`${node.proxy}/a`)).status).toBe(403)
    expect((await new Browser().post(`${node.proxy}/a`, new URLSearchParams({ a: '1' }))).status).toBe(401)
  })

  test('is never sent to another site afterwards, whatever it asked for', async () => {
    const first = await browser.get(`${node.proxy}//evil.test/x`)
    const returned = await browser.get(await provider.signIn(first.location ?? '', 'anna'))
    expect(new URL(returned.location ?? '').host).toBe(new URL(node.proxy).host)
  })
})

describe('a provider that is away', () => {
  test('lets nobody in who is not known, within the time that is set, and says nothing of tokens in the log', async () => {
    const token = await provider.token('signed')
    await configure({ timeout: 500, extra_jwks_uris: [`${provider.issuer}/jwks`] })
    await provider.stop()
    expect((await call(token)).status).toBe(500)
    await node.line('the OpenID provider could not be asked')
    expect(node.output).not.toContain(token)
    expect(node.output).not.toContain(OpenidProvider.client.secret)
  })
})
