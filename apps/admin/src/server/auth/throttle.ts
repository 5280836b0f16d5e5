import type { Store } from '../store/client.ts'
import { blockUntil, clearThrottle, countFailure, readThrottle } from '../store/throttle.ts'

/** Failed sign-ins: free ones, then a delay that doubles; one address may fail more often, because many people may share it. */
export const SIGN_IN_LIMITS = { freeFailures: { account: 5, address: 20 }, delayMs: 1_000, delayMsMax: 15 * 60_000, forgetMs: 60 * 60_000 } as const

/** Delays sign-in by account and by address. Kept in the database, so that every control plane counts the same. */
export class SignInThrottle {
  readonly #store: Store
  readonly #now: () => number

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  #keys(email: string, address: string): { account: string; address: string } {
    return { account: `account ${email.slice(0, 320)}`, address: `address ${address}` }
  }

  /** Milliseconds that this account or address still has to wait; 0 where it may try. */
  async waitMs(email: string, address: string): Promise<number> {
    const rows = await readThrottle(this.#store.db, Object.values(this.#keys(email, address)))
    return Math.max(0, ...rows.map((row) => row.blocked_until.getTime() - this.#now()))
  }

  async failed(email: string, address: string): Promise<void> {
    const now = this.#now()
    for (const [kind, key] of Object.entries(this.#keys(email, address)) as ['account' | 'address', string][]) {
      const failures = await countFailure(this.#store.db, key, { now: new Date(now), forgetBefore: new Date(now - SIGN_IN_LIMITS.forgetMs) })
      const beyond = failures - SIGN_IN_LIMITS.freeFailures[kind]
      if (beyond >= 0) await blockUntil(this.#store.db, key, new Date(now + Math.min(SIGN_IN_LIMITS.delayMsMax, SIGN_IN_LIMITS.delayMs * 2 ** beyond)))
    }
  }

  async succeeded(email: string): Promise<void> {
    await clearThrottle(this.#store.db, this.#keys(email, '').account)
  }
}
