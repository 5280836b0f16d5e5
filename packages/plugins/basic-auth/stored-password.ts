import { argon2, createHash, timingSafeEqual } from 'node:crypto'

/**
 * What a stored password may cost to check. OWASP's floor, which the control plane uses, is 19 MiB and two passes; an imported hash may cost
 * more, but not so much that one caller could stop a node with it.
 */
const COST_MAX = { memoryKiB: 65_536, passes: 10, lanes: 4 } as const

export interface Argon2Password {
  kind: 'argon2id'
  memoryKiB: number
  passes: number
  lanes: number
  salt: Buffer
  tag: Buffer
}

export interface Sha1Password {
  kind: 'sha1'
  digest: Buffer
}

/**
 * Reads a stored password: argon2id in PHC string format with the version 1.3, or Kong's SHA-1 of the password and the id of the consumer. Null where it has
 * no such form, or would cost more than a node spends on one.
 */
export function readStoredPassword(text: string): Argon2Password | Sha1Password | null {
  const legacy = /^sha1:([0-9a-f]{40})$/.exec(text)
  if (legacy !== null) return { kind: 'sha1', digest: Buffer.from(legacy[1] as string, 'hex') }
  const parts = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/.exec(text)
  if (parts === null) return null
  const [memoryKiB = 0, passes = 0, lanes = 0] = parts.slice(1, 4).map(Number)
  const isCheap = memoryKiB <= COST_MAX.memoryKiB && passes <= COST_MAX.passes && lanes <= COST_MAX.lanes
  // RFC 9106 3.1: at least one pass and one lane, and 8 KiB for each lane.
  if (!isCheap || passes < 1 || lanes < 1 || memoryKiB < 8 * lanes) return null
  return { kind: 'argon2id', memoryKiB, passes, lanes, salt: Buffer.from(parts[4] as string, 'base64'), tag: Buffer.from(parts[5] as string, 'base64') }
}

/** Takes some 50 ms of a thread of the pool, not of the loop, at OWASP's floor. */
export function matchesArgon2(stored: Argon2Password, password: Uint8Array): Promise<boolean> {
  const { memoryKiB, passes, lanes, salt, tag } = stored
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message: password, nonce: salt, memory: memoryKiB, passes, parallelism: lanes, tagLength: tag.byteLength }, (error, made) => {
      if (error === null) resolve(timingSafeEqual(made, tag))
      else reject(error)
    })
  })
}

export function matchesSha1(stored: Sha1Password, password: Uint8Array, consumerId: string): boolean {
  return timingSafeEqual(createHash('sha1').update(password).update(consumerId).digest(), stored.digest)
}

/** What a node cannot use of a stored password, or null. */
export function storedPasswordProblem(text: string): string | null {
  if (readStoredPassword(text) !== null) return null
  return `is no hash that a node checks: argon2id of at most ${COST_MAX.memoryKiB} KiB, ${COST_MAX.passes} passes and ${COST_MAX.lanes} lanes, or sha1:<hex> of Kong`
}
