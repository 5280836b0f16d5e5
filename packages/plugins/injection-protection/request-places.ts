import type { PluginExchange } from '../contract.ts'
import { type MaskOf, Values } from './values.ts'

/** Headers that follow from the connection, or that nobody uses as a text. */
const UNSEEN = new Set(['host', 'connection', 'content-length', 'cookie', 'date', 'sec-ch-ua', 'sec-ch-ua-full-version-list', 'accept-encoding'])

/** Path as it was sent, whole and by its parts. */
export function pathValues(exchange: PluginExchange, maskOf: MaskOf | null): Values {
  const values = new Values(maskOf)
  const [raw = ''] = exchange.rawTarget.split('?', 1)
  values.add(null, raw)
  for (const part of raw.split('/')) if (part !== '') values.add(null, part)
  return values
}

export function queryValues(exchange: PluginExchange, maskOf: MaskOf | null): Values {
  const values = new Values(maskOf)
  if (exchange.query !== null) values.addPairs(Buffer.from(exchange.query, 'latin1'))
  return values
}

export function headerValues(exchange: PluginExchange, maskOf: MaskOf | null): Values {
  const values = new Values(maskOf)
  for (const [name, value] of exchange.requestHeaders.entries()) {
    const lower = name.toLowerCase()
    if (!UNSEEN.has(lower)) values.add(lower, value)
  }
  return values
}

export function cookieValues(exchange: PluginExchange, maskOf: MaskOf | null): Values {
  const values = new Values(maskOf)
  for (const line of exchange.requestHeaders.getAll('cookie')) {
    for (const part of line.split(';')) {
      const at = part.indexOf('=')
      const name = part.slice(0, Math.max(0, at)).trim()
      values.add(null, name)
      values.add(name, part.slice(at + 1).trim())
    }
  }
  return values
}

/** What a body is read as. */
type BodyKind = 'json' | 'like json' | 'form' | 'parts' | 'text' | 'opaque'
const OPAQUE = /^(?:image|audio|video|font)\/|^application\/(?:pdf|zip|gzip|wasm|x-protobuf|protobuf|grpc)/
/** Bytes at the start by which a body without a type of text is told from one of text. */
const SAMPLE_BYTES = 512

function kindOf(contentType: string, body: Uint8Array): BodyKind {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return 'form'
  if (type === 'multipart/form-data') return 'parts'
  if (/json/.test(type)) return 'json'
  if (OPAQUE.test(type)) return 'opaque'
  if (body.subarray(0, SAMPLE_BYTES).includes(0)) return 'opaque'
  // Who says that it is something else may have a reader that does not ask.
  const first = firstSign(body)
  return first === 0x7b || first === 0x5b ? 'like json' : 'text'
}

function firstSign(body: Uint8Array): number {
  for (const byte of body) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0xef && byte !== 0xbb && byte !== 0xbf) return byte
  return 0
}

export function bodyValues(exchange: PluginExchange, body: Uint8Array, maskOf: MaskOf | null): Values {
  const values = new Values(maskOf)
  const contentType = exchange.requestHeaders.get('content-type') ?? ''
  switch (kindOf(contentType, body)) {
    case 'json':
      values.addJson(body)
      break
    case 'like json':
      values.addJson(body)
      values.addBytes(null, body)
      break
    case 'form':
      values.addPairs(body)
      break
    case 'parts':
      addParts(values, body, contentType)
      break
    case 'text':
      values.addBytes(null, body)
      break
    case 'opaque':
      break
  }
  return values
}

/** Parts of a form (RFC 7578): the text of fields, and the name of files, whose content is not looked at. */
function addParts(values: Values, body: Uint8Array, contentType: string): void {
  const boundary = /boundary=(?:"([^"]{1,200})"|([^\s;,]{1,200}))/i.exec(contentType)
  const mark = Buffer.from(`--${boundary?.[1] ?? boundary?.[2] ?? ''}`, 'latin1')
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (boundary === null) {
    values.addBytes(null, body)
    return
  }
  let from = bytes.indexOf(mark)
  while (from !== -1) {
    const next = bytes.indexOf(mark, from + mark.byteLength)
    const part = bytes.subarray(from + mark.byteLength, next === -1 ? bytes.byteLength : next)
    addPart(values, part)
    from = next
  }
}

function addPart(values: Values, part: Buffer): void {
  const end = part.indexOf('\r\n\r\n')
  if (end === -1) {
    values.addBytes(null, part)
    return
  }
  const head = part.subarray(0, Math.min(end, 2_048)).toString('latin1')
  const name = /\bname="([^"]*)"/i.exec(head)?.[1] ?? null
  const file = /\bfilename\*?=(?:"([^"]*)"|([^\s;]*))/i.exec(head)
  if (name !== null) values.add(null, name)
  if (file !== null) values.add(name, file[1] ?? file[2] ?? '')
  else values.addBytes(name, part.subarray(end + 4, part.byteLength - 2))
}
