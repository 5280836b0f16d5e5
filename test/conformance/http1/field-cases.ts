import { forwarded, get, HEAD, hex, type RequestCase, refused, shown } from './request-case.ts'

const CONTROLS = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).filter((character) => !'\t\n\r'.includes(character))
const NO_TOKEN = [...' "(),/;<=>?@[\\]{}']

const HOSTS_REFUSED = [
  '',
  ' ',
  'a b',
  'a/b',
  'a?b',
  'a#b',
  'a@b',
  'a\\b',
  'a:b',
  'a:',
  '::1',
  '[::1',
  '[zz]',
  'a"b',
  'a<b',
  'a\x80b',
  'a:1:2',
  'a, b',
  '[::1]x',
  'a^b',
  'a|b',
  'a`b',
]
const HOSTS_TAKEN = ['a', 'A.Test', 'a.test:8080', '127.0.0.1', '[::1]', '[::1]:80', 'a-b.c_d', 'xn--bcher-kva.test']

const escaped = (text: string) => text.replace(/[.[\]]/g, '\\$&')

/** RFC 9112 5 and RFC 9110 5: field lines have one reading. */
export const FIELD_CASES: RequestCase[] = [
  ...[...CONTROLS, '\x7f'].map((character) => ({ name: `RFC 9110 5.5: ${hex(character)} in a value`, bytes: get(`X: a${character}b\r\n`), verdict: refused() })),
  ...NO_TOKEN.map((character) => ({ name: `RFC 9110 5.1: ${shown(character)} in a name`, bytes: get(`X${character}Y: z\r\n`), verdict: refused() })),
  ...['\0', '\x01', '\x0b', '\x7f', '\x80', '\xff'].map((character) => ({
    name: `RFC 9110 5.1: ${hex(character)} in a name`,
    bytes: get(`X${character}Y: z\r\n`),
    verdict: refused(),
  })),
  { name: 'RFC 9112 5.1: a blank before the colon', bytes: get('X : y\r\n'), verdict: refused() },
  { name: 'RFC 9112 5.1: a tab before the colon', bytes: get('X\t: y\r\n'), verdict: refused() },
  { name: 'RFC 9112 5.1: an empty name', bytes: get(': y\r\n'), verdict: refused() },
  { name: 'RFC 9112 5: no colon', bytes: get('X\r\n'), verdict: refused() },
  { name: 'RFC 9112 2.2: a blank before the first field', bytes: 'GET /c HTTP/1.1\r\n Host: a\r\n\r\n', verdict: refused() },
  { name: 'RFC 9112 5.2: a folded line that begins with a blank', bytes: get('X: a\r\n b\r\n'), verdict: refused() },
  { name: 'RFC 9112 5.2: a folded line that begins with a tab', bytes: get('X: a\r\n\tb\r\n'), verdict: refused() },
  { name: 'RFC 9112 5.2: a folded line of nothing', bytes: get('X: a\r\n \r\n'), verdict: refused() },
  { name: 'RFC 9112 2.2: a bare LF ends a field', bytes: get('X: a\nY: b\r\n'), verdict: refused() },
  { name: 'RFC 9112 2.2: a bare CR ends a field', bytes: get('X: a\rY: b\r\n'), verdict: refused() },
  { name: 'RFC 9112 2.2: a bare CR at the end of a value', bytes: get('X: a\r\r\n'), verdict: refused() },
  { name: 'RFC 9112 2.2: a bare LF ends the head', bytes: `GET /c HTTP/1.1\r\n${HEAD}\n`, verdict: refused() },
  { name: 'RFC 9112 2.2: bare LFs throughout', bytes: 'GET /c HTTP/1.1\nHost: a\n\n', verdict: refused() },
  { name: 'RFC 9110 5.5: an empty value goes upstream', bytes: get('X-Empty:\r\n'), verdict: forwarded('GET /c HTTP/1.1', { has: [/^x-empty: *$/im] }) },
  { name: 'RFC 9110 5.5: blanks around a value are not part of it', bytes: get('X-Blank: \t a b \t\r\n'), verdict: forwarded('GET /c HTTP/1.1', { has: [/^x-blank: a b$/im] }) },
  { name: 'RFC 9110 5.5: a tab in a value stays', bytes: get('X-Tab: a\tb\r\n'), verdict: forwarded('GET /c HTTP/1.1', { has: [/^x-tab: a\tb$/im] }) },
  {
    name: 'RFC 9110 5.5: bytes above 0x7f in a value stay what they are',
    bytes: get('X-High: \xe4\x80\xff\r\n'),
    verdict: forwarded('GET /c HTTP/1.1', { has: [/^x-high: \xe4\x80\xff$/im] }),
  },
  {
    name: 'RFC 9110 5.3: repeated fields stay in their order',
    bytes: get('X-R: 1\r\nX-R: 2\r\n'),
    verdict: forwarded('GET /c HTTP/1.1', { has: [/^x-r: 1\nx-r: 2$/im] }),
  },
  ...HOSTS_REFUSED.map((host) => ({ name: `RFC 9110 7.2: the Host ${shown(host)}`, bytes: `GET /c HTTP/1.1\r\nHost: ${host}\r\n\r\n`, verdict: refused() })),
  ...HOSTS_TAKEN.map((host) => ({
    name: `RFC 9110 7.2: the Host ${shown(host)}`,
    bytes: `GET /c HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    verdict: forwarded('GET /c HTTP/1.1', { has: [new RegExp(`^x-forwarded-host: ${escaped(host.replace(/:\d+$/, ''))}$`, 'im')] }),
  })),
  { name: 'RFC 9112 3.2: no Host', bytes: 'GET /c HTTP/1.1\r\n\r\n', verdict: refused() },
  { name: 'RFC 9112 3.2: two Hosts', bytes: 'GET /c HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', verdict: refused() },
  { name: 'RFC 9112 3.2: two equal Hosts', bytes: 'GET /c HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', verdict: refused() },
  {
    name: 'limit: 100 fields',
    bytes: get(Array.from({ length: 99 }, (_, index) => `X-${index}: 1\r\n`).join('')),
    verdict: forwarded('GET /c HTTP/1.1', { has: [/^x-98: 1$/im] }),
  },
  { name: 'limit: a head of 31 KiB', bytes: get(`X-Long: ${'a'.repeat(31 * 1024)}\r\n`), verdict: forwarded('GET /c HTTP/1.1', { has: [/^x-long: a{31744}$/im] }) },
  { name: 'limit: 101 fields', bytes: get(Array.from({ length: 100 }, (_, index) => `X-${index}: 1\r\n`).join('')), verdict: refused(431) },
  { name: 'limit: a head above 32 KiB', bytes: get(`X: ${'a'.repeat(33 * 1024)}\r\n`), verdict: refused(431) },
  { name: 'limit: a name above 32 KiB', bytes: get(`${'a'.repeat(33 * 1024)}: 1\r\n`), verdict: refused(431) },
]
