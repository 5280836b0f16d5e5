import type { ErrorCode } from '@sluice/shared/errors'
import { describe, expect, test } from 'vitest'
import { fieldNameOf } from './field-name.ts'
import { HeadParser, INCOMPLETE, REFUSED } from './head-parser.ts'

const LIMITS = { headBytesMax: 32 * 1024, fieldsMax: 100, targetBytesMax: 8 * 1024 }
const HOST = 'Host: a\r\n'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')

/** Parses in one piece, and again byte by byte; both must come to the same. */
function parse(text: string, kind: 'request' | 'response' = 'request', limits = LIMITS) {
  const buffer = bytesOf(text)
  const whole = new HeadParser(kind, limits)
  const at = whole.parse(buffer, 0, buffer.length)
  const single = new HeadParser(kind, limits)
  let singleAt = INCOMPLETE
  for (let index = 0; index < buffer.length && singleAt === INCOMPLETE; index++) singleAt = single.parse(buffer, index, index + 1)
  expect({ at: singleAt, head: single.head, error: single.error }).toEqual({ at, head: whole.head, error: whole.error })
  return { at, head: whole.head, error: whole.error }
}

const get = (fields: string, target = '/') => `GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`
const post = (fields: string) => `POST / HTTP/1.1\r\n${HOST}${fields}\r\n`
const answer = (fields: string, line = 'HTTP/1.1 200 OK') => `${line}\r\n${fields}\r\n`

function accepted(text: string, kind: 'request' | 'response' = 'request') {
  const { at, head, error } = parse(text, kind)
  expect(error).toBeNull()
  expect(at).toBe(text.length)
  if (head === null) throw new Error('no head')
  return head
}

type Case = [name: string, text: string, code?: ErrorCode]

const LENGTHS = ['', '-1', '+3', '0x3', '3 3', '3,3', '3, 3', '3;3', '3.0', '1e1', 'abc', '"3"', '3a', '99999999999999999999', '9007199254740993', '3, 4', ',3', '3,']
const CODINGS = ['xchunked', 'chunkedx', '"chunked"', 'chunked;q=1', 'gzip', 'identity', 'identity, chunked', 'gzip, chunked', 'chunked, chunked', 'chunked,', ',chunked', '']
const HOSTS = ['', ' ', 'a b', 'a/b', 'a?b', 'a#b', 'a@b', 'a\\b', 'a:b', 'a:', '::1', '[::1', '[zz]', 'a"b', 'a<b', 'a\x80b', 'a:1:2', 'a, b', '[::1]x', 'a:123456']
const TARGETS = [
  'c',
  '?c',
  '*',
  'a:80',
  'http://',
  'http:///c',
  'http://u@a/c',
  'http://a:/c',
  'http://a:x/c',
  'http://[::1/c',
  'ftp://a/c',
  '/c#f',
  '#',
  '/\x80',
  '/\xc3\xa4',
  '/\x7f',
  '/\0',
  '/\t',
]
const VERSIONS_400 = ['HTTP/11', 'HTTP/1', 'HTTP/1.', 'HTTP/.1', 'HTTP/1.10', 'HTTP/01.1', 'HTTP/1.1.1', 'http/1.1', 'HTTP /1.1', 'HTTP/1.1 ', 'HTTPS/1.1', 'XHTTP/1.1', '']
const CONTROLS = Array.from({ length: 33 }, (_, code) => (code === 32 ? '\x7f' : String.fromCharCode(code))).filter((character) => !'\t'.includes(character))

const REFUSED_REQUESTS: Case[] = [
  ...LENGTHS.map((value): Case => [`RFC 9112 6.2: the length ${JSON.stringify(value)}`, post(`Content-Length: ${value}\r\n`)]),
  ['RFC 9112 6.3: two lengths that differ', post('Content-Length: 3\r\nContent-Length: 4\r\n')],
  ['RFC 9112 6.3: two equal lengths', post('Content-Length: 3\r\ncontent-length: 3\r\n')],
  ['RFC 9112 6.3: length, then coding', post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n')],
  ['RFC 9112 6.3: coding, then length', post('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n')],
  ['RFC 9112 6.3: an unknown coding and a length', post('Transfer-Encoding: gzip\r\nContent-Length: 3\r\n')],
  ...CODINGS.map((value): Case => [`RFC 9112 6.1: the coding ${JSON.stringify(value)}`, post(`Transfer-Encoding: ${value}\r\n`), 'unknown_transfer_coding']),
  ['smuggling TE.TE: a tab behind chunked, which llhttp reads as another coding', post('Transfer-Encoding: chunked\t\r\n')],
  ['smuggling TE.TE: blanks and a tab behind chunked', post('Transfer-Encoding: chunked \t \r\nX: 1\r\n')],
  ['smuggling: a tab behind a length', post('Content-Length: 3\t\r\n')],
  ['RFC 9112 6.1: chunked twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n')],
  ['RFC 9112 6.1: a coding in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`],
  ...HOSTS.map((value): Case => [`RFC 9112 3.2: the Host ${JSON.stringify(value)}`, `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`]),
  ['RFC 9112 3.2: no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['RFC 9112 3.2: two equal Hosts', get('host: a\r\n')],
  ['RFC 9112 3.2: two Hosts in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n'],
  ...TARGETS.map((target): Case => [`RFC 9112 3.2: the target ${JSON.stringify(target)}`, get('', target)]),
  ['RFC 9112 3.2.3: authority-form without a port', `CONNECT a HTTP/1.1\r\n${HOST}\r\n`],
  ['RFC 9112 3.2.3: origin-form with CONNECT', `CONNECT / HTTP/1.1\r\n${HOST}\r\n`],
  ...VERSIONS_400.map((version): Case => [`RFC 9112 2.3: the version ${JSON.stringify(version)}`, `GET / ${version}\r\n${HOST}\r\n`]),
  ...['HTTP/0.9', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/3.0'].map((version): Case => [`RFC 9110 2.5: ${version}`, `GET / ${version}\r\n${HOST}\r\n`, 'http_version_unsupported']),
  ['RFC 9112 3: no target', `GET HTTP/1.1\r\n${HOST}\r\n`],
  ['RFC 9112 3: two blanks after the method', `GET  / HTTP/1.1\r\n${HOST}\r\n`],
  ['RFC 9112 3: two blanks before the version', `GET /  HTTP/1.1\r\n${HOST}\r\n`],
  ['RFC 9112 3: a leading blank', ` GET / HTTP/1.1\r\n${HOST}\r\n`],
  ['RFC 9112 3: a tab for a blank', `GET\t/ HTTP/1.1\r\n${HOST}\r\n`],
  ['RFC 9112 2.2: two empty lines before the request line', `\r\n\r\n${get('')}`],
  ['RFC 9112 2.2: an LF before the request line', `\n${get('')}`],
  ['RFC 9112 2.2: a CR before the request line', `\r${get('')}`],
  ['RFC 9112 2.2: a bare LF ends the request line', `GET / HTTP/1.1\n${HOST}\r\n`],
  ['RFC 9112 2.2: a bare CR ends the request line', `GET / HTTP/1.1\r${HOST}\r\n`],
  ['RFC 9112 2.2: CR CR LF ends the request line', `GET / HTTP/1.1\r\r\n${HOST}\r\n`],
  ['RFC 9112 2.2: a bare LF ends a field', get('X: a\nY: b\r\n')],
  ['RFC 9112 2.2: a bare CR ends a field', get('X: a\rY: b\r\n')],
  ['RFC 9112 2.2: a bare LF ends the head', `GET / HTTP/1.1\r\n${HOST}\n`],
  ['RFC 9112 2.2: CR without LF ends the head', `GET / HTTP/1.1\r\n${HOST}\rX`],
  ['RFC 9112 5.1: a blank before the colon', get('X : y\r\n')],
  ['RFC 9112 5.1: a tab before the colon', get('X\t: y\r\n')],
  ['RFC 9112 5.1: an empty name', get(': y\r\n')],
  ['RFC 9112 5: no colon', get('X\r\n')],
  ['RFC 9112 5.2: a folded line', get('X: a\r\n b\r\n')],
  ['RFC 9112 5.2: a line folded by a tab', get('X: a\r\n\tb\r\n')],
  ['RFC 9112 2.2: a blank before the first field', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n'],
  ...CONTROLS.map((character): Case => [`RFC 9110 5.5: ${JSON.stringify(character)} in a value`, get(`X: a${character}b\r\n`)]),
  ...[...' "(),/;<=>?@[\\]{}\0\x7f\x80\xff'].map((character): Case => [`RFC 9110 5.1: ${JSON.stringify(character)} in a name`, get(`X${character}Y: z\r\n`)]),
  ...[...'"(),/:;<=>?@[\\]{}\0\x80'].map((character): Case => [`RFC 9110 9.1: ${JSON.stringify(character)} in a method`, `GE${character}T / HTTP/1.1\r\n${HOST}\r\n`]),
  ...['Content-Length', 'transfer-encoding', 'HOST', 'close, content-length', 'a b', 'close;x', '"close"'].map(
    (value): Case => [`RFC 9110 7.6.1: Connection says ${value}`, get(`Connection: ${value}\r\n`)],
  ),
  ['limit: 101 fields', get('X: 1\r\n'.repeat(100)), 'head_too_large'],
  ['limit: a head above 32 KiB', get(`X: ${'a'.repeat(33 * 1024)}\r\n`), 'head_too_large'],
  ['limit: a method above 32 KiB', 'A'.repeat(33 * 1024), 'head_too_large'],
  ['limit: a target above 8 KiB', get('', `/${'a'.repeat(8 * 1024)}`), 'uri_too_long'],
  ['limit: a target that does not end', `GET /${'a'.repeat(9 * 1024)}`, 'uri_too_long'],
]

describe('a request is refused', () => {
  test.each(REFUSED_REQUESTS)('%s', (_, text, code = 'bad_request') => {
    expect(parse(text)).toEqual({ at: REFUSED, head: null, error: code })
  })
})

describe('a request is read', () => {
  test('RFC 9112 3: method, target, version and fields', () => {
    const head = accepted('PATCH /a?b=c HTTP/1.0\r\nX-Two: \t b c \t\r\nHost: a.test:80\r\nx-two:\r\n\r\n')
    expect(head).toMatchObject({ method: 'PATCH', target: '/a?b=c', minorVersion: 0, form: 'origin', host: 'a.test:80', fieldCount: 3 })
    expect(head.get('x-two')).toBe('b c')
    expect(head.indexOf(fieldNameOf('x-two'), 1)).toBe(2)
    expect([head.nameAt(0), head.nameAt(2), head.valueAt(2)]).toEqual(['X-Two', 'x-two', ''])
    expect(head.get('x-three')).toBeNull()
  })

  test('RFC 9110 5.5: bytes above 0x7f and tabs in a value stay what they are', () => {
    expect(accepted(get('X: \xe4\t\x80\xff\r\n')).get('x')).toBe('\xe4\t\x80\xff')
  })

  test('RFC 9110 5.1: names that share their hash are told apart', () => {
    const head = accepted(get('^a: 1\r\n~a: 2\r\n'))
    expect([head.get('^a'), head.get('~a')]).toEqual(['1', '2'])
  })

  test('RFC 9112 2.2: one empty line before the request line is passed over', () => {
    expect(accepted(`\r\n${get('')}`).text).toBe(get(''))
  })

  test('RFC 9112 6.2: a length, leading zeros and the greatest one', () => {
    expect(accepted(post('Content-Length: 003\r\n')).contentLength).toBe(3)
    expect(accepted(post('Content-Length: 9007199254740991\r\n')).contentLength).toBe(Number.MAX_SAFE_INTEGER)
    expect(accepted(post('')).contentLength).toBe(-1)
  })

  test('RFC 9112 7: codings compare without case', () => {
    expect(accepted(post('transfer-ENCODING: Chunked \r\n')).isChunked).toBe(true)
  })

  test('RFC 9110 7.6.1: Connection in several lines, with empty elements', () => {
    const head = accepted(get('Connection: X-One , ,close\r\nConnection:keep-alive,x-two\r\n'))
    expect(head).toMatchObject({ hasClose: true, hasKeepAlive: true, connectionOptions: ['x-one', 'x-two'] })
  })

  test('RFC 9110 7.8: an upgrade needs option, field and HTTP/1.1', () => {
    expect(accepted(get('Connection: Upgrade\r\nUpgrade: websocket\r\n')).hasUpgrade).toBe(true)
    expect(accepted(get('Upgrade: websocket\r\n')).hasUpgrade).toBe(false)
    expect(accepted(get('Connection: upgrade\r\n')).hasUpgrade).toBe(false)
    expect(accepted(`GET / HTTP/1.0\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`).hasUpgrade).toBe(false)
  })

  test('RFC 9110 10.1.1: Expect means something in HTTP/1.1 alone', () => {
    expect(accepted(post('Expect: 100-Continue\r\n')).expectsContinue).toBe(true)
    expect(accepted(post('Expect: 200-ok\r\n')).expectsContinue).toBe(false)
    expect(accepted(`POST / HTTP/1.0\r\n${HOST}Expect: 100-continue\r\n\r\n`).expectsContinue).toBe(false)
  })

  test('RFC 9110 10.1.4: TE takes trailers where it lists them', () => {
    expect(accepted(get('TE: gzip;q=0.5, Trailers\r\n')).takesTrailers).toBe(true)
    expect(accepted(get('TE: xtrailers\r\n')).takesTrailers).toBe(false)
  })

  test.each([
    ['GET', 'http://b.test:80/c?d', { form: 'absolute', authority: 'b.test:80', pathStart: 16 }],
    ['GET', 'HTTP://B', { form: 'absolute', authority: 'B', pathStart: 8 }],
    ['GET', 'https://[::1]?q', { form: 'absolute', authority: '[::1]', pathStart: 13 }],
    ['CONNECT', 'a:443', { form: 'authority', authority: 'a:443' }],
    ['OPTIONS', '*', { form: 'asterisk' }],
    ['GET', '//c', { form: 'origin', authority: '', pathStart: 0 }],
  ])('RFC 9112 3.2: %s %s', (method, target, expected) => {
    expect(accepted(`${method} ${target} HTTP/1.1\r\n${HOST}\r\n`)).toMatchObject(expected)
  })

  test('RFC 9112 3.2: HTTP/1.0 may come without Host', () => {
    expect(accepted('GET / HTTP/1.0\r\n\r\n').host).toBe('')
  })

  test('limits: what is exactly as large as it may be is taken', () => {
    const fields = get('X: 1\r\n'.repeat(99))
    expect(accepted(fields).fieldCount).toBe(100)
    expect(accepted(get('', `/${'a'.repeat(8 * 1024 - 1)}`)).target.length).toBe(8 * 1024)
    const filled = get(`X: ${'a'.repeat(32 * 1024 - get('X: \r\n').length)}\r\n`)
    expect(accepted(filled).text.length).toBe(32 * 1024)
    expect(accepted(`\r\n${filled}`).text).toBe(filled)
  })
})

describe('requests on one connection', () => {
  test('heads that follow each other are read in order, and nothing of one is left in the next', () => {
    const first = get('Connection: close\r\nX: 1\r\n')
    const second = 'GET /2 HTTP/1.0\r\n\r\n'
    const buffer = bytesOf(`${first}\r\n${second}`)
    const parser = new HeadParser('request', LIMITS)
    expect(parser.parse(buffer, 0, buffer.length)).toBe(first.length)
    const head = parser.head
    expect(parser.isInside).toBe(false)
    expect(parser.parse(buffer, first.length, buffer.length)).toBe(buffer.length)
    expect(head?.get('x')).toBe('1')
    expect(parser.head).toMatchObject({ target: '/2', host: '', hasClose: false, fieldCount: 0 })
  })

  test('a buffer may be written over after each piece', () => {
    const buffer = Buffer.alloc(1)
    const parser = new HeadParser('request', LIMITS)
    const text = get('X-Split:  v \t \r\n')
    let at = INCOMPLETE
    for (const byte of bytesOf(text)) {
      buffer[0] = byte
      at = parser.parse(buffer, 0, 1)
      expect(parser.isInside).toBe(at === INCOMPLETE)
    }
    expect(at).toBe(1)
    expect(parser.head?.text).toBe(text)
    expect(parser.head?.get('x-split')).toBe('v')
  })

  test('no bytes change nothing, and after a refusal nothing is read', () => {
    const parser = new HeadParser('request', LIMITS)
    expect(parser.parse(Buffer.alloc(0), 0, 0)).toBe(INCOMPLETE)
    expect(parser.isInside).toBe(false)
    expect(parser.parse(bytesOf('\0'), 0, 1)).toBe(REFUSED)
    const buffer = bytesOf(get(''))
    expect(parser.parse(buffer, 0, buffer.length)).toBe(REFUSED)
  })
})

const STATUS_LINES = [
  'HTTP/1.1 99 X',
  'HTTP/1.1 099 X',
  'HTTP/1.1 600 X',
  'HTTP/1.1 999 X',
  'HTTP/1.1 2000 X',
  'HTTP/1.1 20 X',
  'HTTP/1.1 2x0 X',
  'HTTP/1.1  200 X',
  'HTTP/1.1\t200 X',
  'HTTP/1.1 +20 X',
  'HTTP/2.0 200 X',
  'HTTP/1.2 200 X',
  'HTTP/1.10 200 X',
  'http/1.1 200 X',
  'ICY 200 OK',
  '',
  ' HTTP/1.1 200 OK',
  '\r\nHTTP/1.1 200 OK',
  'HTTP/1.1 200 a\0b',
  'HTTP/1.1 200 a\rb',
  'HTTP/1.1 200 a\x7fb',
  'HTTP/1.1',
  'HTTP/1.1 200\tOK',
]

describe('a response is refused', () => {
  test.each([
    ...STATUS_LINES.map((line): [string, string] => [`RFC 9112 4: ${JSON.stringify(line)}`, answer('', line)]),
    ...LENGTHS.map((value): [string, string] => [`RFC 9112 6.2: the length ${JSON.stringify(value)}`, answer(`Content-Length: ${value}\r\n`)]),
    ...CODINGS.map((value): [string, string] => [`RFC 9112 6.1: the coding ${JSON.stringify(value)}`, answer(`Transfer-Encoding: ${value}\r\n`)]),
    ['RFC 9112 6.3: two equal lengths', answer('Content-Length: 3\r\nContent-Length: 3\r\n')],
    ['smuggling TE.TE: a tab behind chunked', answer('Transfer-Encoding: chunked\t\r\n')],
    ['RFC 9112 6.3: length and coding', answer('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n')],
    ['RFC 9112 6.1: a coding in HTTP/1.0', answer('Transfer-Encoding: chunked\r\n', 'HTTP/1.0 200 OK')],
    ['RFC 9110 7.6.1: Connection names framing', answer('Connection: content-length\r\nContent-Length: 3\r\n')],
    ['RFC 9112 5.2: a folded line', answer('X: a\r\n b\r\n')],
    ['RFC 9112 2.2: a bare LF', answer('X: a\nY: b\r\n')],
    ['limit: a head above 32 KiB', answer(`X: ${'a'.repeat(33 * 1024)}\r\n`)],
    ['limit: 101 fields', answer('X: 1\r\n'.repeat(101))],
  ])('%s', (_, text) => {
    expect(parse(text, 'response')).toEqual({ at: REFUSED, head: null, error: 'upstream_invalid_response' })
  })
})

describe('a response is read', () => {
  test.each([
    ['HTTP/1.1 200 OK', 200, 'OK', 1],
    ['HTTP/1.0 404 Not  Found ', 404, 'Not  Found ', 0],
    ['HTTP/1.1 100 ', 100, '', 1],
    ['HTTP/1.1 599', 599, '', 1],
    ['HTTP/1.1 200 \xe4\tb', 200, '\xe4\tb', 1],
  ])('RFC 9112 4: %j', (line, status, reason, minorVersion) => {
    expect(accepted(answer('Server: x\r\n', line), 'response')).toMatchObject({ status, reason, minorVersion, method: '', fieldCount: 1 })
  })

  test('Host has no meaning in a response', () => {
    expect(accepted(answer('Host: a\r\nHost: b c\r\n'), 'response').fieldCount).toBe(2)
  })
})
