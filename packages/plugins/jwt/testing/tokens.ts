import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

interface TestKey {
  privateKey: KeyObject
  pem: string
}

const keep = ({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): TestKey => ({
  privateKey,
  pem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
})
const RSA = keep(generateKeyPairSync('rsa', { modulusLength: 2048 }))

/** A key for each algorithm that has a public one, by its name; what is behind `-` tells two for the same apart. */
export const KEYS: Readonly<Record<string, TestKey>> = {
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA,
  'PS256-pss': keep(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })),
  ES256: keep(generateKeyPairSync('ec', { namedCurve: 'prime256v1' })),
  ES384: keep(generateKeyPairSync('ec', { namedCurve: 'secp384r1' })),
  ES512: keep(generateKeyPairSync('ec', { namedCurve: 'secp521r1' })),
  EdDSA: keep(generateKeyPairSync('ed25519')),
  'EdDSA-448': keep(generateKeyPairSync('ed448')),
}

/** `Infinity` as a JSON number that is read so. */
export const claimsFor = (claims: Record<string, unknown>): string => JSON.stringify(claims).replace('"Infinity"', '1e999')

function signatureOf(alg: string, signed: string, key: string | KeyObject, isDer: boolean): Buffer {
  const hash = `sha${alg.slice(2)}`
  if (typeof key === 'string') return createHmac(hash, key).update(signed).digest()
  const data = Buffer.from(signed)
  if (alg === 'EdDSA') return sign(null, data, key)
  if (alg.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: isDer ? 'der' : 'ieee-p1363' })
  // 6 is RSA_PKCS1_PSS_PADDING, 1 is RSA_PKCS1_PADDING; -1 is a salt as long as the hash.
  return sign(hash, data, alg.startsWith('PS') ? { key, padding: 6, saltLength: -1 } : { key, padding: 1 })
}

/** Signs claims (an object, or JSON text as it is). */
export function signToken(header: Record<string, unknown>, claims: unknown, key: string | KeyObject, options: { isDer?: boolean } = {}): string {
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const signed = `${encode(JSON.stringify(header))}.${encode(typeof claims === 'string' ? claims : JSON.stringify(claims))}`
  return `${signed}.${signatureOf(String(header.alg), signed, key, options.isDer === true).toString('base64url')}`
}
