/** What has to become of the bytes of one answer of an upstream. There is no further verdict: two readings are what the suite is there to exclude. */
export type ResponseVerdict =
  /** The client gets 502, of the node's own making; the upstream's connection is not used again. */
  | { kind: 'refused'; statuses: readonly number[] }
  /** The fault is behind the head, so the head may be out: the client's connection is broken off, or it gets 502. It never gets an answer that looks whole. */
  | { kind: 'broken-off' }
  /** The client gets this one answer in normal form. */
  | { kind: 'relayed'; status: number; body: string; trailers: string; has: readonly RegExp[]; hasNot: readonly RegExp[]; interim: readonly number[]; reuse: Reuse }

/** Whether the next request may go out on the upstream's connection. `may`: where the node is free to give it up. */
export type Reuse = 'yes' | 'no' | 'may'

export interface ResponseCase {
  /** Section of the RFC, or class of attack, then what is special. */
  name: string
  /** Bytes, one character each. */
  bytes: string
  /** What the upstream does behind `bytes`; nothing by default. */
  ending?: 'end' | 'reset'
  /** Sent once the client has the answer, on a connection that is idle by then. */
  afterwards?: string
  /** Default: GET. */
  method?: 'GET' | 'HEAD'
  /** Further field lines of the request, each with its CRLF. */
  asks?: string
  verdict: ResponseVerdict
}

export const refused = (...statuses: number[]): ResponseVerdict => ({ kind: 'refused', statuses: statuses.length === 0 ? [502] : statuses })

export const BROKEN_OFF: ResponseVerdict = { kind: 'broken-off' }

interface RelayedOptions {
  trailers?: string
  status?: number
  has?: RegExp[]
  hasNot?: RegExp[]
  interim?: number[]
  reuse?: Reuse
}

/** By default a 200 behind which the connection may be used again. */
export function relayed(body: string, options: RelayedOptions = {}): ResponseVerdict {
  return {
    kind: 'relayed',
    status: options.status ?? 200,
    body,
    trailers: options.trailers ?? '',
    has: options.has ?? [],
    hasNot: options.hasNot ?? [],
    interim: options.interim ?? [],
    reuse: options.reuse ?? 'may',
  }
}

/** A 200 with these field lines, which end with CRLF, and this body. */
export const ok = (fields: string, body = '') => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`
/** A 200 with the body `abc`, and these field lines besides its length. */
export const abc = (fields = '') => ok(`${fields}Content-Length: 3\r\n`, 'abc')
/** A 200 with these bytes as its chunks. */
export const chunks = (body: string, fields = '') => ok(`${fields}Transfer-Encoding: chunked\r\n`, body)
/** A 200 with the body `abc` behind this status line. */
export const line = (text: string) => `${text}\r\nContent-Length: 3\r\n\r\nabc`
