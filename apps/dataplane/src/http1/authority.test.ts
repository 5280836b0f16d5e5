import { describe, expect, test } from 'vitest'
import { isAuthority, readAuthority } from './authority.ts'

describe('RFC 3986 3.2.2: a host with or without a port', () => {
  test.each(['a', 'example.com', 'example.com:8080', '127.0.0.1', '[::1]', '[::1]:443', 'a_b', 'xn--bcher-kva.example', 'a:1', '%41'])('%s is one', (text) => {
    expect(isAuthority(text)).toBe(true)
    expect(readAuthority(`Host: ${text}\r\n`, 6, 6 + text.length)).toBe(text)
  })

  test.each(['', ':', ':80', 'a:', 'a:123456', 'user@a', 'a/b', 'a b', 'a?b', 'a#b', '[::1', '::1', 'a\tb', 'a,b c', 'a\u0000'])('%j is none', (text) => {
    expect(isAuthority(text)).toBe(false)
    expect(readAuthority(`Host: ${text}\r\n`, 6, 6 + text.length)).toBeNull()
  })
})

test('a host that was found legal is told from others that share its place', () => {
  const hosts = Array.from({ length: 2_000 }, (_, index) => `h${index % 7}.${index}.example:${index}`)
  for (const host of [...hosts, ...hosts]) {
    expect(readAuthority(host, 0, host.length)).toBe(host)
    const illegal = host.replace(':', ' ')
    expect(readAuthority(illegal, 0, illegal.length)).toBeNull()
  }
})
