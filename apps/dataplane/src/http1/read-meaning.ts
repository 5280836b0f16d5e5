import type { ErrorCode } from '@sluice/shared/errors'
import { isAuthority, readAuthority } from './authority.ts'
import { CR, isMadeOf, TAB, TOKEN } from './byte-classes.ts'
import { fieldNameOf, hashOfName, isName } from './field-name.ts'
import { FIELD_STRIDE, type Head } from './head.ts'

const KNOWN = ['', 'content-length', 'transfer-encoding', 'connection', 'host', 'expect', 'upgrade', 'te'] as const
/** Places in KNOWN; what is none of these is TE. */
const [LENGTH, CODING, CONNECTION, HOST, EXPECT, UPGRADE] = [1, 2, 3, 4, 5, 6] as const

/** Low byte of the hash to the one known name that has it; two known names with one byte would be found at start. */
const KNOWN_BY_HASH = new Uint8Array(256)
for (const [id, name] of KNOWN.entries()) {
  const slot = hashOfName(name) & 255
  if (id > 0 && KNOWN_BY_HASH[slot] !== 0) throw new Error(`two known field names share a slot: ${name}`)
  if (id > 0) KNOWN_BY_HASH[slot] = id
}

/** Names that frame or address a message: where Connection names one, each side of us would read another message. */
const FRAMING: readonly string[] = ['content-length', 'transfer-encoding', 'host']

const ABSOLUTE = /^https?:\/\/([^/?]*)/i

const ZERO = 48
const NINE = 57

/** RFC 9112 6.2: digits alone, and a number that is the one that was sent; -1 otherwise. */
export function readLength(value: string): number {
  let length = 0
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if (code < ZERO || code > NINE) return -1
    length = length * 10 + (code - ZERO)
    if (length > Number.MAX_SAFE_INTEGER) return -1
  }
  return value === '' ? -1 : length
}

/** What the known fields of one message said, in numbers of fields. */
interface Seen {
  lengths: number
  codings: number
  hosts: number
  hasUpgradeOption: boolean
  hasUpgradeField: boolean
}

/** RFC 9110 7.6.1: a list of tokens, in which empty elements mean nothing (5.6.1). */
function readConnection(head: Head, seen: Seen, value: string): ErrorCode | null {
  // What nearly every message says, without a list.
  if (value === 'keep-alive') {
    head.hasKeepAlive = true
    return null
  }
  for (const element of value.toLowerCase().split(',')) {
    const option = element.replace(/^[ \t]+|[ \t]+$/g, '')
    if (option === '') continue
    if (!isMadeOf(option, TOKEN) || FRAMING.includes(option)) return 'bad_request'
    if (option === 'close') head.hasClose = true
    else if (option === 'keep-alive') head.hasKeepAlive = true
    else if (option === 'upgrade') seen.hasUpgradeOption = true
    else head.connectionOptions = [...head.connectionOptions, option]
  }
  return null
}

function readCoding(head: Head, value: string): ErrorCode | null {
  if (value.length !== 7 || value.toLowerCase() !== 'chunked') return 'unknown_transfer_coding'
  head.isChunked = true
  return null
}

function readField(head: Head, seen: Seen, id: number, value: string): ErrorCode | null {
  switch (id) {
    case LENGTH:
      head.contentLength = readLength(value)
      return ++seen.lengths > 1 || head.contentLength < 0 ? 'bad_request' : null
    case CODING:
      return ++seen.codings > 1 ? 'bad_request' : readCoding(head, value)
    case CONNECTION:
      return readConnection(head, seen, value)
    case HOST:
      seen.hosts++
      head.host = value
      return null
    case EXPECT:
      head.expectsContinue ||= head.minorVersion === 1 && value.toLowerCase() === '100-continue'
      return null
    case UPGRADE:
      seen.hasUpgradeField ||= value !== ''
      return null
    default:
      head.takesTrailers ||= /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i.test(value)
      return null
  }
}

/** Whether a tab is among the blanks between a value and the end of its line. */
function hasTabBehind(text: string, valueEnd: number): boolean {
  for (let at = valueEnd; at < text.length && text.charCodeAt(at) !== CR; at++) if (text.charCodeAt(at) === TAB) return true
  return false
}

/**
 * Reads what framing needs out of the fields of a request or response whose start line is known, and sets it in `head`. Returns why the message
 * has not exactly one reading, or null. RFC 9112 6.1 to 6.3, stricter where the RFC leaves a choice: a repeated or list-valued length is refused
 * even if its values are equal, and so is every coding but one `chunked`.
 */
export function readFraming(head: Head, isRequest: boolean): ErrorCode | null {
  const { fields, text } = head
  const seen: Seen = { lengths: 0, codings: 0, hosts: 0, hasUpgradeOption: false, hasUpgradeField: false }
  let refused: ErrorCode | null = null
  for (let at = 0; at < fields.length; at += FIELD_STRIDE) {
    const id = KNOWN_BY_HASH[(fields[at] as number) & 255] as number
    if (id === 0 || !isName(text, fields[at + 1] as number, fields[at + 2] as number, KNOWN[id] as string)) continue
    // llhttp does not take `chunked` with a tab behind it for chunked, others do: such a message has two readings.
    if (id <= CODING && hasTabBehind(text, fields[at + 4] as number)) refused = 'bad_request'
    // Each field is read, also behind a refused one: the counts decide which refusal it is.
    const verdict = readField(head, seen, id, text.slice(fields[at + 3], fields[at + 4]))
    refused ??= verdict
  }
  if (seen.codings > 0 && (seen.lengths > 0 || head.minorVersion === 0)) return 'bad_request'
  if (refused !== null) return refused
  head.hasUpgrade = head.minorVersion === 1 && seen.hasUpgradeOption && seen.hasUpgradeField
  return isRequest ? refusedHost(head, seen.hosts) : null
}

/** RFC 9112 3.2: one Host in HTTP/1.1, at most one in HTTP/1.0, and a legal one. */
function refusedHost(head: Head, hosts: number): ErrorCode | null {
  if (hosts === 0) return head.minorVersion === 0 ? null : 'bad_request'
  if (hosts > 1) return 'bad_request'
  const host = readAuthority(head.host, 0, head.host.length)
  if (host === null) return 'bad_request'
  head.host = host
  return null
}

/**
 * RFC 9112 3.2: which form the target has, and whether the method may have it. Escapes and dot segments are the router's matter.
 * Sets form, authority and pathStart of `head`.
 */
export function readTarget(head: Head): ErrorCode | null {
  const { target, method } = head
  if (method === 'CONNECT') {
    head.form = 'authority'
    head.authority = target
    head.pathStart = target.length
    return isAuthority(target) && /:\d+$/.test(target) ? null : 'bad_request'
  }
  if (target.charCodeAt(0) === 47) return null
  if (target === '*') {
    head.form = 'asterisk'
    return method === 'OPTIONS' ? null : 'bad_request'
  }
  const found = ABSOLUTE.exec(target)
  if (found === null) return 'bad_request'
  head.form = 'absolute'
  head.authority = found[1] ?? ''
  head.pathStart = found[0].length
  return isAuthority(head.authority) ? null : 'bad_request'
}

/** RFC 9110 6.5.1: a trailer that frames or addresses the message comes too late to mean one thing to everybody. */
export function refusedTrailers(head: Head): ErrorCode | null {
  return FRAMING.some((name) => head.indexOf(fieldNameOf(name)) >= 0) ? 'bad_request' : null
}
