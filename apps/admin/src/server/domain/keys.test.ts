import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SecretKeys } from './keys.ts'
import { redactPair, sealImported, toNodeForm, toPlainForm } from './secrets.ts'

const keys = new SecretKeys('for tests alone and in no way secret')
const others = new SecretKeys('another one, just as long as the first')

test('what is sealed is unsealed as it was, and never twice the same text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (plain) => {
      const sealed = keys.seal(plain)
      expect(keys.unseal(sealed)).toBe(plain)
      expect(keys.seal(plain)).not.toBe(sealed)
    }),
  )
})

test('another key, an altered text and a plain one are refused', () => {
  const sealed = keys.seal('a secret')
  expect(() => others.unseal(sealed)).toThrow(/SLUICE_SECRET_KEY/)
  expect(() => keys.unseal('a secret')).toThrow('not a sealed value')
  const bytes = Buffer.from(sealed.split(':')[2] ?? '', 'base64url')
  for (const position of [0, 12, bytes.length - 1]) {
    const altered = Buffer.from(bytes)
    altered[position] = (altered[position] ?? 0) ^ 1
    expect(() => keys.unseal(`sealed:${keys.identity.key_id}:${altered.toString('base64url')}`)).toThrow()
  }
})

test('a key is known by what names it, and that does not tell it', () => {
  expect(new SecretKeys('for tests alone and in no way secret').identity).toEqual(keys.identity)
  expect(others.identity).not.toEqual(keys.identity)
  expect(JSON.stringify(keys.identity)).not.toContain('tests')
})

const entity = { id: '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10', username: 'a', secret: 'plain' }

test('a plain secret is sealed on import, and keeps its sealed form where it is the same', () => {
  const first = sealImported({ type: 'hmacauth_credential', entity }, undefined, keys).entity
  expect(first.secret).toMatch(/^sealed:/)
  expect(sealImported({ type: 'hmacauth_credential', entity }, first, keys).entity).toEqual(first)
  expect(sealImported({ type: 'hmacauth_credential', entity: { ...entity, secret: 'other' } }, first, keys).entity.secret).not.toBe(first.secret)
  expect(sealImported({ type: 'hmacauth_credential', entity: first }, undefined, keys).entity).toEqual(first)
  expect(toNodeForm('hmacauth_credential', first, keys)).toEqual(entity)
})

test('a plain secret may begin like a sealed one', () => {
  const odd = { ...entity, secret: `sealed:${keys.identity.key_id}:AAAA` }
  const sealed = sealImported({ type: 'hmacauth_credential', entity: odd }, undefined, keys).entity
  expect(toNodeForm('hmacauth_credential', sealed, keys)).toEqual(odd)
  expect(toPlainForm('hmacauth_credential', odd, keys)).toEqual(odd)
})

test('a change of a secret says that it changed, and nothing else', () => {
  const pair = redactPair('hmacauth_credential', entity, { ...entity, secret: 'other', username: 'b' })
  expect(pair).toEqual({ before: { ...entity, secret: '(former secret)' }, after: { ...entity, secret: '(new secret)', username: 'b' } })
  expect(redactPair('hmacauth_credential', null, entity)).toEqual({ before: null, after: { ...entity, secret: '' } })
})
