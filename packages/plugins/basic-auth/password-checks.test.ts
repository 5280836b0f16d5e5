import { argon2Sync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { BUSY, type Claim, PasswordChecks } from './password-checks.ts'
import { RecentSet } from './recent-set.ts'

const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
const SALT = Buffer.from('salt-of-a-test!!')
const stored = (password: string) =>
  `$argon2id$v=19$m=64,t=1,p=1$${text(SALT)}$${text(argon2Sync('argon2id', { message: password, nonce: SALT, memory: 64, passes: 1, parallelism: 1, tagLength: 32 }))}`

const claim = (password: string, more: Partial<Claim> = {}): Claim => ({
  username: 'anna',
  password: Buffer.from(password),
  stored: stored('right'),
  consumerId: 'id',
  clientIp: '192.0.2.1',
  ...more,
})
const BOUNDS = { rightMax: 2, wrongMax: 2, waitingMax: 8, perAddressMax: 3 }

describe('what came out', () => {
  test('is remembered, right or wrong, and no promise is made for it', async () => {
    const checks = new PasswordChecks()
    expect(await checks.isRight(claim('right'))).toBe(true)
    expect(await checks.isRight(claim('wrong'))).toBe(false)
    expect(checks.isRight(claim('right'))).toBe(true)
    expect(checks.isRight(claim('wrong'))).toBe(false)
  })

  test('is forgotten when the password changes', async () => {
    const checks = new PasswordChecks()
    expect(await checks.isRight(claim('right'))).toBe(true)
    expect(await checks.isRight(claim('right', { stored: stored('new') }))).toBe(false)
    expect(await checks.isRight(claim('new', { stored: stored('new') }))).toBe(true)
  })

  test('is that of the username: two with the same password are two pairs', async () => {
    const checks = new PasswordChecks()
    expect(await checks.isRight(claim('right'))).toBe(true)
    expect(checks.isRight(claim('right', { username: 'bert' }))).toBeInstanceOf(Promise)
  })

  test('of guesses does not push out who is known', async () => {
    const checks = new PasswordChecks(BOUNDS)
    expect(await checks.isRight(claim('right'))).toBe(true)
    for (let guess = 0; guess < 5; guess += 1) expect(await checks.isRight(claim(`guess ${guess}`))).toBe(false)
    expect(checks.isRight(claim('right'))).toBe(true)
  })
})

describe('checks that are open', () => {
  test('are shared by requests with the same pair', async () => {
    const checks = new PasswordChecks(BOUNDS)
    const all = Array.from({ length: 50 }, () => checks.isRight(claim('right')))
    expect(new Set(all).size).toBe(1)
    expect(await all[0]).toBe(true)
  })

  test('are so many of one address at most, and others have their turn', async () => {
    const checks = new PasswordChecks(BOUNDS)
    const open = [0, 1, 2].map((guess) => checks.isRight(claim(`guess ${guess}`)))
    expect(checks.isRight(claim('guess 3'))).toBe(BUSY)
    const other = checks.isRight(claim('right', { clientIp: '192.0.2.2' }))
    expect(await Promise.all(open)).toEqual([false, false, false])
    expect(await other).toBe(true)
    expect(await checks.isRight(claim('guess 3'))).toBe(false)
  })

  test('are so many in all at most, and one that runs', async () => {
    const checks = new PasswordChecks(BOUNDS)
    const outcomes = Array.from({ length: 12 }, (_, index) => checks.isRight(claim(`guess ${index}`, { clientIp: `192.0.2.${index}` })))
    expect(outcomes.map((outcome) => outcome === BUSY)).toEqual([...Array(9).fill(false), ...Array(3).fill(true)])
    await Promise.all(outcomes)
    expect(await checks.isRight(claim('right'))).toBe(true)
  })
})

test('a username that nobody has is checked like one that somebody has, and is never right', async () => {
  const checks = new PasswordChecks()
  const outcome = checks.isRight(claim('right', { stored: null }))
  expect(outcome).toBeInstanceOf(Promise)
  expect(await outcome).toBe(false)
})

test('a set of recent texts keeps those that were asked for last', () => {
  const set = new RecentSet(2)
  set.add('a')
  set.add('b')
  expect(set.has('a')).toBe(true)
  set.add('c')
  expect([set.has('a'), set.has('b'), set.has('c'), set.size]).toEqual([true, false, true, 2])
  set.add('c')
  expect(set.size).toBe(2)
})
