import { expect, test } from 'vitest'
import { PasswordHashes } from './password-hashes.ts'

test('a password keeps its hash while it stands at the same credential', async () => {
  const hashes = new PasswordHashes()
  const first = hashes.begin()
  const stored = await first.hash('secret', 'a')
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(await first.hash('secret', 'b')).not.toBe(stored)
  first.finish()
  const second = hashes.begin()
  expect(await second.hash('secret', 'a')).toBe(stored)
  expect(await second.hash('changed', 'a')).not.toBe(stored)
})

test('what a document that was refused or replaced had is not kept', async () => {
  const hashes = new PasswordHashes()
  const refused = await hashes.begin().hash('secret', 'a')
  const second = hashes.begin()
  const stored = await second.hash('secret', 'a')
  expect(stored).not.toBe(refused)
  second.finish()
  hashes.begin().finish()
  expect(await hashes.begin().hash('secret', 'a')).not.toBe(stored)
})
