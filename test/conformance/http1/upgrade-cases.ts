import { BROKEN_OFF, chunked, forwarded, get, HEAD, post, type RequestCase, refused, tunnelled } from './request-case.ts'

const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n'
const upgrade = (path: string, fields = WEBSOCKET, method = 'GET') => `${method} ${path} HTTP/1.1\r\n${HEAD}${fields}\r\n`

/** RFC 9110 7.8: an upgrade that was asked for and granted ends HTTP on the connection; any other request to upgrade is an ordinary one. */
export const UPGRADE_CASES: RequestCase[] = [
  {
    name: 'RFC 9110 7.8: a WebSocket, and what is sent behind it reaches the origin as it is',
    bytes: upgrade('/c'),
    verdict: tunnelled('GET /c HTTP/1.1', [/^upgrade: websocket$/im, /^connection: [^\n]*upgrade$/im, /^sec-websocket-version: 13$/im]),
  },
  {
    name: 'RFC 9110 7.8: names of protocols compare without case',
    bytes: upgrade('/c', 'connection: upgrade\r\nupgrade: WebSocket\r\n'),
    verdict: tunnelled('GET /c HTTP/1.1', [/^upgrade: websocket$/im]),
  },
  {
    name: 'RFC 9110 7.6.1: an upgrade beside other options',
    bytes: upgrade('/c', 'X-One: 1\r\nConnection: keep-alive, X-One, Upgrade\r\nUpgrade: websocket\r\n'),
    verdict: tunnelled('GET /c HTTP/1.1', [/^upgrade: websocket$/im], [/^x-one:/im]),
  },
  {
    name: 'smuggling: an upgrade that the origin does not grant makes no tunnel',
    bytes: upgrade('/no-upgrade'),
    verdict: forwarded('GET /no-upgrade HTTP/1.1', { next: 'answered' }),
  },
  {
    name: 'smuggling: an upgrade of a version that does not exist, refused by the origin, makes no tunnel',
    bytes: upgrade('/no-upgrade', WEBSOCKET.replace('13', '1777')),
    verdict: forwarded('GET /no-upgrade HTTP/1.1', { has: [/^sec-websocket-version: 1777$/im], next: 'answered' }),
  },
  { name: 'smuggling, RFC 9110 7.8: an upgrade with a length', bytes: `${upgrade('/c', `${WEBSOCKET}Content-Length: 3\r\n`)}abc`, verdict: refused() },
  { name: 'smuggling, RFC 9110 7.8: an upgrade with chunks', bytes: `${upgrade('/c', `${WEBSOCKET}Transfer-Encoding: chunked\r\n`)}0\r\n\r\n`, verdict: refused() },
  {
    name: 'RFC 9110 7.8: Upgrade without its option is dropped',
    bytes: get('Upgrade: websocket\r\n'),
    verdict: forwarded('GET /c HTTP/1.1', { hasNot: [/^upgrade:/im, /websocket/i] }),
  },
  {
    name: 'RFC 9110 7.8: the option without Upgrade is dropped',
    bytes: get('Connection: Upgrade\r\n'),
    verdict: forwarded('GET /c HTTP/1.1', { hasNot: [/upgrade/i] }),
  },
  {
    name: 'RFC 9110 7.8: HTTP/1.0 cannot be upgraded',
    bytes: upgrade('/c').replace('HTTP/1.1', 'HTTP/1.0'),
    verdict: forwarded('GET /c HTTP/1.1', { hasNot: [/^upgrade:/im], next: 'closed' }),
  },
  {
    name: 'RFC 6455 4.1: a WebSocket is asked for with GET',
    bytes: upgrade('/c', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', 'DELETE'),
    verdict: forwarded('DELETE /c HTTP/1.1', { hasNot: [/^upgrade:/im] }),
  },
  {
    name: 'smuggling h2c: an upgrade to h2c is dropped',
    bytes: upgrade('/c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
    verdict: forwarded('GET /c HTTP/1.1', { hasNot: [/^upgrade:/im, /^http2-settings:/im, /h2c/] }),
  },
  {
    name: 'smuggling h2c: an upgrade to h2c that names no settings is dropped',
    bytes: upgrade('/c', 'Connection: Upgrade\r\nUpgrade: h2c\r\n'),
    verdict: forwarded('GET /c HTTP/1.1', { hasNot: [/^upgrade:/im, /h2c/] }),
  },
  {
    name: 'RFC 9110 7.8: another protocol, with its version, is passed on as it was named',
    bytes: get('Connection: Upgrade\r\nUpgrade: IRC/6.9\r\n'),
    verdict: tunnelled('GET /c HTTP/1.1', [/^Upgrade: IRC\/6\.9$/m, /^connection: [^\n]*upgrade$/im]),
  },
  {
    name: 'RFC 9110 7.8: another protocol with another method',
    bytes: upgrade('/c', 'Connection: Upgrade\r\nUpgrade: docker-raw\r\nContent-Length: 0\r\n', 'POST'),
    verdict: tunnelled('POST /c HTTP/1.1', [/^Upgrade: docker-raw$/m]),
  },
  ...['HTTP/2.0', 'http/1.1', 'TLS/1.2', 'TLS/1.0, HTTP/1.1', 'h2', 'websocket, irc', 'irc websocket', 'irc/', '/1'].map((value) => ({
    name: `smuggling, RFC 9110 7.8: an upgrade to ${value} is dropped`,
    bytes: get(`Connection: Upgrade\r\nUpgrade: ${value}\r\n`),
    verdict: forwarded('GET /c HTTP/1.1', { hasNot: [/^upgrade:/im, /^connection: [^\n]*upgrade/im] }),
  })),
  {
    name: 'RFC 9110 7.8: two fields of Upgrade are dropped',
    bytes: get('Connection: Upgrade\r\nUpgrade: irc\r\nUpgrade: irc\r\n'),
    verdict: forwarded('GET /c HTTP/1.1', { hasNot: [/^upgrade:/im] }),
  },
  {
    name: 'RFC 9110 7.8: an upgrade that is not relayed, with a length',
    bytes: post('Connection: Upgrade\r\nUpgrade: irc\r\nContent-Length: 3\r\n', 'abc'),
    verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/^upgrade:/im], body: 'abc' }),
  },
]

/** RFC 9110 10.1.1: Expect is answered, or passed over, and never waited for by both. */
export const EXPECT_CASES: RequestCase[] = [
  {
    name: 'RFC 9110 10.1.1: Expect is not passed on, and a body that is there already is taken',
    bytes: post('Expect: 100-continue\r\nContent-Length: 3\r\n', 'abc'),
    verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/^expect:/im], body: 'abc' }),
  },
  {
    name: 'RFC 9110 10.1.1: a client that waits is told to go on with its length',
    bytes: post('Expect: 100-continue\r\nContent-Length: 3\r\n', ''),
    afterContinue: 'abc',
    verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/^expect:/im], body: 'abc' }),
  },
  {
    name: 'RFC 9110 10.1.1: a client that waits is told to go on with its chunks',
    bytes: chunked('', 'Expect: 100-continue\r\n'),
    afterContinue: '3\r\nabc\r\n0\r\n\r\n',
    verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/^expect:/im], body: 'abc' }),
  },
  {
    name: 'RFC 9110 10.1.1: expectations compare without case',
    bytes: post('expect: 100-Continue\r\nContent-Length: 3\r\n', ''),
    afterContinue: 'abc',
    verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/^expect:/im], body: 'abc' }),
  },
  {
    name: 'smuggling, RFC 9110 10.1.1: a fault in what a client sends that was told to go on',
    bytes: chunked('', 'Expect: 100-continue\r\n'),
    afterContinue: '3\nabc\r\n0\r\n\r\n',
    verdict: BROKEN_OFF,
  },
  {
    name: 'RFC 9110 10.1.1: Expect without a body',
    bytes: get('Expect: 100-continue\r\n'),
    verdict: forwarded('GET /c HTTP/1.1', { hasNot: [/^expect:/im] }),
  },
  {
    name: 'RFC 9110 10.1.1: HTTP/1.0 cannot expect',
    bytes: `POST /c HTTP/1.0\r\n${HEAD}Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc`,
    verdict: forwarded('POST /c HTTP/1.1', { hasNot: [/^expect:/im], body: 'abc', next: 'closed' }),
  },
  { name: 'RFC 9110 10.1.1: both framings and Expect', bytes: chunked('', 'Content-Length: 3\r\nExpect: 100-continue\r\n'), verdict: refused() },
]
