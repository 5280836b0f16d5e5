import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from './canonical.ts'

const MODULUS = 1n << 256n

/** Content hash of nothing: 64 zeros. */
export const EMPTY_HASH = '0'.repeat(64)

/** SHA-256 of the canonical JSON of `[type, entity]` in the form sent to nodes, as 64 hex digits. */
export function entityHash(type: string, entity: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson([type, entity]))))
}

const toHex = (sum: bigint) => sum.toString(16).padStart(64, '0')

/**
 * A configuration's content hash is the sum of its entity hashes mod 2^256, so that a change costs only its own entities:
 * what left is subtracted, what came is added.
 */
export function adjustContentHash(hash: string, change: { removed?: string | null; added?: string | null }): string {
  let sum = BigInt(`0x${hash}`)
  if (change.removed) sum += MODULUS - BigInt(`0x${change.removed}`)
  if (change.added) sum += BigInt(`0x${change.added}`)
  return toHex(sum % MODULUS)
}

export function contentHash(entities: Iterable<{ type: string; entity: unknown }>): string {
  let sum = 0n
  for (const { type, entity } of entities) sum += BigInt(`0x${entityHash(type, entity)}`)
  return toHex(sum % MODULUS)
}
