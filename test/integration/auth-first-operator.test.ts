import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ControlPlaneProcess, sharedControlPlane } from './harness/control-plane-process.ts'
import { until } from './harness/node-process.ts'

const GOOD = { email: 'grace@example.com', name: 'Grace', password: 'seven small boats at sea' }
/** Its PostgreSQL serves all control planes of this file, each with a database of its own. */
const shared = sharedControlPlane()
let fresh: ControlPlaneProcess
let databaseUrl: string
const env = { SLUICE_SECRET_KEY: 'for tests alone and in no way secret' }

const linkToken = (process: ControlPlaneProcess) =>
  until('the set-up link', () => /Set up Sluice: http:\/\/localhost:\d+\/set-up\?token=([\w-]+)/.exec(process.output)?.[1] ?? null)

beforeAll(async () => {
  databaseUrl = await shared.process.createDatabase('first_operator')
  fresh = await ControlPlaneProcess.start({ databaseUrl, bootstrap: false, env })
})
afterAll(() => fresh.stop())

describe('without an operator', () => {
  test('nobody is in, there is no default account, and the state says that one must be made', async () => {
    const client = fresh.anonymous()
    expect(await client.query('session.state')).toEqual({ needs_setup: true, signed_in: false })
    expect((await client.failure(client.signIn('admin@example.com', 'admin'))).code).toBe('UNAUTHORIZED')
  })

  test.each([
    ['too short', 'password', 'eleven char'],
    ['too long', 'password', 'ab cd ef gh '.repeat(11)],
    ['the address', 'password', `${GOOD.email}`],
    ['of few characters', 'password', 'abababababab'],
    ['among the first that are tried', 'password', 'Password123456'],
    ['among them too', 'password', 'letmein-letmein'],
    ['on the list of common ones', 'password', 'qwertyuiopasdf'],
    ['a run on the keyboard', 'password', '1qaz2wsx3edc'],
  ])('a password that is %s is refused at its field, and the link stays good', async (_, field, password) => {
    const client = fresh.anonymous()
    const failure = await client.failure(client.mutate('session.setUp', { ...GOOD, password, token: await linkToken(fresh) }))
    expect([failure.code, failure.fields]).toEqual(['BAD_REQUEST', [field]])
  })

  test.each([
    ['email', { email: 'grace' }],
    ['email', { email: 'gr\u0000ace@example.com' }],
    ['name', { name: ' ' }],
    ['name', { name: 'Gr\u0000ace' }],
  ])('a bad %s is refused at its field', async (field, part) => {
    const client = fresh.anonymous()
    const failure = await client.failure(client.mutate('session.setUp', { ...GOOD, ...part, token: await linkToken(fresh) }))
    expect([failure.code, failure.fields]).toEqual(['BAD_REQUEST', [field]])
  })

  test('another start prints a new link and ends the former one', async () => {
    const former = await linkToken(fresh)
    await fresh.stop()
    fresh = await ControlPlaneProcess.start({ databaseUrl, bootstrap: false, env })
    const client = fresh.anonymous()
    const failure = await client.failure(client.mutate('session.setUp', { ...GOOD, token: former }))
    expect([failure.code, failure.message]).toEqual(['FORBIDDEN', expect.stringContaining('Restart the control plane')])
    expect(await linkToken(fresh)).not.toBe(former)
  })

  test('the link is not in the log', async () => {
    const token = await linkToken(fresh)
    expect(fresh.output.split('\n').filter((line) => line.includes(token))).toEqual([expect.stringMatching(/^Set up Sluice: /)])
  })

  test('an expired link is refused', async () => {
    await fresh.sql("UPDATE one_time_token SET expires_at = now() - interval '1 second'")
    const client = fresh.anonymous()
    expect((await client.failure(client.mutate('session.setUp', { ...GOOD, token: await linkToken(fresh) }))).code).toBe('FORBIDDEN')
    await fresh.sql("UPDATE one_time_token SET expires_at = now() + interval '1 hour'")
  })

  test('the link makes one operator, signed in, and works once, also at the same moment', async () => {
    const token = await linkToken(fresh)
    const clients = Array.from({ length: 5 }, () => fresh.anonymous())
    const outcomes = await Promise.allSettled(clients.map((client, index) => client.mutate('session.setUp', { ...GOOD, email: `grace-${index}@example.com`, token })))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const winner = clients[outcomes.findIndex(({ status }) => status === 'fulfilled')]
    expect(await winner?.query('session.state')).toEqual({ needs_setup: false, signed_in: true })
    expect(await fresh.sql('SELECT id FROM operator')).toHaveLength(1)
    expect(await fresh.sql("SELECT op, label FROM change WHERE entity_type = 'operator'")).toMatchObject([{ op: 'set_up', label: expect.stringMatching(/^grace-/) }])
  })

  test('and the next start prints none', async () => {
    await fresh.stop()
    fresh = await ControlPlaneProcess.start({ databaseUrl, bootstrap: false, env })
    expect(fresh.output).not.toContain('Set up Sluice')
  })
})

describe('an operator who lost the password', () => {
  test('gets a link by the command line that ends all sessions and works once', async () => {
    const session = await shared.process.api()
    const { code, output } = await shared.process.command('reset-password', 'ada@example.com')
    expect(code).toBe(0)
    const token = /token=([\w-]+)/.exec(output)?.[1]
    expect((await session.failure(session.query('workspace.current'))).code).toBe('UNAUTHORIZED')
    const client = shared.process.anonymous()
    const weak = await client.failure(client.mutate('session.resetPassword', { token, password: 'short' }))
    expect([weak.code, weak.fields]).toEqual(['BAD_REQUEST', ['password']])
    await client.mutate('session.resetPassword', { token, password: GOOD.password })
    expect((await client.failure(client.mutate('session.resetPassword', { token, password: 'another six small boats' }))).code).toBe('FORBIDDEN')
    expect((await client.failure(client.signIn('ada@example.com', 'correct horse battery'))).code).toBe('UNAUTHORIZED')
    await client.signIn('ada@example.com', GOOD.password)
    expect(await client.query('session.current')).toMatchObject({ operator: { email: 'ada@example.com' } })
  })

  test('a set-up link is no reset link', async () => {
    const client = shared.process.anonymous()
    expect((await client.failure(client.mutate('session.resetPassword', { token: 'x'.repeat(43), password: GOOD.password }))).code).toBe('FORBIDDEN')
  })

  test('passwords are stored as argon2id', async () => {
    const rows = await shared.process.sql<{ password_hash: string }>('SELECT password_hash FROM operator')
    expect(rows.map((row) => row.password_hash)).toEqual([expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)])
  })
})
