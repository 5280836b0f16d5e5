import { shown } from './request-case.ts'
import { abc, line, ok, type ResponseCase, refused, relayed } from './response-case.ts'

const STATUSES = [200, 201, 206, 226, 299, 301, 400, 401, 404, 418, 421, 500, 503, 599]
const NO_STATUS_LINE = [
  'HTTP/1.1 20',
  'HTTP/1.1 2000',
  'HTTP/1.1 2OO OK',
  'HTTP/1.1 -20 OK',
  'HTTP/1.1 +20 OK',
  'HTTP/1.1 000 OK',
  'HTTP/1.1 099 OK',
  'HTTP/1.1 ',
  'HTTP/1.1',
  'HTTP/1.1\t200 OK',
  'HTTP/1.1  200 OK',
  ' HTTP/1.1 200 OK',
  'HTTP/1.1 200\tOK',
  'HTTP/2.0 200 OK',
  'HTTP/0.9 200 OK',
  'HTTP/1 200 OK',
  'HTTP/1.10 200 OK',
  'HTTP/11 200 OK',
  'http/1.1 200 OK',
  'ICY 200 OK',
  '200 OK',
  'GET / HTTP/1.1',
  '<html>',
  'HTTP/1.1 200 O\0K',
  'HTTP/1.1 200 O\x01K',
  'HTTP/1.1 200 O\rK',
  'HTTP/1.1 200 OK\r',
]
const NO_FIELD: [string, string][] = [
  ['NUL in a value', 'X: a\0b'],
  ['0x01 in a value', 'X: a\x01b'],
  ['0x0b in a value', 'X: a\x0bb'],
  ['0x7f in a value', 'X: a\x7fb'],
  ['a bare CR in a value', 'X: a\rb'],
  ['a bare CR before the line end', 'X: a\r'],
  ['a bare LF between fields', 'X: a\nY: b'],
  ['a folded line', 'X: a\r\n b'],
  ['a folded line of a tab', 'X: a\r\n\tb'],
  ['a blank before the colon', 'X : a'],
  ['an empty name', ': a'],
  ['no colon', 'X'],
  ['a blank in a name', 'X Y: a'],
  ['NUL in a name', 'X\0: a'],
  ['a byte above 0x7f in a name', 'X\xe4: a'],
]

/** RFC 9112 4 and 5: the head of an answer has one reading, or nobody gets it. */
export const RESPONSE_HEAD_CASES: ResponseCase[] = [
  ...STATUSES.map(
    (status): ResponseCase => ({ name: `RFC 9112 4: the status ${status}`, bytes: line(`HTTP/1.1 ${status} Reason`), verdict: relayed('abc', { status, reuse: 'yes' }) }),
  ),
  { name: 'RFC 9112 4: an empty reason', bytes: line('HTTP/1.1 200 '), verdict: relayed('abc', { reuse: 'yes' }) },
  { name: 'RFC 9112 4: no reason and no blank', bytes: line('HTTP/1.1 200'), verdict: relayed('abc', { reuse: 'yes' }) },
  { name: 'RFC 9112 4: bytes above 0x7f in the reason', bytes: line('HTTP/1.1 200 \xe4\xf6'), verdict: relayed('abc', { reuse: 'yes' }) },
  ...NO_STATUS_LINE.map((text): ResponseCase => ({ name: `RFC 9112 4: the status line ${shown(text)}`, bytes: line(text), verdict: refused() })),
  ...['600', '999'].map(
    (status): ResponseCase => ({
      name: `RFC 9110 15: the status ${status} is of no class`,
      bytes: line(`HTTP/1.1 ${status} Reason`),
      verdict: refused(),
    }),
  ),
  { name: 'RFC 9112 2.2: a bare LF ends the status line', bytes: 'HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\nabc', verdict: refused() },
  { name: 'RFC 9112 2.2: bare LFs throughout', bytes: 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc', verdict: refused() },
  { name: 'RFC 9112 2.2: a bare LF ends the head', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\nabc', verdict: refused() },
  ...NO_FIELD.map(([what, field]): ResponseCase => ({ name: `RFC 9112 5: ${what}`, bytes: abc(`${field}\r\n`), verdict: refused() })),
  { name: 'limit: a head of an answer above 64 KiB', bytes: abc(`X: ${'a'.repeat(66 * 1024)}\r\n`), verdict: refused() },
  {
    name: 'RFC 9110 5.5: bytes above 0x7f in a value stay what they are',
    bytes: abc('X-High: \xe4\x80\xff\r\n'),
    verdict: relayed('abc', { has: [/^x-high: \xe4\x80\xff$/im], reuse: 'yes' }),
  },
  { name: 'RFC 9110 5.5: an empty value', bytes: abc('X-Empty:\r\n'), verdict: relayed('abc', { has: [/^x-empty: *$/im], reuse: 'yes' }) },
  { name: 'RFC 9110 5.5: blanks around a value are not part of it', bytes: abc('X-Blank: \t a b \t\r\n'), verdict: relayed('abc', { has: [/^x-blank: a b$/im], reuse: 'yes' }) },
  {
    name: 'RFC 9110 5.3: cookies stay in lines of their own',
    bytes: abc('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n'),
    verdict: relayed('abc', { has: [/^set-cookie: a=1\nset-cookie: b=2$/im], reuse: 'yes' }),
  },
  {
    name: 'RFC 9110 7.6.1: what concerns the connection of the upstream ends here',
    bytes: abc('Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-One: 1\r\nX-Two: 2\r\nConnection: X-One\r\n'),
    verdict: relayed('abc', { has: [/^x-two: 2$/im], hasNot: [/^keep-alive: timeout=5$/im, /^proxy-connection:/im, /^upgrade:/im, /^x-one:/im], reuse: 'yes' }),
  },
  { name: 'RFC 9112 9.6: Connection: close of an upstream', bytes: abc('Connection: close\r\n'), verdict: relayed('abc', { reuse: 'no' }) },
  { name: 'RFC 9112 9.3: HTTP/1.0 of an upstream', bytes: line('HTTP/1.0 200 OK'), verdict: relayed('abc', { reuse: 'no' }) },
  {
    name: 'response splitting: a line break that is escaped stays escaped',
    bytes: abc('Location: /%0d%0aX-Injected:%201\r\n'),
    verdict: relayed('abc', { has: [/^location: \/%0d%0aX-Injected:%201$/im], hasNot: [/^x-injected/im] }),
  },
  { name: 'RFC 9112 6.3: an answer of nothing but a head', bytes: ok('Content-Length: 0\r\n'), verdict: relayed('', { reuse: 'yes' }) },
]
