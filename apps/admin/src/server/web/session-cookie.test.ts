import { describe, expect, test } from 'vitest'
import { allowedOrigins } from './origins.ts'
import { cookieName, readCookie, sessionCookie } from './session-cookie.ts'

describe('the session cookie', () => {
  test('over https has the prefix that no other host can set, and goes over https alone', () => {
    expect(sessionCookie('abc', true)).toBe('__Host-sluice_session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure')
    expect(sessionCookie('abc', false)).toBe('sluice_session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800')
  })

  test('is taken away by one that has ended', () => {
    expect(sessionCookie(null, true)).toBe('__Host-sluice_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure')
  })

  test.each([
    [undefined, null],
    ['', null],
    ['sluice_session', null],
    ['sluice_session=', null],
    ['other=1; sluice_session=abc; more=2', 'abc'],
    ['xsluice_session=abc', null],
    ['sluice_session=first; sluice_session=second', 'first'],
    ['__Host-sluice_session=abc', null],
  ])('%s is read as %s', (header, value) => {
    expect(readCookie(header, cookieName(false))).toBe(value)
  })
})

describe('the dashboard may be used from', () => {
  test('the public URL alone where it does not listen on loopback', () => {
    expect([...allowedOrigins('https://gateway.example.com/console', { host: '0.0.0.0', port: 3000 })]).toEqual(['https://gateway.example.com'])
  })

  test('every name of loopback at its port too where it does', () => {
    expect([...allowedOrigins('http://localhost:3000', { host: '127.0.0.1', port: 3000 })]).toEqual(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])
  })
})
