import { shown } from './request-case.ts'
import { abc, BROKEN_OFF, chunks, ok, type ResponseCase, refused, relayed } from './response-case.ts'

const LENGTHS = ['', '-1', '+3', '0x3', '3 3', '3,3', '3, 3', '3, 4', '3.0', 'abc', '3a', '99999999999999999999', '18446744073709551619']
const CODINGS = ['xchunked', 'gzip', 'identity', 'chunked, identity', 'chunked, chunked', 'gzip, chunked', '"chunked"', 'chunked;q=1', '', '\x0bchunked', 'chunked,']
const NO_SIZE = ['0x3', '+3', '-3', '', 'g', '3g', '3,', 'fffffffffffffffff', '10000000000000003', '3\0']

/** RFC 9112 6.3: answers that end with the head, whatever their fields say. */
const WITHOUT_BODY: ResponseCase[] = [
  {
    name: 'RFC 9110 9.3.2: HEAD with the length of the GET',
    method: 'HEAD',
    bytes: ok('Content-Length: 3\r\n'),
    verdict: relayed('', { has: [/^content-length: 3$/im], reuse: 'yes' }),
  },
  { name: 'RFC 9110 9.3.2: HEAD with a coding', method: 'HEAD', bytes: chunks(''), verdict: relayed('') },
  { name: 'RFC 9110 9.3.2: HEAD without framing', method: 'HEAD', bytes: ok(''), verdict: relayed('') },
  { name: 'queue poisoning, RFC 9110 9.3.2: HEAD with a body', method: 'HEAD', bytes: abc(), verdict: relayed('', { reuse: 'no' }) },
  {
    name: 'queue poisoning, RFC 9110 9.3.2: HEAD with an answer as its body',
    method: 'HEAD',
    bytes: ok('Content-Length: 41\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nevil'),
    verdict: relayed('', { reuse: 'no' }),
  },
  { name: 'RFC 9110 15.3.5: 204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', verdict: relayed('', { status: 204, hasNot: [/^transfer-encoding:/im], reuse: 'yes' }) },
  {
    name: 'queue poisoning, RFC 9110 15.3.5: 204 with a body',
    bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc',
    verdict: relayed('', { status: 204, reuse: 'no' }),
  },
  {
    name: 'queue poisoning, RFC 9110 15.3.5: 204 with chunks',
    bytes: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    verdict: relayed('', { status: 204, hasNot: [/^transfer-encoding:/im], reuse: 'no' }),
  },
  {
    name: 'RFC 9110 15.4.5: 304 with the length of the 200',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\nETag: "a"\r\n\r\n',
    verdict: relayed('', { status: 304, has: [/^etag: "a"$/im], reuse: 'yes' }),
  },
  {
    name: 'queue poisoning, RFC 9110 15.4.5: 304 with a body',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nabc',
    verdict: relayed('', { status: 304, reuse: 'no' }),
  },
  { name: 'RFC 9110 15.3.6: 205 of no length', bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', verdict: relayed('', { status: 205, reuse: 'yes' }) },
]

const INTERIM: ResponseCase[] = [
  { name: 'RFC 8297: 103, then 200', bytes: `HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n${abc()}`, verdict: relayed('abc', { interim: [103], reuse: 'yes' }) },
  { name: 'RFC 9110 15.2.1: a 100 that nobody waits for', bytes: `HTTP/1.1 100 Continue\r\n\r\n${abc()}`, verdict: relayed('abc', { reuse: 'yes' }) },
  { name: 'RFC 9110 15.2: 102, then 200', bytes: `HTTP/1.1 102 Processing\r\n\r\n${abc()}`, verdict: relayed('abc', { reuse: 'yes' }) },
  { name: 'RFC 9110 15.2: an interim status that nobody knows, then 200', bytes: `HTTP/1.1 199 Later\r\n\r\n${abc()}`, verdict: relayed('abc', { reuse: 'yes' }) },
  {
    name: 'RFC 9110 15.2: several interim answers',
    bytes: `${'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(3)}${abc()}`,
    verdict: relayed('abc', { interim: [103, 103, 103], reuse: 'yes' }),
  },
  { name: 'limit: interim answers without end', bytes: `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(40)}${abc()}`, verdict: refused() },
  {
    name: 'smuggling, RFC 9110 15.2.2: 101 that was not asked for',
    bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    verdict: refused(),
  },
  { name: 'smuggling, RFC 9110 15.2.2: 101 without Upgrade', bytes: `HTTP/1.1 101 Switching Protocols\r\n\r\n${abc()}`, verdict: refused() },
  { name: 'RFC 9112 8: the upstream ends after an interim answer', bytes: 'HTTP/1.1 103 Early Hints\r\n\r\n', ending: 'end', verdict: refused() },
  { name: 'smuggling: a fault in the answer behind an interim one', bytes: 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nX : y\r\n\r\n', verdict: refused() },
]

/** RFC 9112 8: what breaks off is never passed on as whole. */
const TRUNCATED: ResponseCase[] = [
  ...(['end', 'reset'] as const).flatMap((ending): ResponseCase[] => [
    { name: `RFC 9112 8: ${ending} before the first byte`, bytes: '', ending, verdict: refused() },
    { name: `RFC 9112 8: ${ending} in the status line`, bytes: 'HTTP/1.1 20', ending, verdict: refused() },
    { name: `RFC 9112 8: ${ending} in the fields`, bytes: 'HTTP/1.1 200 OK\r\nContent-Le', ending, verdict: refused() },
    { name: `RFC 9112 8: ${ending} before the end of the head`, bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n', ending, verdict: refused() },
    { name: `RFC 9112 8: ${ending} before the body`, bytes: ok('Content-Length: 3\r\n'), ending, verdict: BROKEN_OFF },
    { name: `RFC 9112 8: ${ending} in a body of known length`, bytes: ok('Content-Length: 3\r\n', 'ab'), ending, verdict: BROKEN_OFF },
    { name: `RFC 9112 8: ${ending} in the size of a chunk`, bytes: chunks('3'), ending, verdict: BROKEN_OFF },
    { name: `RFC 9112 8: ${ending} in a chunk`, bytes: chunks('3\r\nab'), ending, verdict: BROKEN_OFF },
    { name: `RFC 9112 8: ${ending} between chunks`, bytes: chunks('3\r\nabc\r\n'), ending, verdict: BROKEN_OFF },
    { name: `RFC 9112 8: ${ending} behind the last size`, bytes: chunks('3\r\nabc\r\n0\r\n'), ending, verdict: BROKEN_OFF },
    { name: `RFC 9112 8: ${ending} in a trailer`, bytes: chunks('3\r\nabc\r\n0\r\nX: y\r\n'), ending, verdict: BROKEN_OFF },
  ]),
  { name: 'RFC 9112 8: reset in a body that lasts until close', bytes: ok('', 'abc'), ending: 'reset', verdict: BROKEN_OFF },
]

const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'
const EXTRA: ResponseCase[] = [
  { name: 'queue poisoning: a byte behind the length', bytes: `${abc()}d`, verdict: relayed('abc', { reuse: 'no' }) },
  { name: 'queue poisoning: a line end behind the length', bytes: `${abc()}\r\n`, verdict: relayed('abc', { reuse: 'no' }) },
  { name: 'queue poisoning: an answer behind the length', bytes: abc() + EVIL, verdict: relayed('abc', { reuse: 'no' }) },
  { name: 'queue poisoning: an answer behind the last chunk', bytes: chunks('3\r\nabc\r\n0\r\n\r\n') + EVIL, verdict: relayed('abc', { reuse: 'no' }) },
  { name: 'queue poisoning: an answer behind 204', bytes: `HTTP/1.1 204 No Content\r\n\r\n${EVIL}`, verdict: relayed('', { status: 204, reuse: 'no' }) },
  { name: 'queue poisoning: an answer behind 304', bytes: `HTTP/1.1 304 Not Modified\r\n\r\n${EVIL}`, verdict: relayed('', { status: 304, reuse: 'no' }) },
  { name: 'queue poisoning: an answer on an idle connection', bytes: abc(), afterwards: EVIL, verdict: relayed('abc', { reuse: 'no' }) },
  { name: 'queue poisoning: a byte on an idle connection', bytes: abc(), afterwards: 'H', verdict: relayed('abc', { reuse: 'no' }) },
  {
    name: 'queue poisoning: 408 on an idle connection',
    bytes: abc(),
    afterwards: 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n',
    verdict: relayed('abc', { reuse: 'no' }),
  },
]

const TE = 'TE: trailers\r\nConnection: TE\r\n'
/** RFC 9110 6.5.1: fields that come too late to be heeded, or that would be heeded too late. */
const NO_TRAILERS = [
  'Set-Cookie: a=b',
  'WWW-Authenticate: Basic',
  'Location: /',
  'Cache-Control: no-store',
  'Content-Type: text/html',
  'Content-Encoding: gzip',
  'Connection: close',
  'Trailer: X',
  'Via: 1.1 x',
]

const TRAILERS: ResponseCase[] = [
  {
    name: 'RFC 9110 6.5.1: trailers go to a client that asks for them, their announcement too',
    asks: TE,
    bytes: chunks('3\r\nabc\r\n0\r\nX-Sum:  42 \r\nx-two: b\r\n\r\n', 'Trailer: X-Sum\r\n'),
    verdict: relayed('abc', { has: [/^trailer: X-Sum$/im], hasNot: [/x-two/i], trailers: 'X-Sum: 42\nx-two: b', reuse: 'yes' }),
  },
  { name: 'RFC 9110 6.5: trailers without content', asks: TE, bytes: chunks('0\r\nX-Sum: 42\r\n\r\n'), verdict: relayed('', { trailers: 'X-Sum: 42', reuse: 'yes' }) },
  {
    name: 'RFC 9112 7.1.2: none are announced where the answer has a length',
    asks: TE,
    bytes: ok('Content-Length: 3\r\nTrailer: X-Sum\r\n', 'abc'),
    verdict: relayed('abc', { hasNot: [/^trailer:/im], reuse: 'yes' }),
  },
  ...NO_TRAILERS.map(
    (line): ResponseCase => ({
      name: `RFC 9110 6.5.1: ${line} as a trailer`,
      asks: TE,
      bytes: chunks(`3\r\nabc\r\n0\r\nX-Before: 1\r\n${line}\r\nX-Behind: 2\r\n\r\n`),
      verdict: relayed('abc', { trailers: 'X-Before: 1\nX-Behind: 2', reuse: 'yes' }),
    }),
  ),
  ...['Content-Length: 3', 'Transfer-Encoding: chunked', 'Host: a'].map(
    (line): ResponseCase => ({
      name: `smuggling, RFC 9110 6.5.1: a trailer that frames or addresses: ${line}`,
      asks: TE,
      bytes: chunks(`3\r\nabc\r\n0\r\n${line}\r\n\r\n`),
      verdict: BROKEN_OFF,
    }),
  ),
  { name: 'smuggling, RFC 9112 7.1.2: a bare CR in a trailer', asks: TE, bytes: chunks('3\r\nabc\r\n0\r\nX: a\rb\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'limit: 64 KiB of trailers', asks: TE, bytes: chunks(`3\r\nabc\r\n0\r\nX: ${'a'.repeat(64 * 1024)}\r\n\r\n`), verdict: BROKEN_OFF },
]

/** RFC 9112 6 and 7: how long an answer is has one reading. */
export const RESPONSE_BODY_CASES: ResponseCase[] = [
  { name: 'RFC 9112 6.2: a length', bytes: abc(), verdict: relayed('abc', { has: [/^content-length: 3$/im], reuse: 'yes' }) },
  { name: 'RFC 9112 6.2: a length with leading zeros', bytes: ok('Content-Length: 003\r\n', 'abc'), verdict: relayed('abc') },
  { name: 'RFC 9112 6.3: until the connection closes', bytes: ok('', 'abc'), ending: 'end', verdict: relayed('abc', { reuse: 'no' }) },
  { name: 'RFC 9112 6.3: until the connection closes, in HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\n\r\nabc', ending: 'end', verdict: relayed('abc', { reuse: 'no' }) },
  ...LENGTHS.map(
    (length): ResponseCase => ({ name: `smuggling, RFC 9112 6.3: the length ${shown(length)}`, bytes: ok(`Content-Length: ${length}\r\n`, 'abc'), verdict: refused() }),
  ),
  { name: 'smuggling, RFC 9112 6.3: two lengths that differ', bytes: ok('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'), verdict: refused() },
  { name: 'smuggling, RFC 9112 6.3: two equal lengths', bytes: ok('Content-Length: 3\r\ncontent-length: 3\r\n', 'abc'), verdict: refused() },
  { name: 'smuggling, RFC 9112 6.3: length, then coding', bytes: chunks('3\r\nabc\r\n0\r\n\r\n', 'Content-Length: 3\r\n'), verdict: refused() },
  { name: 'smuggling, RFC 9112 6.3: coding, then length', bytes: ok('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', '3\r\nabc\r\n0\r\n\r\n'), verdict: refused() },
  { name: 'smuggling, RFC 9112 6.1: two codings', bytes: chunks('3\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: chunked\r\n'), verdict: refused() },
  { name: 'smuggling, RFC 9112 6.1: a coding in HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n', ending: 'end', verdict: refused() },
  { name: 'smuggling, RFC 9112 6.1: a folded coding', bytes: ok('Transfer-Encoding:\r\n chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'), ending: 'end', verdict: refused() },
  ...CODINGS.map(
    (coding): ResponseCase => ({
      name: `smuggling, RFC 9112 6.1: the coding ${shown(coding)}`,
      bytes: ok(`Transfer-Encoding: ${coding}\r\n`, '3\r\nabc\r\n0\r\n\r\n'),
      ending: 'end',
      verdict: refused(),
    }),
  ),
  ...['Content-Length', 'Transfer-Encoding'].map(
    (option): ResponseCase => ({ name: `smuggling, RFC 9110 7.6.1: Connection names framing: ${option}`, bytes: abc(`Connection: ${option}\r\n`), verdict: refused() }),
  ),
  { name: 'RFC 9112 7.1: chunks', bytes: chunks('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'), verdict: relayed('abcde', { has: [/^transfer-encoding: chunked$/im], reuse: 'yes' }) },
  { name: 'RFC 9112 7.1: no chunk at all', bytes: chunks('0\r\n\r\n'), verdict: relayed('', { reuse: 'yes' }) },
  { name: 'RFC 9112 7: codings compare without case', bytes: ok('Transfer-Encoding: CHUNKED\r\n', '3\r\nabc\r\n0\r\n\r\n'), verdict: relayed('abc', { reuse: 'yes' }) },
  { name: 'RFC 9112 7.1.1: extensions are removed', bytes: chunks('3;a=b;c="d"\r\nabc\r\n0;e\r\n\r\n'), verdict: relayed('abc', { reuse: 'yes' }) },
  {
    name: 'RFC 9110 6.5.1: trailers are removed for a client that has not asked for them',
    bytes: chunks('3\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n', 'Trailer: X-Trailer\r\n'),
    verdict: relayed('abc', { hasNot: [/trailer:/im], reuse: 'yes' }),
  },
  ...TRAILERS,
  ...NO_SIZE.map((size): ResponseCase => ({ name: `smuggling, RFC 9112 7.1: the chunk size ${shown(size)}`, bytes: chunks(`${size}\r\nabc\r\n0\r\n\r\n`), verdict: BROKEN_OFF })),
  { name: 'smuggling, RFC 9112 7.1: a size that a bare LF ends', bytes: chunks('3\nabc\r\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1: a chunk that is longer than its size', bytes: chunks('3\r\nabcd\r\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1: a chunk that a bare LF ends', bytes: chunks('3\r\nabc\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1: a bare LF in an extension', bytes: chunks('3;a\nb\r\nabc\r\n0\r\n\r\n'), verdict: BROKEN_OFF },
  { name: 'smuggling, RFC 9112 7.1.2: a bare LF in a trailer', bytes: chunks('0\r\nX: a\nY: b\r\n\r\n'), verdict: BROKEN_OFF },
]

/** Groups of the answers, by what is special about them. */
export const RESPONSE_BODY_GROUPS: [string, ResponseCase[]][] = [
  ['framing and chunks', RESPONSE_BODY_CASES],
  ['without a body', WITHOUT_BODY],
  ['interim', INTERIM],
  ['resets and truncation', TRUNCATED],
  ['extra bytes', EXTRA],
]
