import { BROKEN_OFF, chunked, forwarded, HEAD, post, type RequestCase, refused, shown } from './request-case.ts'

const LENGTHS = [
  '',
  '-1',
  '+3',
  '0x3',
  '3 3',
  '3,3',
  '3, 3',
  '3;3',
  '3.0',
  '1e1',
  'abc',
  '"3"',
  '3a',
  '\x0b3',
  '99999999999999999999',
  '9007199254740993',
  '18446744073709551619',
  '3, 4',
  ',3',
  '3,',
]
const CODINGS: [string, number[]][] = [
  ['xchunked', [400, 501]],
  ['chunkedx', [400, 501]],
  ['"chunked"', [400, 501]],
  ['chunked;q=1', [400, 501]],
  ['chunked;', [400, 501]],
  ['gzip', [400, 501]],
  ['identity', [400, 501]],
  ['identity, chunked', [400, 501]],
  ['chunked, identity', [400, 501]],
  ['gzip, chunked', [400, 501]],
  ['chunked, gzip', [400, 501]],
  ['chunked, chunked', [400, 501]],
  ['chunked,', [400, 501]],
  [',chunked', [400, 501]],
  ['', [400, 501]],
  ['chu\x0bnked', [400]],
  ['\x0bchunked', [400]],
  ['chunked\0', [400]],
  ['chunked\t', [400, 501]],
  ['chunked \t ', [400, 501]],
  ['\xa0chunked', [400, 501]],
  ['c\xfbunked', [400, 501]],
]
const NO_SIZE = ['0x3', '+3', '-3', ' 3', '3 ', '', 'g', '3g', '3,', '3.', 'fffffffffffffffff', '10000000000000003', '3\x0b', '3\0', '"3"']

/** Smuggling: how long a body is has one reading (RFC 9112 6 and 7). */
/** RFC 9110 6.5.1: fields that come too late, or that a server might take for what the gateway says. */
const NO_TRAILERS = [
  ...['Authorization: Basic eA==', 'Proxy-Authorization: x', 'Cookie: a=b', 'X-Consumer-Username: root', 'X-Credential-Identifier: root', 'X-Anonymous-Consumer: true'],
  ...['X-Forwarded-For: 10.0.0.1', 'X-Real-IP: 10.0.0.1', 'Forwarded: for=10.0.0.1', 'X-Sluice-Request-Id: forged', 'Via: 1.1 forged'],
  ...[
    'Cache-Control: no-store',
    'Range: bytes=0-1',
    'If-Match: "a"',
    'Expect: 100-continue',
    'Max-Forwards: 0',
    'TE: gzip',
    'Connection: close',
    'Upgrade: websocket',
    'Trailer: X',
  ],
  ...['Content-Type: text/html', 'Content-Encoding: gzip', 'Content-Range: bytes 0-2/3'],
]

const TRAILERS: RequestCase[] = [
  {
    name: 'RFC 9110 6.5: trailers go on, their announcement too',
    bytes: chunked('3\r\nabc\r\n0\r\nX-Sum:  42 \r\nx-two: b\r\n\r\n', 'Trailer: X-Sum\r\n'),
    verdict: forwarded('POST /c HTTP/1.1', { has: [/^trailer: X-Sum$/im], hasNot: [/^x-(sum|two)/im], body: 'abc', trailers: 'X-Sum: 42\nx-two: b' }),
  },
  {
    name: 'RFC 9110 6.5: trailers without content',
    bytes: chunked('0\r\nX-Sum: 42\r\n\r\n'),
    verdict: forwarded('POST /c HTTP/1.1', { trailers: 'X-Sum: 42' }),
  },
  ...NO_TRAILERS.map(
    (line): RequestCase => ({
      name: `forged, RFC 9110 6.5.1: ${line} as a trailer`,
      bytes: chunked(`3\r\nabc\r\n0\r\nX-Before: 1\r\n${line}\r\n${line.toLowerCase()}\r\nX-Behind: 2\r\n\r\n`),
      verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/^x-(before|behind)/im], body: 'abc', trailers: 'X-Before: 1\nX-Behind: 2' }),
    }),
  ),
]

export const FRAMING_CASES: RequestCase[] = [
  {
    name: 'RFC 9112 6.2: a length',
    bytes: post('Content-Length: 3\r\n', 'abc'),
    verdict: forwarded('POST /c HTTP/1.1', { has: [/^content-length: 3$/im], hasNot: [/^transfer-encoding:/im], body: 'abc' }),
  },
  {
    name: 'RFC 9112 6.2: a length with leading zeros is written anew',
    bytes: post('Content-Length: 003\r\n', 'abc'),
    verdict: forwarded('POST /c HTTP/1.1', { has: [/^content-length: 3$/im], body: 'abc' }),
  },
  { name: 'RFC 9112 6.2: a length of nothing', bytes: post('Content-Length: 0\r\n', ''), verdict: forwarded('POST /c HTTP/1.1', { has: [/^content-length: 0$/im] }) },
  {
    name: 'RFC 9112 6.3: no framing is no body, and goes upstream as a length of nothing',
    bytes: post('', ''),
    verdict: forwarded('POST /c HTTP/1.1', { has: [/^content-length: 0$/im], hasNot: [/^transfer-encoding:/im] }),
  },
  ...LENGTHS.map((length) => ({ name: `smuggling, RFC 9112 6.3: the length ${shown(length)}`, bytes: post(`Content-Length: ${length}\r\n`, 'abc'), verdict: refused() })),
  { name: 'smuggling, RFC 9112 6.3: two lengths that differ', bytes: post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'), verdict: refused() },
  { name: 'smuggling, RFC 9112 6.3: two equal lengths', bytes: post('Content-Length: 3\r\ncontent-length: 3\r\n', 'abc'), verdict: refused() },
  { name: 'smuggling CL.TE: length, then coding', bytes: post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nG'), verdict: refused() },
  { name: 'smuggling TE.CL: coding, then length', bytes: post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'), verdict: refused() },
  { name: 'smuggling TE.TE: two codings', bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), verdict: refused(400, 501) },
  {
    name: 'smuggling TE.TE: chunked and identity in two lines',
    bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'),
    verdict: refused(400, 501),
  },
  { name: 'smuggling TE.TE: a blank before the colon', bytes: post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'), verdict: refused() },
  { name: 'smuggling TE.TE: a folded coding', bytes: post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n'), verdict: refused(400, 501) },
  { name: 'smuggling TE.TE: the name hidden behind a bare LF', bytes: post('X: y\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), verdict: refused() },
  ...CODINGS.map(([coding, statuses]) => ({
    name: `smuggling, RFC 9112 6.1: the coding ${shown(coding)}`,
    bytes: post(`Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n'),
    verdict: refused(...statuses),
  })),
  {
    name: 'RFC 9112 7: codings compare without case',
    bytes: post('Transfer-Encoding: Chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'),
    verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/^content-length:/im], body: 'abc' }),
  },
  { name: 'smuggling, RFC 9112 6.1: a coding in HTTP/1.0', bytes: `POST /c HTTP/1.0\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, verdict: refused() },
  ...['Content-Length', 'Transfer-Encoding', 'Host', 'close, content-length', 'keep-alive, Host'].map((option) => ({
    name: `smuggling, RFC 9110 7.6.1: Connection names framing: ${option}`,
    bytes: post(`Connection: ${option}\r\nContent-Length: 3\r\n`, 'abc'),
    verdict: refused(),
  })),
  {
    name: 'RFC 9112 7.1: chunks are passed on',
    bytes: chunked('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'),
    verdict: forwarded('POST /c HTTP/1.1', { has: [/^transfer-encoding: chunked$/im], body: 'abcde' }),
  },
  {
    name: 'RFC 9112 7.1: sizes in hex of either case',
    bytes: chunked(`A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n`),
    verdict: forwarded('POST /c HTTP/1.1', { body: '01234567890123456789a' }),
  },
  { name: 'RFC 9112 7.1: leading zeros of a size', bytes: chunked('0003\r\nabc\r\n0000\r\n\r\n'), verdict: forwarded('POST /c HTTP/1.1', { body: 'abc' }) },
  { name: 'RFC 9112 7.1: no chunk at all', bytes: chunked('0\r\n\r\n'), verdict: forwarded('POST /c HTTP/1.1', { body: '' }) },
  { name: 'RFC 9112 7.1.1: extensions are removed', bytes: chunked('3;a=b;c="d"\r\nabc\r\n0\r\n\r\n'), verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/a=b/], body: 'abc' }) },
  ...TRAILERS,
  ...NO_SIZE.map((size) => ({ name: `smuggling, RFC 9112 7.1: the chunk size ${shown(size)}`, bytes: chunked(`${size}\r\nabc\r\n0\r\n\r\n`), verdict: BROKEN_OFF })),
  { name: 'smuggling, RFC 9112 7.1: a size that a bare LF ends', bytes: chunked('3\nabc\r\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1: a size that a bare CR ends', bytes: chunked('3\rabc\r\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1: a chunk that is longer than its size', bytes: chunked('3\r\nabcd\r\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1: a chunk that a bare LF ends', bytes: chunked('3\r\nabc\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1: a bare LF in an extension', bytes: chunked('3;a\nb\r\nabc\r\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1.2: a bare LF in a trailer', bytes: chunked('0\r\nX: a\nY: b\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1.2: a trailer without a colon', bytes: chunked('0\r\nX\r\n\r\n'), verdict: BROKEN_OFF },
  ...['Content-Length: 3', 'Transfer-Encoding: chunked'].map((trailer) => ({
    name: `smuggling, RFC 9110 6.5.1: a trailer that frames: ${trailer}`,
    bytes: chunked(`3\r\nabc\r\n0\r\n${trailer}\r\n\r\n`),
    verdict: BROKEN_OFF,
  })),
  {
    name: 'smuggling, RFC 9110 6.5.1: a trailer that addresses',
    bytes: chunked('3\r\nabc\r\n0\r\nHost: b\r\n\r\n'),
    verdict: BROKEN_OFF,
  },
  { name: 'limit: an extension of 64 KiB', bytes: chunked(`3;${'a'.repeat(64 * 1024)}\r\nabc\r\n0\r\n\r\n`), verdict: BROKEN_OFF },
  { name: 'limit: 64 KiB of trailers', bytes: chunked(`0\r\nX: ${'a'.repeat(64 * 1024)}\r\n\r\n`), verdict: BROKEN_OFF },
  {
    name: 'limit: a size with 64 KiB of zeros',
    bytes: chunked(`${'0'.repeat(64 * 1024)}3\r\nabc\r\n0\r\n\r\n`),
    verdict: BROKEN_OFF,
  },
]
