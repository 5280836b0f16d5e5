import { createHmac, randomBytes } from 'node:crypto'
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

/** Per worker. A check takes some 20 ms, so that the last one waits for about 5 s. */
export const CHECK_BOUNDS: CheckBounds = { rightMax: 65_536, wrongMax: 4_096, waitingMax: 256, perAddressMax: 16 }

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
  readonly #key = randomBytes(32)
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
    const form = readStoredPassword(stored)
    if (form === null) return false
    if (form.kind === 'sha1') return matchesSha1(form, claim.password, claim.consumerId)
    const pair = createHmac('sha256', this.#key).update(`${stored}\0${claim.username}\0`).update(claim.password).digest('base64')
    if (this.#right.has(pair)) return true
    if (this.#wrong.has(pair)) return false
    const open = this.#open.get(pair)
    if (open !== undefined) return open
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
