import { forwarded, HEAD, hex, type RequestCase, refused, shown } from './request-case.ts'

const line = (text: string, eol = '\r\n') => `${text}${eol}${HEAD}\r\n`

const VERSIONS: [string, number[]][] = [
  ['HTTP/0.9', [400, 505]],
  ['HTTP/1.2', [400, 505]],
  ['HTTP/2.0', [400, 505]],
  ['HTTP/3.0', [400, 505]],
  ['HTTP/11', [400]],
  ['HTTP/1', [400]],
  ['HTTP/1.', [400]],
  ['HTTP/.1', [400]],
  ['HTTP/1.10', [400]],
  ['HTTP/01.1', [400]],
  ['HTTP/1.1.1', [400]],
  ['http/1.1', [400]],
  ['HTTP /1.1', [400]],
  ['HTTP/ 1.1', [400]],
  ['HTTP/1.1 ', [400]],
  ['HTTPS/1.1', [400]],
  ['XHTTP/1.1', [400]],
  ['', [400]],
]

const SHAPES: [string, string][] = [
  ['no target', 'GET HTTP/1.1'],
  ['a tab for a blank', 'GET\t/c HTTP/1.1'],
  ['a leading blank', ' GET /c HTTP/1.1'],
  ['a method alone', 'GET'],
  ['an empty line of blanks', '   '],
  ['a blank in the target', 'GET /c d HTTP/1.1'],
  ['a form feed for a blank', 'GET\x0c/c HTTP/1.1'],
  ['a vertical tab for a blank', 'GET /c\x0bHTTP/1.1'],
]

/** RFC 9112 3 lets a server take these, and node:http does: the blanks do not reach the origin. The rule of the house is one blank. */
const BLANKS: [string, string][] = [
  ['two blanks after the method', 'GET  /c HTTP/1.1'],
  ['two blanks before the version', 'GET /c  HTTP/1.1'],
]

const METHODS = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'PUT', 'POST', 'PROPFIND', 'REPORT', 'PURGE']
const NO_METHOD_BYTES = [...'"(),/:;<=>?@[\\]{}']

/** RFC 9112 2.2 and 3: the request line has one form. */
export const START_LINE_CASES: RequestCase[] = [
  ...METHODS.map((method) => ({
    name: `RFC 9110 9.1: the method ${method} goes upstream as it is`,
    bytes: `${method} /c HTTP/1.1\r\n${HEAD}Content-Length: 0\r\n\r\n`,
    verdict: forwarded(`${method} /c HTTP/1.1`),
  })),
  { name: 'RFC 9110 9.3.8: TRACE is refused', bytes: line('TRACE /c HTTP/1.1'), verdict: refused(405) },
  { name: 'RFC 9110 9.3.6: CONNECT is refused', bytes: 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', verdict: refused(400, 405) },
  ...VERSIONS.map(([version, statuses]) => ({ name: `RFC 9112 2.3: the version ${shown(version)}`, bytes: line(`GET /c ${version}`), verdict: refused(...statuses) })),
  ...SHAPES.map(([what, text]) => ({ name: `RFC 9112 3: ${what}`, bytes: line(text), verdict: refused() })),
  ...BLANKS.map(([what, text]) => ({ name: `RFC 9112 3: ${what}`, bytes: line(text), verdict: refused() })),
  ...NO_METHOD_BYTES.map((character) => ({ name: `RFC 9110 9.1: ${shown(character)} in a method`, bytes: line(`GE${character}T /c HTTP/1.1`), verdict: refused() })),
  ...['\0', '\x01', '\x1f', '\x7f', '\x80', '\xff'].map((character) => ({
    name: `RFC 9110 9.1: ${hex(character)} in a method`,
    bytes: line(`GE${character}T /c HTTP/1.1`),
    verdict: refused(),
  })),
  { name: 'RFC 9112 2.2: a bare LF ends the request line', bytes: line('GET /c HTTP/1.1', '\n'), verdict: refused() },
  { name: 'RFC 9112 2.2: a bare CR ends the request line', bytes: line('GET /c HTTP/1.1', '\r'), verdict: refused() },
  { name: 'RFC 9112 2.2: CR CR LF ends the request line', bytes: line('GET /c HTTP/1.1', '\r\r\n'), verdict: refused() },
  { name: 'RFC 9112 2.2: an empty line before the request line is passed over', bytes: `\r\n${line('GET /c HTTP/1.1')}`, verdict: forwarded('GET /c HTTP/1.1') },
  { name: 'attack: a TLS greeting on a plain port', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', verdict: refused() },
  { name: 'attack: an HTTP/2 preface where HTTP/2 is off', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', verdict: refused(400, 505) },
  { name: 'attack: an answer in place of a request', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', verdict: refused() },
]
