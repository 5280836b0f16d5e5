import { hash } from 'node:crypto'

/** Buckets of a canary: one is 0.001 %. */
export const BUCKETS = 100_000

/**
 * The bucket of a key, from 0 to BUCKETS - 1: the first 48 bits of SHA-256 over plugin id and key, mod BUCKETS. It depends on neither
 * the percentage nor `steps`, so that raising the percentage only ever adds buckets.
 */
export function bucketOf(pluginId: string, key: string): number {
  return hash('sha256', `${pluginId}\0${key}`, 'buffer').readUIntBE(0, 6) % BUCKETS
}
