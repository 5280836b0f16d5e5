import { describe, expect, test } from 'vitest'
import type { Directory } from '../contract.ts'
import { consumerFixture, environmentFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'
import { escapeValue } from './distinguished-name.ts'
import { BUSY, Verdicts } from './verdicts.ts'

const guest = consumerFixture('guest')
let runs = 0
/** Answers are remembered over instances: every test has a directory of its own name. */
const GOOD = () => ({ ldap_host: `ldap${++runs}.test`, base_dn: 'dc=example,dc=com', attribute: 'uid' })
const header = (username: string, password: string, scheme = 'ldap') => ({ headers: { authorization: `${scheme} ${Buffer.from(`${username}:${password}`).toString('base64')}` } })
const at = (bind: Directory['bind']) => environmentFixture({ consumers: [guest], directory: { bind } })

/** A directory that takes one password, and what it was asked. */
function asked(outcome: 'accepted' | 'refused' | 'busy' | Error = 'accepted') {
  const questions: string[] = []
  const environment = at(async ({ security }, { dn }) => {
    questions.push(`${security} ${dn}`)
    if (outcome instanceof Error) throw outcome
    return outcome
  })
  return { questions, environment }
}

test.each([
  ['plain', 'plain'],
  ['a,b', 'a\\,b'],
  ['  x  ', '\\  x \\ '],
  [' ', '\\ '],
  ['#1', '\\#1'],
  ['a\\ ', 'a\\\\\\ '],
  ['uid=x+cn=y', 'uid\\=x\\+cn\\=y'],
  ['<";>', '\\<\\"\\;\\>'],
  ['größe', 'größe'],
  ['a\0b', 'a\\00b'],
])('%j in a DN is %s', (value, escaped) => {
  expect(escapeValue(value)).toBe(escaped)
})

describe('the directory is asked', () => {
  test('for the DN that the configuration and the username make, in the way that is configured', async () => {
    for (const [config, security] of [
      [{}, 'none'],
      [{ ldaps: true }, 'tls'],
      [{ start_tls: true }, 'start_tls'],
    ] as const) {
      const { questions, environment } = asked()
      const { reply, exchange } = await ask(createPlugin('ldap-auth', { ...GOOD(), ...config }, environment), header('a,b', 'x:y'))
      expect(reply).toBeUndefined()
      expect(questions).toEqual([`${security} uid=a\\,b,dc=example,dc=com`])
      expect(exchange.credential).toEqual({ id: 'a,b', identifier: 'a,b', fields: {} })
      expect(exchange.requestHeaders.has('authorization')).toBe(false)
    }
  })

  test.each([
    ['an empty password', header('anna', '')],
    ['an empty username', header('', 'x')],
    ['a username with a line feed', header('an\nna', 'x')],
    ['a username of 257 bytes', header('a'.repeat(257), 'x')],
    ['a password of 1025 bytes', header('a', 'x'.repeat(1025))],
    ['bytes that are no UTF-8', { headers: { authorization: `ldap ${Buffer.from([0x61, 0xff, 0x3a, 0x62]).toString('base64')}` } }],
    ['another scheme', header('anna', 'x', 'basic')],
  ])('never about %s', async (_, request) => {
    const { questions, environment } = asked()
    const { reply } = await ask(createPlugin('ldap-auth', GOOD(), environment), request)
    expect(reply).toEqual({ kind: 'error', status: 401, message: 'Unauthorized', headers: { 'WWW-Authenticate': 'LDAP' } })
    expect(questions).toEqual([])
  })

  test('once for an answer that is remembered, until that is over; wrong ones too', async () => {
    for (const outcome of ['accepted', 'refused'] as const) {
      const { questions, environment } = asked(outcome)
      const plugin = createPlugin('ldap-auth', GOOD(), environment)
      for (let turn = 0; turn < 3; turn += 1) await ask(plugin, header('anna', 'x'))
      expect(questions).toHaveLength(1)
      await ask(plugin, header('anna', 'y'))
      expect(questions).toHaveLength(2)
      environment.setNow(environment.clock.nowMs() + 61_000)
      await ask(plugin, header('anna', 'x'))
      expect(questions).toHaveLength(3)
    }
  })

  test('each time where nothing is to be remembered, and after a failure', async () => {
    const { questions, environment } = asked(new Error('away'))
    const plugin = createPlugin('ldap-auth', { ...GOOD(), anonymous: 'guest' }, environment)
    for (let turn = 0; turn < 2; turn += 1) expect((await ask(plugin, header('anna', 'x'))).reply).toMatchObject({ status: 500 })
    expect(questions).toHaveLength(2)
    expect(JSON.stringify(environment.lines)).not.toContain('anna')
    const other = asked()
    const forgets = createPlugin('ldap-auth', { ...GOOD(), cache_ttl: 0 }, other.environment)
    for (let turn = 0; turn < 2; turn += 1) await ask(forgets, header('anna', 'x'))
    expect(other.questions).toHaveLength(2)
  })

  test('by nobody who is settled already', async () => {
    const { questions, environment } = asked()
    const request = { ...header('anna', 'x'), consumer: guest, credential: { id: 'c', identifier: 'c', fields: {} } }
    await ask(createPlugin('ldap-auth', { ...GOOD(), anonymous: 'guest' }, environment), request)
    expect(questions).toEqual([])
  })
})

test('a directory that is busy is answered with 503', async () => {
  expect((await ask(createPlugin('ldap-auth', GOOD(), asked('busy').environment), header('anna', 'x'))).reply).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } })
})

describe('answers that are remembered', () => {
  const question = (password: string, clientIp = '192.0.2.1') => ({ subject: 's', password, clientIp, ttlMs: 60_000 })

  test('are asked for once by all that wait, and by one address at most so often at a time', async () => {
    const verdicts = new Verdicts({ rightMax: 10, wrongMax: 10, perAddressMax: 2 })
    const open = Promise.withResolvers<'accepted'>()
    let questions = 0
    const isRight = (password: string, clientIp?: string) =>
      verdicts.isRight(
        question(password, clientIp),
        () => 0,
        () => {
          questions += 1
          return open.promise
        },
      )
    const waiting = [isRight('a'), isRight('a'), isRight('b')]
    expect(isRight('c')).toBe(BUSY)
    waiting.push(isRight('c', '192.0.2.2'))
    expect(questions).toBe(3)
    open.resolve('accepted')
    expect(await Promise.all(waiting)).toEqual([true, true, true, true])
    expect(isRight('a')).toBe(true)
  })

  test('that were wrong push out none that were right, and there are at most so many', async () => {
    const verdicts = new Verdicts({ rightMax: 1, wrongMax: 2, perAddressMax: 100 })
    let questions = 0
    const isRight = (password: string) =>
      verdicts.isRight(
        question(password),
        () => 0,
        async () => {
          questions += 1
          return password === 'right' ? 'accepted' : 'refused'
        },
      )
    for (const password of ['right', '1', '2', '3', '4']) await isRight(password)
    expect(questions).toBe(5)
    expect(isRight('right')).toBe(true)
    expect(isRight('4')).toBe(false)
    expect(await isRight('1')).toBe(false)
    expect(questions).toBe(6)
  })
})

test('a configuration that cannot be done is refused with its path', () => {
  const good = GOOD()
  expect(problems('ldap-auth', good)).toEqual([])
  expect(problems('ldap-auth', { ...good, ldaps: true, start_tls: true })).toEqual(['start_tls: must be off where ldaps is on: a connection is secured once'])
  for (const [field, value] of Object.entries({
    ldap_host: 'ldap://x',
    ldap_port: 65_536,
    base_dn: '',
    attribute: 'uid=x',
    header_type: 'a b',
    cache_ttl: -1,
    timeout: 60_001,
    keepalive: -1,
    realm: 'ä',
    anonymous: '',
  }))
    expect(problems('ldap-auth', { ...good, [field]: value })[0]).toMatch(new RegExp(`^${field}: `))
})
