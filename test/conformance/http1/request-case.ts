/** What has to become of the bytes of one request. There is no third verdict: two readings are what the suite is there to exclude. */
export type Verdict =
  /** Answered with one of these statuses by the node, connection closed, and not a byte of it goes upstream. */
  | { kind: 'refused'; statuses: readonly number[] }
  /** The fault is behind the head, so the head may be on its way: answered with 400 where possible, closed, and the origin never gets the end. */
  | { kind: 'broken-off' }
  /** Reaches the origin in one normal form. */
  | { kind: 'forwarded'; line: string; has: readonly RegExp[]; hasNot: readonly RegExp[]; body: string }

export interface RequestCase {
  /** Section of the RFC, or class of attack, then what is special. */
  name: string
  /** Bytes, one character each. */
  bytes: string
  verdict: Verdict
}

export const HEAD = 'Host: a\r\n'

export const refused = (...statuses: number[]): Verdict => ({ kind: 'refused', statuses: statuses.length === 0 ? [400] : statuses })

export const BROKEN_OFF: Verdict = { kind: 'broken-off' }

export function forwarded(line: string, options: { has?: RegExp[]; hasNot?: RegExp[]; body?: string } = {}): Verdict {
  return { kind: 'forwarded', line, has: options.has ?? [], hasNot: options.hasNot ?? [], body: options.body ?? '' }
}

/** A GET of `/c` with these field lines, which end with CRLF. */
export const get = (fields: string) => `GET /c HTTP/1.1\r\n${HEAD}${fields}\r\n`
/** A POST of `/c` with these field lines and this body. */
export const post = (fields: string, body: string) => `POST /c HTTP/1.1\r\n${HEAD}${fields}\r\n${body}`
export const chunked = (body: string, fields = '') => post(`Transfer-Encoding: chunked\r\n${fields}`, body)

export const hex = (character: string) => `0x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
export const shown = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text)
