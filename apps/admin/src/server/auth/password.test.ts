import { expect, test } from 'vitest'
import { hashPassword, PASSWORD_LENGTH, passwordProblem, verifyAgainstNothing, verifyPassword } from './password.ts'

test.each(['correct horse battery', 'seven small boats at sea', 'Tr0ubadour & three', 'kitchen-table-17-pine', 'ein Fahrrad im Regen', 'зелёный чемодан 42', 'x8#Kq2!vRt9z'])(
  '%s is good',
  (password) => {
    expect(passwordProblem(password, 'ada@example.com')).toBeNull()
  },
)

test.each([
  ['', 'at least 12'],
  ['elevenchars', 'at least 12'],
  ['x1'.repeat(PASSWORD_LENGTH.max), 'at most 128'],
  ['aaaaaaaaaaaa', 'few characters'],
  ['121212121212', 'few characters'],
  ['password1234', 'first that are tried'],
  ['P@ssw0rd!234', 'first that are tried'],
  ['passwordpassword', 'first that are tried'],
  ['qwertyuiopasdf', 'first that are tried'],
  ['1qaz2wsx3edc', 'first that are tried'],
  ['zxcvbnm12345', 'first that are tried'],
  ['abcdefghijkl', 'first that are tried'],
  ['987654321000', 'first that are tried'],
  ['trustno1trustno1', 'first that are tried'],
  ['iloveyou1234', 'first that are tried'],
  ['administrator', 'first that are tried'],
  ['Welcome-2026', 'first that are tried'],
  ['xyzabxyzabxyzab', 'first that are tried'],
  ['ada@example.com', 'first that are tried'],
  ['Ada@Example.com1', 'first that are tried'],
])('%s is refused', (password, reason) => {
  expect(passwordProblem(password, 'ada@example.com')).toContain(reason)
})

test('the name of the account is no password with a few digits after it', () => {
  expect(passwordProblem('gracehopper2026', 'gracehopper@example.com')).toContain('first that are tried')
})

test('a hash verifies its own password alone, and broken hashes verify none', async () => {
  const stored = await hashPassword('correct horse battery')
  expect(await verifyPassword(stored, 'correct horse battery')).toBe(true)
  expect(await verifyPassword(stored, 'correct horse batterx')).toBe(false)
  expect(await verifyPassword('not a hash', 'correct horse battery')).toBe(false)
  expect(await verifyAgainstNothing('correct horse battery')).toBe(false)
})
