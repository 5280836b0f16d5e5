import { describe, expect, test } from 'vitest'
import { type CookieSettings, parseCookies, readCookies, removeCookies, Sealer, setCookies } from './sealed-cookie.ts'

const SETTINGS: CookieSettings = { name: 's', path: '/', domain: null, sameSite: 'Lax', secure: true, maxAge: 60 }
const NONE = new Map<string, string>()

/** What a browser sends back after these lines. */
function sentBack(lines: readonly string[], before: ReadonlyMap<string, string> = NONE): Map<string, string> {
  const cookies = new Map(before)
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (line.includes('Max-Age=0')) cookies.delete(name)
    else cookies.set(name, value)
  }
  return cookies
}

describe('a sealed value', () => {
  const sealer = new Sealer('a secret', 'this')

  test('is opened by who knows the secret, for the same purpose alone', () => {
    const sealed = sealer.seal({ a: 'ä' })
    expect(sealer.open(sealed)).toEqual({ a: 'ä' })
    expect(new Sealer('a secret', 'that').open(sealed)).toBeNull()
    expect(new Sealer('another', 'this').open(sealed)).toBeNull()
    expect(sealer.seal({ a: 'ä' })).not.toBe(sealed)
  })

  test('is nothing once a bit of it has changed, and nothing else is one', () => {
    const bytes = Buffer.from(sealer.seal('x'), 'base64url')
    for (let at = 0; at < bytes.byteLength; at += 1) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(sealer.open(changed.toString('base64url'))).toBeNull()
    }
    for (const text of ['', 'x', 'a'.repeat(100), '\u{1f600}']) expect(sealer.open(text)).toBeNull()
  })
})

describe('a value in cookies', () => {
  test.each([0, 1, 3_800, 3_801, 15_200])('of %d characters comes back, in pieces that browsers take', (length) => {
    const value = 'v'.repeat(length)
    const lines = setCookies(SETTINGS, value, NONE) ?? []
    for (const line of lines) expect(line.length).toBeLessThan(4_096)
    expect(readCookies('s', sentBack(lines)) ?? '').toBe(value)
  })

  test('that is longer than four of them is none', () => {
    expect(setCookies(SETTINGS, 'v'.repeat(15_201), NONE)).toBeNull()
  })

  test('that gets shorter leaves nothing of the longer one, and removing removes all', () => {
    const long = sentBack(setCookies(SETTINGS, 'v'.repeat(9_000), NONE) ?? [])
    expect(long.size).toBe(3)
    const short = sentBack(setCookies(SETTINGS, 'w', long) ?? [], long)
    expect([...short]).toEqual([['s', '1.w']])
    expect(sentBack(removeCookies(SETTINGS, long), long).size).toBe(0)
  })

  test('of which a piece is missing is none', () => {
    const cookies = sentBack(setCookies(SETTINGS, 'v'.repeat(9_000), NONE) ?? [])
    cookies.delete('s_2')
    expect(readCookies('s', cookies)).toBeNull()
    for (const text of ['x', '9.x', '0.', '']) expect(readCookies('s', new Map([['s', text]]))).toBeNull()
  })
})

test('of cookies with one name the first counts', () => {
  expect([...parseCookies(['a=1; b = 2;c=3=4', 'a=5; =6;d'])]).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['c', '3=4'],
  ])
})
