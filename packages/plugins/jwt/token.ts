/** A token that was taken apart, not yet believed. */
export interface Token {
  algorithm: string
  header: Readonly<Record<string, unknown>>
  claims: Readonly<Record<string, unknown>>
  /** What the signature is over: header and claims as they were sent. */
  signed: string
  signature: Buffer
}

/** RFC 7515 2: base64url without padding. */
const BASE64URL = /^[A-Za-z0-9_-]*$/

function readJson(encoded: string): unknown {
  if (!BASE64URL.test(encoded)) return undefined
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A field of the token itself, never one that objects inherit. */
export const fieldOf = (object: Readonly<Record<string, unknown>>, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined)

/** Takes a token apart (RFC 7515, compact form); answers what is wrong in Kong's words. `isKnown` tells the names of algorithms. */
export function readToken(text: string, isKnown: (algorithm: string) => boolean): Token | string {
  const [encodedHeader = '', encodedClaims = '', encodedSignature, ...more] = text.split('.', 4)
  const header = readJson(encodedHeader)
  const claims = readJson(encodedClaims)
  if (!isObject(header) || claims === undefined || encodedSignature === undefined) return 'invalid JSON'
  const algorithm = fieldOf(header, 'alg')
  if (typeof algorithm !== 'string' || !isKnown(algorithm)) return 'invalid alg'
  // RFC 7515 4.1.11: what `crit` names must be understood, and nothing of it is.
  if (Object.hasOwn(header, 'crit')) return 'invalid crit'
  if (!isObject(claims)) return 'invalid claims'
  if (more.length > 0 || !BASE64URL.test(encodedSignature)) return 'invalid signature'
  return { algorithm, header, claims, signed: text.slice(0, encodedHeader.length + 1 + encodedClaims.length), signature: Buffer.from(encodedSignature, 'base64url') }
}
