import type { Store } from '../store/client.ts'
import { clearThrottle, countAttempt, deleteForgotten, uncountAttempt } from '../store/throttle.ts'

/** Failed sign-ins: free ones, then a delay that doubles; one address may fail more often, because many people may share it. */
export const SIGN_IN_LIMITS = { freeFailures: { account: 5, address: 20 }, delayMs: 1_000, delayMsMax: 15 * 60_000, forgetMs: 60 * 60_000 } as const

interface Who {
  email: string
  address: string
}

/** Delays sign-in by account and by address. Kept in the database, so that every control plane counts the same. */
export class SignInThrottle {
  readonly #store: Store
  readonly #now: () => number

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  #keys({ email, address }: Who): [kind: 'account' | 'address', key: string][] {
    return [
      // The address first: one that is blocked cannot count against an account any more.
      ['address', `address ${address}`],
      ['account', `account ${email.slice(0, 320)}`],
    ]
  }

  /** Counts the attempt before the password is looked at. Answers 0 where it may be, else the milliseconds to wait. */
  async begin(who: Who): Promise<number> {
    const now = this.#now()
    const { freeFailures, delayMs, delayMsMax, forgetMs } = SIGN_IN_LIMITS
    for (const [kind, key] of this.#keys(who)) {
      const attempt = { now: new Date(now), forgetBefore: new Date(now - forgetMs), free: freeFailures[kind], delayMs, delayMsMax }
      const blockedUntil = await countAttempt(this.#store.db, key, attempt)
      if (blockedUntil !== null) return Math.max(1, blockedUntil.getTime() - now)
    }
    return 0
  }

  /** The attempt was good: the account begins anew, and the address has one failure less. */
  async succeeded(who: Who): Promise<void> {
    for (const [kind, key] of this.#keys(who)) {
      if (kind === 'account') await clearThrottle(this.#store.db, key)
      else await uncountAttempt(this.#store.db, key, new Date(this.#now()))
    }
  }

  async tidy(): Promise<void> {
    await deleteForgotten(this.#store.db, new Date(this.#now() - SIGN_IN_LIMITS.forgetMs))
  }
}
