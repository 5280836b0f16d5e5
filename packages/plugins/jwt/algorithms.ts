import { constants, createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto'

/** RFC 7518 3.3. */
const RSA_BITS_MIN = 2_048

interface PublicKeyAlgorithm {
  hash: string | null
  /** Bytes of a signature, where they are always as many. */
  signatureBytes: number | null
  /** What is wrong with a key, or null. */
  problemOf(key: KeyObject): string | null
  options: { padding?: number; saltLength?: number; dsaEncoding?: 'ieee-p1363' }
}

function rsaProblem(key: KeyObject, types: readonly string[]): string | null {
  if (!types.includes(key.asymmetricKeyType ?? '')) return 'must be an RSA key for this algorithm'
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN ? null : `must have ${RSA_BITS_MIN} bits or more (RFC 7518 3.3)`
}

const rs = (hash: string): PublicKeyAlgorithm => ({
  hash,
  signatureBytes: null,
  problemOf: (key) => rsaProblem(key, ['rsa']),
  options: { padding: constants.RSA_PKCS1_PADDING },
})

const ps = (hash: string): PublicKeyAlgorithm => ({
  hash,
  signatureBytes: null,
  problemOf: (key) => rsaProblem(key, ['rsa', 'rsa-pss']),
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
})

/** RFC 7518 3.4: each hash has its curve, and a signature is r and s side by side. */
const es = (hash: string, curve: string, signatureBytes: number): PublicKeyAlgorithm => ({
  hash,
  signatureBytes,
  problemOf: (key) => (key.asymmetricKeyDetails?.namedCurve === curve ? null : `must be a key on the curve ${curve} for this algorithm`),
  options: { dsaEncoding: 'ieee-p1363' },
})

const PUBLIC_KEY_ALGORITHMS: ReadonlyMap<string, PublicKeyAlgorithm> = new Map([
  ['RS256', rs('sha256')],
  ['RS384', rs('sha384')],
  ['RS512', rs('sha512')],
  ['PS256', ps('sha256')],
  ['PS384', ps('sha384')],
  ['PS512', ps('sha512')],
  ['ES256', es('sha256', 'prime256v1', 64)],
  ['ES384', es('sha384', 'secp384r1', 96)],
  ['ES512', es('sha512', 'secp521r1', 132)],
  [
    'EdDSA',
    {
      hash: null,
      signatureBytes: null,
      problemOf: (key) => (['ed25519', 'ed448'].includes(key.asymmetricKeyType ?? '') ? null : 'must be an Ed25519 or Ed448 key for this algorithm'),
      options: {},
    },
  ],
])

const HMAC_HASHES: ReadonlyMap<string, string> = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
])

export const isKnownAlgorithm = (name: string): boolean => HMAC_HASHES.has(name) || PUBLIC_KEY_ALGORITHMS.has(name)

type CredentialFields = Readonly<Record<string, unknown>>

/** The public key of a credential for its own algorithm, or what is wrong with it. */
function readPublicKey(fields: CredentialFields): KeyObject | string {
  const algorithm = PUBLIC_KEY_ALGORITHMS.get(String(fields.algorithm))
  const pem = String(fields.rsa_public_key)
  if (algorithm === undefined) return 'is not a key of a known algorithm'
  if (pem.includes('PRIVATE KEY')) return 'must be a public key: a private one must not leave who signs'
  try {
    const key = createPublicKey(pem)
    return algorithm.problemOf(key) ?? key
  } catch {
    return 'is not a public key that can be read (PEM)'
  }
}

/** What no node could use of a credential, or null. */
export function publicKeyProblem(fields: CredentialFields): string | null {
  if (HMAC_HASHES.has(String(fields.algorithm))) return null
  const key = readPublicKey(fields)
  return typeof key === 'string' ? key : null
}

/** By the credential's fields, which stay the same object until the credential changes: a key is read once, not for each request. */
const PUBLIC_KEYS = new WeakMap<CredentialFields, KeyObject | string>()

function publicKeyOf(fields: CredentialFields): KeyObject | null {
  const key = PUBLIC_KEYS.get(fields) ?? readPublicKey(fields)
  PUBLIC_KEYS.set(fields, key)
  return typeof key === 'string' ? null : key
}

function secretOf(fields: CredentialFields, isBase64: boolean): string | Buffer | null {
  const text = typeof fields.secret === 'string' ? fields.secret : ''
  if (!isBase64) return text === '' ? null : text
  const isEncoded = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)
  return isEncoded ? Buffer.from(text, 'base64') : null
}

export type Verdict = 'valid' | 'invalid_key' | 'invalid_signature'

export interface Signed {
  signed: string
  signature: Buffer
}

/**
 * Checks a signature by the algorithm of the credential, whatever the token says: a public key can never be taken for an HMAC secret, nor a
 * secret for anything else. `isBase64`: whether the secret is base64 of the key.
 */
export function verifySignature(fields: CredentialFields, { signed, signature }: Signed, options: { isBase64: boolean }): Verdict {
  const name = String(fields.algorithm)
  const hmacHash = HMAC_HASHES.get(name)
  if (hmacHash !== undefined) {
    const secret = secretOf(fields, options.isBase64)
    if (secret === null) return 'invalid_key'
    const made = createHmac(hmacHash, secret).update(signed).digest()
    return made.byteLength === signature.byteLength && timingSafeEqual(made, signature) ? 'valid' : 'invalid_signature'
  }
  const algorithm = PUBLIC_KEY_ALGORITHMS.get(name)
  const key = publicKeyOf(fields)
  if (algorithm === undefined || key === null) return 'invalid_key'
  if (algorithm.signatureBytes !== null && algorithm.signatureBytes !== signature.byteLength) return 'invalid_signature'
  return verify(algorithm.hash, Buffer.from(signed), { key, ...algorithm.options }, signature) ? 'valid' : 'invalid_signature'
}
