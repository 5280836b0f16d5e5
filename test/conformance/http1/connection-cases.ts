import { chunked, forwarded, get, HEAD, post, type RequestCase } from './request-case.ts'

const LINE = 'GET /c HTTP/1.1'
const hasNot = (name: string) => new RegExp(`^${name}:`, 'im')

const HOP_BY_HOP: [string, string][] = [
  ['Keep-Alive', 'timeout=5'],
  ['Proxy-Connection', 'keep-alive'],
  ['TE', 'gzip'],
  ['HTTP2-Settings', 'AAMAAABkAAQAAP__'],
]
const NAMED = ['X-One', 'x-one', 'X-ONE']
const FORGED = ['X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Path', 'X-Forwarded-Prefix', 'X-Real-IP', 'X-Sluice-Request-Id']

/** RFC 9110 7.6: what concerns the client's connection ends here, and what only the node may say is not taken from a client. */
export const CONNECTION_CASES: RequestCase[] = [
  ...HOP_BY_HOP.map(([name, value]) => ({
    name: `RFC 9110 7.6.1: ${name} is not passed on`,
    bytes: get(`${name}: ${value}\r\nConnection: ${name}\r\n`),
    verdict: forwarded(LINE, { hasNot: [hasNot(name)] }),
  })),
  ...NAMED.map((name) => ({
    name: `RFC 9110 7.6.1: a field that Connection names as ${name} is not passed on`,
    bytes: get(`X-One: 1\r\nX-Two: 2\r\nConnection: ${name}\r\n`),
    verdict: forwarded(LINE, { has: [/^x-two: 2$/im], hasNot: [/^x-one:/im] }),
  })),
  {
    name: 'RFC 9110 7.6.1: several options in several lines',
    bytes: get('X-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\nConnection: x-one , ,\r\nConnection:X-Two\r\n'),
    verdict: forwarded(LINE, { has: [/^x-three: 3$/im], hasNot: [/^x-one:/im, /^x-two:/im] }),
  },
  {
    name: 'RFC 9110 10.1.4: TE keeps trailers alone',
    bytes: get('TE: trailers, gzip;q=0.5\r\nConnection: TE\r\n'),
    verdict: forwarded(LINE, { has: [/^te: trailers$/im], hasNot: [/gzip/] }),
  },
  ...FORGED.map((name) => ({
    name: `forged: ${name} of a client that is not trusted`,
    bytes: get(`${name}: forged.test\r\n`),
    verdict: forwarded(LINE, { hasNot: [/forged\.test/] }),
  })),
  {
    name: 'forged: X-Forwarded-For is added to',
    bytes: get('X-Forwarded-For: 192.0.2.1\r\n'),
    verdict: forwarded(LINE, { has: [/^x-forwarded-for: 192\.0\.2\.1, 127\.0\.0\.1$/im] }),
  },
  { name: 'httpoxy: Proxy is not passed on', bytes: get('Proxy: http://192.0.2.1\r\n'), verdict: forwarded(LINE, { hasNot: [/^proxy:/im] }) },
  { name: 'RFC 9110 7.6.3: Via is added to', bytes: get('Via: 1.0 before\r\n'), verdict: forwarded(LINE, { has: [/^via: 1\.0 before, 1\.1 sluice$/im] }) },
  { name: 'RFC 9112 9.6: nothing is read behind Connection: close', bytes: get('Connection: close\r\n'), verdict: forwarded(LINE, { next: 'closed' }) },
  { name: 'RFC 9112 9.3: HTTP/1.0 with keep-alive goes on', bytes: `GET /c HTTP/1.0\r\n${HEAD}Connection: keep-alive\r\n\r\n`, verdict: forwarded(LINE) },
  { name: 'RFC 9112 2.3: HTTP/1.0 goes upstream as HTTP/1.1', bytes: `GET /c HTTP/1.0\r\n${HEAD}\r\n`, verdict: forwarded(LINE, { next: 'closed' }) },
  { name: 'RFC 9112 3.2: HTTP/1.0 may come without Host', bytes: 'GET /c HTTP/1.0\r\n\r\n', verdict: forwarded(LINE, { next: 'closed' }) },
  {
    name: 'RFC 9110 9.3.1: a GET may have a body',
    bytes: `GET /c HTTP/1.1\r\n${HEAD}Content-Length: 3\r\n\r\nabc`,
    verdict: forwarded(LINE, { has: [/^content-length: 3$/im], body: 'abc' }),
  },
  {
    name: 'smuggling: a second request in a body stays in the body',
    bytes: post('Content-Length: 39\r\n', 'GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n\r\n\r'.slice(0, 39)),
    verdict: forwarded('POST /c HTTP/1.1', { has: [/^content-length: 39$/im], body: 'GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n\r\n\r'.slice(0, 39) }),
  },
  {
    name: 'smuggling: a second request in a chunk stays in the chunk',
    bytes: chunked('1a\r\nGET /smuggled HTTP/1.1\r\n\r\n\r\n0\r\n\r\n'),
    verdict: forwarded('POST /c HTTP/1.1', { body: 'GET /smuggled HTTP/1.1\r\n\r\n' }),
  },
]
