import * as z from 'zod'

/**
 * How a secret field rests: `hashed` as `sha256:<hex>` (compared only), `password` as argon2id (compared only, slow on purpose),
 * `sealed` as AES-256-GCM in the database and plain towards an authenticated node.
 */
export type SecretKind = 'hashed' | 'password' | 'sealed'

export const SECRET_LENGTH_MAX = 16_384

/** A string field whose value never appears in a list, a log or a diff. */
export function secret(kind: SecretKind) {
  return z.string().min(1).max(SECRET_LENGTH_MAX).meta({ secret: kind })
}

/** A value that is in its stored form already, so that it is never transformed twice. */
export function isStoredSecret(value: string, kind: SecretKind): boolean {
  if (kind === 'hashed') return /^sha256:[0-9a-f]{64}$/.test(value)
  if (kind === 'password') return /^(\$argon2id\$|sha1:[0-9a-f]{40}$)/.test(value)
  return value.startsWith('sealed:')
}
