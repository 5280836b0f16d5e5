import type { BackgroundRequest, StoredReply } from '../contract.ts'
import { allowsRange, type Conditions, isNotModified } from './conditions.ts'
import { readRange } from './range.ts'
import type { StoredAnswer } from './stored-answer.ts'

/** What a request asks of a stored answer. */
export interface Wishes {
  isHead: boolean
  conditions: Conditions
  range: string | null
  ifRange: string | null
}

/** Fields that a 304 leaves out: they describe a body that is not sent (RFC 9110 15.4.5). */
const OF_CONTENT = new Set(['content-encoding', 'content-language', 'content-length', 'content-md5', 'content-range', 'content-type'])
const EMPTY = new Uint8Array()

/** The answer for a client from a stored one: whole, 304, a range of it, or 416. */
export function replyFrom(answer: StoredAnswer, wishes: Wishes, refresh: BackgroundRequest | null = null): StoredReply {
  const { status, fields, body, validators } = answer.parts
  const whole: StoredReply = { kind: 'stored', status, fields, body: status === 204 ? null : body, refresh }
  if (status !== 200) return whole
  if (isNotModified(wishes.conditions, validators)) return { ...whole, status: 304, fields: fields.filter(([name]) => !OF_CONTENT.has(name.toLowerCase())), body: null }
  if (wishes.range === null || wishes.isHead || !allowsRange(wishes.ifRange, validators)) return whole
  const range = readRange(wishes.range, body.byteLength)
  if (range === null) return whole
  if (range === 'unsatisfiable')
    return { ...whole, status: 416, fields: [...fields.filter(([name]) => !OF_CONTENT.has(name.toLowerCase())), ['Content-Range', `bytes */${body.byteLength}`]], body: EMPTY }
  const { first, last } = range
  return { ...whole, status: 206, fields: [...fields, ['Content-Range', `bytes ${first}-${last}/${body.byteLength}`]], body: body.subarray(first, last + 1) }
}

/** What is asked of an upstream about a stored answer (RFC 9111 4.3.1): the conditions in place of the client's, and never for a part of it. */
export function validatingFields(answer: StoredAnswer): Record<string, string | null> {
  const { validators, fields } = answer.parts
  const modified = fields.find(([name]) => name.toLowerCase() === 'last-modified')?.[1] ?? null
  return {
    'If-None-Match': validators.etag,
    'If-Modified-Since': validators.lastModifiedMs === null ? null : modified,
    Range: null,
    'If-Range': null,
  }
}
