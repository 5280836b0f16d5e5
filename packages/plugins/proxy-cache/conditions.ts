import { readHttpDate } from '../http-date.ts'
import { splitList } from './cache-control.ts'
import type { ReadFields } from './field-list.ts'

/** What conditions are checked against: the validators of an answer. */
export interface Validators {
  readonly etag: string | null
  readonly lastModifiedMs: number | null
  readonly dateMs: number
}

export function validatorsOf(headers: ReadFields, receivedAtMs: number): Validators {
  const modified = headers.get('last-modified')
  return {
    etag: headers.get('etag'),
    lastModifiedMs: modified === null ? null : readHttpDate(modified),
    dateMs: readHttpDate(headers.get('date') ?? '') ?? receivedAtMs,
  }
}

/** The conditions of a request that a cache answers by itself. */
export interface Conditions {
  ifNoneMatch: string | null
  ifModifiedSince: string | null
}

export function conditionsOf(headers: ReadFields): Conditions {
  const tags = headers.getAll('if-none-match')
  return { ifNoneMatch: tags.length === 0 ? null : tags.join(','), ifModifiedSince: headers.get('if-modified-since') }
}

const withoutWeakness = (tag: string) => (tag.startsWith('W/') ? tag.slice(2) : tag)

/** True where the client has what it would get (RFC 9110 13.1.2 and 13.1.3, RFC 9111 4.3.2): it is told 304. */
export function isNotModified({ ifNoneMatch, ifModifiedSince }: Conditions, { etag, lastModifiedMs, dateMs }: Validators): boolean {
  if (ifNoneMatch !== null) {
    if (ifNoneMatch.trim() === '*') return true
    return etag !== null && splitList(ifNoneMatch).some((tag) => withoutWeakness(tag) === withoutWeakness(etag))
  }
  if (ifModifiedSince === null) return false
  const since = readHttpDate(ifModifiedSince)
  return since !== null && (lastModifiedMs ?? dateMs) <= since
}

/** Whether If-Range lets a range be answered (RFC 9110 13.1.5): only where the validator is strong and the same. */
export function allowsRange(ifRange: string | null, { etag, lastModifiedMs, dateMs }: Validators): boolean {
  if (ifRange === null) return true
  if (ifRange.startsWith('"')) return ifRange === etag
  const since = readHttpDate(ifRange)
  // RFC 9110 8.8.2.2: a date is a strong validator where it is a minute older than the answer.
  return since !== null && since === lastModifiedMs && dateMs - since >= 60_000
}
