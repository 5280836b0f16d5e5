import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { appRouter } from '../../apps/admin/src/server/api/router.ts'
import type { ApiClient } from './harness/api-client.ts'
import { OPERATOR, sharedControlPlane } from './harness/control-plane-process.ts'

const shared = sharedControlPlane()
let anonymous: ApiClient

beforeAll(() => {
  anonymous = shared.process.anonymous()
})
beforeEach(async () => {
  anonymous.cookie = null
  await shared.process.sql('DELETE FROM sign_in_throttle')
})

const signIn = (client: ApiClient, email: string = OPERATOR.email, password: string = OPERATOR.password) => client.send('POST', 'session.signIn', { email, password })

describe('signing in', () => {
  test('gives a session in a cookie that scripts cannot read and other sites do not send', async () => {
    const answer = await signIn(anonymous)
    expect(answer.status).toBe(200)
    expect(answer.headers.getSetCookie()[0]).toMatch(/^sluice_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/)
    expect(await anonymous.query('session.current')).toMatchObject({ operator: { email: OPERATOR.email } })
  })

  test('takes the address in any case and with white space around it', async () => {
    expect((await signIn(anonymous, ` ${OPERATOR.email.toUpperCase()} `)).status).toBe(200)
  })

  test.each([
    ['a wrong password', OPERATOR.email, 'wrong horse battery'],
    ['an unknown account', 'nobody@example.com', OPERATOR.password],
    ['an address that is none', 'nobody', OPERATOR.password],
    ['an address that cannot be stored', 'a\u0000@example.com', OPERATOR.password],
  ])('with %s is refused in the same words', async (_, email, password) => {
    const failure = await anonymous.failure(anonymous.signIn(email, password))
    expect([failure.code, failure.message]).toEqual(['UNAUTHORIZED', 'session.signIn: Email or password is wrong.'])
    expect(anonymous.cookie).toBeNull()
  })

  test('ends the session that was there before', async () => {
    await signIn(anonymous)
    const former = anonymous.cookie
    await signIn(anonymous)
    expect(anonymous.cookie).not.toBe(former)
    const stolen = shared.process.anonymous()
    stolen.cookie = former
    expect(await stolen.query('session.current')).toBeNull()
  })

  test('is stored as a hash', async () => {
    await signIn(anonymous)
    const rows = await shared.process.sql('SELECT * FROM session')
    expect(JSON.stringify(rows)).not.toContain(anonymous.cookie?.split('=')[1])
  })

  test('out ends the session and takes the cookie away', async () => {
    await signIn(anonymous)
    const session = anonymous.cookie
    const answer = await anonymous.send('POST', 'session.signOut', {})
    expect(answer.headers.getSetCookie()[0]).toMatch(/^sluice_session=; .*Max-Age=0/)
    anonymous.cookie = session
    expect((await anonymous.failure(anonymous.query('workspace.current'))).code).toBe('UNAUTHORIZED')
  })
})

describe('a session ends', () => {
  test.each([
    ['a week after it began', "UPDATE session SET expires_at = now() - interval '1 second'"],
    ['when it was not used for twelve hours', "UPDATE session SET last_seen_at = now() - interval '12 hours 1 second'"],
    ['when its operator is disabled', 'UPDATE operator SET disabled_at = now()'],
  ])('%s', async (_, sql) => {
    await signIn(anonymous)
    await shared.process.sql(sql)
    expect((await anonymous.failure(anonymous.query('workspace.current'))).code).toBe('UNAUTHORIZED')
    await shared.process.sql('UPDATE operator SET disabled_at = NULL')
    await shared.process.sql('DELETE FROM session')
    shared.api.cookie = (await shared.process.api()).cookie
  })
})

describe('failed attempts are delayed more and more', () => {
  const fail = (email: string) => anonymous.failure(anonymous.signIn(email, 'wrong horse battery'))
  /** Time goes by in the table, not in the test. */
  const wait = (key: string) => shared.process.sql("UPDATE sign_in_throttle SET blocked_until = now() - interval '1 second' WHERE key = $1", [key])
  const blockedFor = async (key: string) => {
    const [row] = await shared.process.sql<{ ms: number }>('SELECT (extract(epoch FROM blocked_until - updated_at) * 1000)::float8 AS ms FROM sign_in_throttle WHERE key = $1', [
      key,
    ])
    return row?.ms
  }

  test('by account: five are free, then the wait doubles, up to a quarter of an hour', async () => {
    const key = `account ${OPERATOR.email}`
    for (let attempt = 1; attempt <= 5; attempt += 1) expect((await fail(OPERATOR.email)).code).toBe('UNAUTHORIZED')
    const refused = await fail(OPERATOR.email)
    expect([refused.code, refused.status, refused.data.retry_after_s]).toEqual(['TOO_MANY_REQUESTS', 429, 1])
    expect((await anonymous.failure(anonymous.signIn(OPERATOR.email, OPERATOR.password))).code).toBe('TOO_MANY_REQUESTS')
    const delays = [await blockedFor(key)]
    for (let attempt = 0; attempt < 12; attempt += 1) {
      await wait(key)
      expect((await fail(OPERATOR.email)).code).toBe('UNAUTHORIZED')
      delays.push(await blockedFor(key))
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900].map((seconds) => seconds * 1000))
  })

  test('and a success ends it', async () => {
    for (let attempt = 1; attempt <= 5; attempt += 1) await fail(OPERATOR.email)
    await wait(`account ${OPERATOR.email}`)
    expect((await signIn(anonymous)).status).toBe(200)
    expect((await fail(OPERATOR.email)).code).toBe('UNAUTHORIZED')
    expect((await fail(OPERATOR.email)).code).toBe('UNAUTHORIZED')
  })

  test('for an account that is none as for one that is', async () => {
    for (let attempt = 1; attempt <= 5; attempt += 1) await fail('nobody@example.com')
    expect((await fail('nobody@example.com')).code).toBe('TOO_MANY_REQUESTS')
  })

  test('by address: twenty accounts tried from one place', async () => {
    for (let attempt = 1; attempt <= 20; attempt += 1) expect((await fail(`nobody-${attempt}@example.com`)).code).toBe('UNAUTHORIZED')
    expect((await fail('nobody-21@example.com')).code).toBe('TOO_MANY_REQUESTS')
    expect(await shared.process.sql("SELECT key FROM sign_in_throttle WHERE key = 'account nobody-21@example.com'")).toEqual([])
  })

  test('also when they come at the same moment', async () => {
    const failures = await Promise.all(Array.from({ length: 30 }, () => fail(OPERATOR.email)))
    const looked = failures.filter((failure) => failure.code === 'UNAUTHORIZED').length
    // Five are free; on a slow machine the first waits of a second or two end while the others still come in.
    expect(looked).toBeGreaterThanOrEqual(5)
    expect(looked).toBeLessThanOrEqual(7)
  })

  test('a success is not counted against the address', async () => {
    for (let attempt = 1; attempt <= 25; attempt += 1) expect((await signIn(shared.process.anonymous())).status).toBe(200)
  })
})

describe('every procedure but the public ones needs a session', () => {
  const PUBLIC = ['session.state', 'session.current', 'session.signIn', 'session.setUp', 'session.resetPassword']
  const procedures = Object.entries((appRouter as unknown as { _def: { procedures: Record<string, { _def: { type: string } }> } })._def.procedures)

  test('the list is complete', () => {
    expect(procedures.length).toBeGreaterThan(100)
    expect(procedures.map(([path]) => path)).toEqual(expect.arrayContaining(PUBLIC))
  })

  test.each(procedures.filter(([path]) => !PUBLIC.includes(path)).map(([path, { _def }]) => [path, _def.type] as const))('%s (%s)', async (path, type) => {
    const subscription = type === 'subscription' ? anonymous.subscribe(path, {}, () => {}) : null
    if (subscription !== null) expect(await subscription.ended).toContain('UNAUTHORIZED')
    else {
      const answer = type === 'query' ? await anonymous.send('GET', path) : await anonymous.send('POST', path, {})
      expect([answer.status, (answer.body as { error: { data: { code: string } } }).error.data.code]).toEqual([401, 'UNAUTHORIZED'])
    }
  })
})

describe('a request is refused', () => {
  test('from a page of another origin, also with a session', async () => {
    const answer = await shared.api.send('GET', 'workspace.current', undefined, { origin: 'http://evil.test' })
    expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining('SLUICE_PUBLIC_URL') } })
    const own = await shared.api.send('GET', 'workspace.current', undefined, { origin: `http://localhost:${shared.process.port}` })
    expect(own.status).toBe(200)
  })

  test('with a body over the limit, before it is read', async () => {
    const answer = await shared.api.send('POST', 'declarative.import', `{"text":"${'x'.repeat(20 * 1024 * 1024)}"}`)
    expect(answer.status).toBe(413)
    expect((await shared.api.query('workspace.current')).name).toBe('default')
  })

  test('with a body that is no JSON', async () => {
    expect((await shared.api.send('POST', 'services.create', '{')).status).toBe(400)
  })

  test('for a procedure that is none', async () => {
    expect((await shared.api.send('GET', 'services.steal')).status).toBe(404)
  })

  test('answers carry headers that browsers act on, and are not kept', async () => {
    const { headers } = await shared.api.send('GET', 'workspace.current')
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
    })
  })
})
