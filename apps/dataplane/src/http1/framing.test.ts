import { expect, test } from 'vitest'
import { isInterim, keepsConnection, requestFraming, responseFraming } from './framing.ts'
import { type HeadKind, HeadParser } from './head-parser.ts'

function read(kind: HeadKind, text: string) {
  const buffer = Buffer.from(text, 'latin1')
  const parser = new HeadParser(kind, { headBytesMax: 32 * 1024, fieldsMax: 100, targetBytesMax: 8 * 1024 })
  parser.parse(buffer, 0, buffer.length)
  if (parser.head === null) throw new Error(`refused: ${parser.error}`)
  return parser.head
}

const request = (fields: string, version = '1.1') => read('request', `POST / HTTP/${version}\r\nHost: a\r\n${fields}\r\n`)
const response = (status: number, fields: string, version = '1.1') => read('response', `HTTP/${version} ${status} X\r\n${fields}\r\n`)

test.each([
  ['', 'none'],
  ['Content-Length: 0\r\n', 'none'],
  ['Content-Length: 1\r\n', 'length'],
  ['Transfer-Encoding: chunked\r\n', 'chunked'],
])('RFC 9112 6.3: the body of a request with %j is %s', (fields, framing) => {
  expect(requestFraming(request(fields))).toBe(framing)
})

test.each([
  ['', 'until_close'],
  ['Content-Length: 0\r\n', 'none'],
  ['Content-Length: 1\r\n', 'length'],
  ['Transfer-Encoding: chunked\r\n', 'chunked'],
])('RFC 9112 6.3: the body of a response with %j is %s', (fields, framing) => {
  for (const status of [200, 206, 205, 400, 500, 599]) expect(responseFraming(response(status, fields), 'GET')).toBe(framing)
  expect(responseFraming(response(200, fields), 'HEAD')).toBe('none')
  for (const status of [100, 101, 103, 199, 204, 304]) expect(responseFraming(response(status, fields), 'GET')).toBe('none')
  expect(responseFraming(response(200, fields), 'CONNECT')).toBe('none')
  expect(responseFraming(response(400, fields), 'CONNECT')).toBe(framing)
})

test('RFC 9110 15.2: 1xx is interim', () => {
  expect([100, 101, 103, 199].every((status) => isInterim(response(status, '')))).toBe(true)
  expect([200, 204, 304, 500].some((status) => isInterim(response(status, '')))).toBe(false)
})

test.each([
  ['1.1', '', true],
  ['1.1', 'Connection: close\r\n', false],
  ['1.1', 'Connection: keep-alive, close\r\n', false],
  ['1.0', '', false],
  ['1.0', 'Connection: keep-alive\r\n', true],
  ['1.0', 'Connection: close, Keep-Alive\r\n', false],
])('RFC 9112 9.3: HTTP/%s with %j keeps its connection: %s', (version, fields, keeps) => {
  expect(keepsConnection(request(fields, version))).toBe(keeps)
  expect(keepsConnection(response(200, fields, version))).toBe(keeps)
})
