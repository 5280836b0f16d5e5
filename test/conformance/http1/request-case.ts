/** What has to become of the bytes of one request. There is no further verdict: two readings are what the suite is there to exclude. */
export type Verdict =
  /** Answered with one of these statuses by the node, connection closed, and not a byte of it or of what follows goes upstream. */
  | { kind: 'refused'; statuses: readonly number[] }
  /** The fault is behind the head, so the head may be on its way: answered with 400 where possible, closed, and the origin never gets the end. */
  | { kind: 'broken-off' }
  /** Reaches the origin in one normal form, and what follows on the connection becomes what `next` says. */
  | { kind: 'forwarded'; line: string; has: readonly RegExp[]; hasNot: readonly RegExp[]; body: string; trailers: string; next: Next }
  /** Becomes an upgraded connection, and what follows reaches the origin as it is. */
  | { kind: 'tunnelled'; line: string; has: readonly RegExp[]; hasNot: readonly RegExp[] }

/** The next request on the connection is read and answered; or not read, and the connection closed. */
export type Next = 'answered' | 'closed'

export interface RequestCase {
  /** Section of the RFC, or class of attack, then what is special. */
  name: string
  /** Bytes, one character each. */
  bytes: string
  verdict: Verdict
  /** Sent once the client was told to go on with 100. */
  afterContinue?: string
  /** The client ends its side behind `bytes`, and nothing follows. */
  ends?: true
}

/** Host of every request that is not about it. */
export const HEAD = 'Host: a\r\n'

export const refused = (...statuses: number[]): Verdict => ({ kind: 'refused', statuses: statuses.length === 0 ? [400] : statuses })

export const BROKEN_OFF: Verdict = { kind: 'broken-off' }

export function forwarded(line: string, options: { has?: RegExp[]; hasNot?: RegExp[]; body?: string; trailers?: string; next?: Next } = {}): Verdict {
  return {
    kind: 'forwarded',
    line,
    has: options.has ?? [],
    hasNot: options.hasNot ?? [],
    body: options.body ?? '',
    trailers: options.trailers ?? '',
    next: options.next ?? 'answered',
  }
}

export function tunnelled(line: string, has: RegExp[] = [], hasNot: RegExp[] = []): Verdict {
  return { kind: 'tunnelled', line, has, hasNot }
}

/** A GET of `/c` with these field lines, which end with CRLF. */
export const get = (fields: string) => `GET /c HTTP/1.1\r\n${HEAD}${fields}\r\n`
/** A POST of `/c` with these field lines and this body. */
export const post = (fields: string, body: string) => `POST /c HTTP/1.1\r\n${HEAD}${fields}\r\n${body}`
/** A POST of `/c` with these bytes as its chunks. */
export const chunked = (body: string, fields = '') => post(`Transfer-Encoding: chunked\r\n${fields}`, body)

export const hex = (character: string) => `0x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
export const shown = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text)
