import { get, HEAD, post } from './request-case.ts'

/** Several requests in one piece. */
export interface PipelineCase {
  /** Section of the RFC, or class of attack, then what is special. */
  name: string
  bytes: string
  /** Final statuses of the answers, in their order, after which the node has closed. */
  statuses: readonly number[]
  /** Bodies of the answers of the origin, which name the target: answers come in the order of the requests. */
  answers: readonly string[]
}

const ask = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\n${HEAD}${fields}\r\n`
const LAST = ask('/last', 'Connection: close\r\n')
const targets = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`)

/** RFC 9112 9.3.2: answers come in the order of the requests, and nothing behind a refused or last request is read. */
export const PIPELINE_CASES: PipelineCase[] = [
  { name: 'RFC 9112 9.3.2: two requests', bytes: ask('/1') + LAST, statuses: [200, 200], answers: ['/1', '/last'] },
  {
    name: 'RFC 9112 9.3.2: twenty requests',
    bytes:
      targets(20)
        .map((path) => ask(path))
        .join('') + LAST,
    statuses: Array(21).fill(200),
    answers: [...targets(20), '/last'],
  },
  {
    name: 'RFC 9112 9.3.2: bodies between requests',
    bytes: post('Content-Length: 3\r\n', 'abc') + post('Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n') + LAST,
    statuses: [200, 200, 200],
    answers: ['/c', '/c', '/last'],
  },
  { name: 'RFC 9112 2.2: an empty line between requests', bytes: `${ask('/1')}\r\n${LAST}`, statuses: [200, 200], answers: ['/1', '/last'] },
  { name: 'RFC 9112 9.6: nothing is read behind Connection: close', bytes: ask('/1', 'Connection: close\r\n') + LAST, statuses: [200], answers: ['/1'] },
  { name: 'RFC 9112 9.3: nothing is read behind HTTP/1.0', bytes: `GET /1 HTTP/1.0\r\n\r\n${LAST}`, statuses: [200], answers: ['/1'] },
  { name: 'RFC 9112 9.3: HTTP/1.0 with keep-alive goes on', bytes: `GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n${LAST}`, statuses: [200, 200], answers: ['/1', '/last'] },
  { name: 'RFC 9112 9.6: close wins over keep-alive', bytes: ask('/1', 'Connection: keep-alive, close\r\n') + LAST, statuses: [200], answers: ['/1'] },
  { name: 'RFC 9112 9.3.2: a refused request behind a good one', bytes: `${ask('/1') + get('X : y\r\n')}${LAST}`, statuses: [200, 400], answers: ['/1'] },
  { name: 'smuggling: nothing is read behind a refused length', bytes: post('Content-Length: 3, 3\r\n', 'abc') + LAST, statuses: [400], answers: [] },
  { name: 'smuggling: nothing is read behind a refused Host', bytes: `GET /1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${LAST}`, statuses: [400], answers: [] },
  { name: 'smuggling: nothing is read behind a refused target', bytes: ask('/../1') + LAST, statuses: [400], answers: [] },
  {
    name: 'smuggling: nothing is read behind a coding in HTTP/1.0',
    bytes: `POST /1 HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${LAST}`,
    statuses: [400],
    answers: [],
  },
  { name: 'smuggling: nothing is read behind TRACE', bytes: `TRACE /1 HTTP/1.1\r\n${HEAD}\r\n${LAST}`, statuses: [405], answers: [] },
  { name: 'smuggling: nothing is read behind CONNECT', bytes: `CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n${LAST}`, statuses: [405], answers: [] },
  { name: 'smuggling: a GET with a body, then a request', bytes: `${ask('/1', 'Content-Length: 5\r\n')}GET /${LAST}`, statuses: [200, 200], answers: ['/1', '/last'] },
  {
    name: 'smuggling: a length that swallows the next line',
    bytes: `${ask('/1', 'Content-Length: 25\r\n')}GET /swallowed HTTP/1.1\r\n${LAST}`,
    statuses: [200, 200],
    answers: ['/1', '/last'],
  },
  {
    name: 'smuggling: the rest of a body that was too long is the next request, and is refused',
    bytes: post('Content-Length: 3\r\n', 'abcd\r\n\r\n') + LAST,
    statuses: [200, 400],
    answers: ['/c'],
  },
]
