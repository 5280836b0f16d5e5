import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { PluginExchange } from '../contract.ts'

/** What a request says of its signature. */
export interface Signature {
  /** The header that it stands in. */
  header: string
  username: string
  algorithm: string
  /** What it covers, in this order, as the caller wrote the names. */
  names: readonly string[]
  mac: Buffer
}

/** A request has at most 100 header fields: more names cannot be meant, and each is looked for. */
const NAMES_MAX = 100
const FORM = /^\s*hmac\s*username="([^"]+)",\s*algorithm="([^"]+)",\s*headers="([^"]+)",\s*signature="([^"]+)"\s*$/i

export function readSignature(header: string, value: string): Signature | null {
  const [, username, algorithm, names, mac] = FORM.exec(value) ?? []
  if (username === undefined || algorithm === undefined || names === undefined || mac === undefined) return null
  const list = names.split(' ').filter((name) => name !== '')
  if (list.length === 0 || list.length > NAMES_MAX) return null
  // A field has one character per byte, names of consumers are UTF-8.
  return { header, username: Buffer.from(username, 'latin1').toString('utf8'), algorithm, names: list, mac: Buffer.from(mac, 'base64') }
}

/** A field as it is signed: `name: value`, with repeated lines joined as RFC 9110 5.3 joins them, and without the value where there is none. */
function fieldLine(exchange: PluginExchange, name: string): string {
  // The host that the request is routed by, also where the target names it and a Host header says something else.
  const values = name.toLowerCase() === 'host' ? [exchange.host] : exchange.requestHeaders.getAll(name)
  return values.length === 0 ? `${name}:` : `${name}: ${values.join(', ')}`
}

/** The text that is signed: one line for each name. */
export function signedText(exchange: PluginExchange, names: readonly string[]): string {
  return names
    .map((name) => {
      if (name === 'request-line') return `${exchange.method} ${exchange.rawTarget} HTTP/${exchange.httpVersion}`
      return name === '@request-target' ? `${name}: ${exchange.method.toLowerCase()} ${exchange.rawTarget}` : fieldLine(exchange, name)
    })
    .join('\n')
}

/** `algorithm` is one of the configuration's, such as `hmac-sha256`. */
export function isSignedBy(secret: string, exchange: PluginExchange, { algorithm, names, mac }: Signature): boolean {
  const made = createHmac(algorithm.slice('hmac-'.length), secret).update(signedText(exchange, names), 'latin1').digest()
  return made.byteLength === mac.byteLength && timingSafeEqual(made, mac)
}

/** True where the Digest header (RFC 3230) is that of the body; a request without either is fine. */
export function hasDigestOf(body: Uint8Array, digest: string | null): boolean {
  if (digest === null) return body.byteLength === 0
  const [, given] = /^sha-256=([A-Za-z0-9+/]{43}=)$/i.exec(digest) ?? []
  return given === createHash('sha256').update(body).digest('base64')
}
