/** Random messages of HTTP/1.x, most of them nearly legal: that is where parsers disagree. */

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT']
const TARGETS = ['/', '/a?b=c', '*', 'http://a.test/c', 'a:443', '/%41/../b', '//', 'http://[::1]:80']
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0']
const STATUSES = ['200 OK', '200', '204 No Content', '304 Not Modified', '100 Continue', '500 \xe4', '404 ', '103 Early Hints']
const FRAMING = [
  'Content-Length: 3',
  'Content-Length: 0',
  'Transfer-Encoding: chunked',
  'transfer-encoding:Chunked',
  'content-length:  03 ',
  'Content-Length: 3, 3',
  'Transfer-Encoding: gzip, chunked',
]
const FIELDS = [
  'X-A: 1',
  'X-A:',
  'Accept: */*',
  'Connection: keep-alive',
  'Connection: close',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'TE: trailers',
  'Expect: 100-continue',
  'X-High: \xe4\xff',
  'X-Tab: a\tb ',
  'Cookie: a=b; c="d"',
  'Trailer: X-Sum',
]
const HOSTS = ['Host: a', 'Host: a', 'Host: a.test:80', 'host:[::1]']
const BODIES = [
  'abc',
  '',
  'abcd',
  '3\r\nabc\r\n0\r\n\r\n',
  '3;a=b\r\nabc\r\n0\r\n\r\n',
  '1\r\na\r\n02\r\nbc\r\n0\r\nX-Sum: 1\r\n\r\n',
  '3;a="b;c"\r\nabc\r\n00;z\r\n\r\n',
  '0\r\n\r\n',
]
const NASTY = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '=',
  '"',
  '\x0b',
  '\x7f',
  '\x80',
  '\xff',
  '0',
  '3',
  'f',
  '-',
  '+',
  'a',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  '\r\n ',
  'Host: b\r\n',
  '#',
  '@',
  '/',
]

/** Takes a byte away, puts something in, puts something in place of a byte, or doubles a part. */
function damage(random: Random, text: string): string {
  const at = Math.floor(random() * (text.length + 1))
  switch (Math.floor(random() * 4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + pick(random, NASTY) + text.slice(at)
    case 2:
      return text.slice(0, at) + pick(random, NASTY) + text.slice(at + 1)
    default:
      return text.slice(0, at) + text.slice(Math.max(0, at - Math.floor(random() * 12)))
  }
}

function fieldLines(random: Random, first: readonly string[]): string {
  const lines = [...first]
  for (let count = Math.floor(random() * 4); count > 0; count--) lines.push(pick(random, FIELDS))
  if (random() < 0.7) lines.splice(Math.floor(random() * (lines.length + 1)), 0, pick(random, FRAMING))
  return lines.map((line) => `${line}\r\n`).join('')
}

/** A message as latin1 text; about a third of them are left undamaged. */
export function randomMessage(random: Random, kind: 'request' | 'response'): string {
  const line = kind === 'request' ? `${pick(random, METHODS)} ${pick(random, TARGETS)} ${pick(random, VERSIONS)}` : `${pick(random, VERSIONS)} ${pick(random, STATUSES)}`
  let text = `${line}\r\n${fieldLines(random, kind === 'request' ? [pick(random, HOSTS)] : [])}\r\n${pick(random, BODIES)}`
  for (let count = Math.floor(random() * 4) - 1; count > 0; count--) text = damage(random, text)
  return text
}
