import { hash, randomBytes } from 'node:crypto'
import { RecentSet } from './recent-set.ts'
import { type Argon2Password, matchesArgon2, matchesSha1, readStoredPassword } from './stored-password.ts'

export interface CheckBounds {
  /** Pairs of username and password that were right, and are not worked out again. */
  rightMax: number
  /** Pairs that were wrong. Apart, so that guesses push out nobody who is known. */
  wrongMax: number
  /** Checks that wait for their turn. */
  waitingMax: number
  /** Checks of one client address that wait or run. */
  perAddressMax: number
}

/** Per worker. A check takes some 50 ms, so that the last one waits for about 6 s. */
export const CHECK_BOUNDS: CheckBounds = { rightMax: 65_536, wrongMax: 4_096, waitingMax: 128, perAddressMax: 16 }

/** Answer to a check where too many are waiting. */
export const BUSY = 'busy'

export interface Claim {
  username: string
  password: Uint8Array
  /** As the credential has it; null where nobody has that username. */
  stored: string | null
  consumerId: string
  clientIp: string
}

/** Costs as much to check as a real one, and no password has it: its tag is all zeros. */
const NOBODYS = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/**
 * Says whether passwords are right, without working out a slow hash for every request: what came out once is remembered under a keyed hash of
 * stored form, username and password, so it is forgotten by itself when the password changes. One check runs at a time, on a thread of the
 * pool; the others wait in turn, up to a bound. An unknown username costs the same as a known one, so that the clock does not tell which are.
 */
export class PasswordChecks {
  readonly #key = randomBytes(32).toString('hex')
  readonly #bounds: CheckBounds
  readonly #right: RecentSet
  readonly #wrong: RecentSet
  /** By what is remembered: two requests with the same pair wait for one check. */
  readonly #open = new Map<string, Promise<boolean>>()
  readonly #openOfAddress = new Map<string, number>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(bounds: CheckBounds = CHECK_BOUNDS) {
    this.#bounds = bounds
    this.#right = new RecentSet(bounds.rightMax)
    this.#wrong = new RecentSet(bounds.wrongMax)
  }

  isRight(claim: Claim): boolean | typeof BUSY | Promise<boolean> {
    const stored = claim.stored ?? NOBODYS
    if (!stored.startsWith('$argon2id$')) return isLegacyRight(stored, claim)
    // One character per byte of the password, so that no two passwords give the same text. The key comes first and has always as many characters.
    const password = Buffer.from(claim.password).toString('latin1')
    const pair = hash('sha256', `${this.#key}${stored}\0${claim.username}\0${password}`, 'base64')
    if (this.#right.has(pair)) return true
    if (this.#wrong.has(pair)) return false
    const open = this.#open.get(pair)
    if (open !== undefined) return open
    const form = readStoredPassword(stored)
    if (form?.kind !== 'argon2id') return false
    const ofAddress = this.#openOfAddress.get(claim.clientIp) ?? 0
    if (this.#open.size > this.#bounds.waitingMax || ofAddress >= this.#bounds.perAddressMax) return BUSY
    this.#openOfAddress.set(claim.clientIp, ofAddress + 1)
    const check = this.#run(this.#last, form, { pair, claim })
    this.#last = check.catch(() => {})
    this.#open.set(pair, check)
    return check
  }

  async #run(previous: Promise<unknown>, form: Argon2Password, { pair, claim }: { pair: string; claim: Claim }): Promise<boolean> {
    await previous
    try {
      const isRight = await matchesArgon2(form, claim.password)
      const pairs = isRight ? this.#right : this.#wrong
      pairs.add(pair)
      return isRight
    } finally {
      this.#close(pair, claim.clientIp)
    }
  }

  #close(pair: string, clientIp: string): void {
    this.#open.delete(pair)
    const left = (this.#openOfAddress.get(clientIp) ?? 1) - 1
    if (left === 0) this.#openOfAddress.delete(clientIp)
    else this.#openOfAddress.set(clientIp, left)
  }
}

/** Kong's form is fast to check: nothing is remembered of it. */
function isLegacyRight(stored: string, { password, consumerId }: Claim): boolean {
  const form = readStoredPassword(stored)
  return form?.kind === 'sha1' && matchesSha1(form, password, consumerId)
}
