import { randomUUID } from 'node:crypto'
import { insertAct } from '../store/changes.ts'
import type { Store } from '../store/client.ts'
import { deleteExpiredOneTimeTokens, type Purpose, replaceOneTimeToken, takeOneTimeToken } from '../store/one-time-tokens.ts'
import { countOperators, findOperatorByEmail, insertFirstOperator, setPasswordHash } from '../store/operators.ts'
import { deleteExpiredSessions, deleteSession, deleteSessionsOf, findSession, insertSession, touchSession } from '../store/sessions.ts'
import { hashPassword, passwordProblem, verifyAgainstNothing, verifyPassword } from './password.ts'
import { SignInThrottle } from './throttle.ts'
import { hashToken, randomToken } from './tokens.ts'

export const SESSION_LIMITS = { idleMs: 12 * 3_600_000, lifeMs: 7 * 24 * 3_600_000, touchMs: 60_000 } as const
export const LINK_LIFE_MS = 3_600_000

export interface SignedIn {
  id: string
  email: string
  name: string
}

export type AuthErrorCode = 'wrong_password' | 'throttled' | 'bad_link' | 'invalid' | 'set_up_already'

export class AuthError extends Error {
  readonly code: AuthErrorCode
  readonly field: string | null
  readonly retryAfterS: number | null

  constructor(code: AuthErrorCode, message: string, details: { field?: string; retryAfterS?: number } = {}) {
    super(message)
    this.name = 'AuthError'
    this.code = code
    this.field = details.field ?? null
    this.retryAfterS = details.retryAfterS ?? null
  }
}

interface Parts {
  store: Store
  workspaceId: string
  now: () => number
}

interface NewOperator {
  email: string
  name: string
  password: string
}

/** Without white space and control characters, which a database would refuse or a person not see. */
const EMAIL = /^[^\s@\p{Cc}\p{Cs}]{1,64}@[^\s@\p{Cc}\p{Cs}]{1,255}$/u

/** Operators, their sessions and the links that let them in. */
export class Operators {
  readonly #parts: Parts
  readonly #throttle: SignInThrottle

  constructor(parts: Parts) {
    this.#parts = parts
    this.#throttle = new SignInThrottle(parts.store, parts.now)
  }

  async needsSetUp(): Promise<boolean> {
    return (await countOperators(this.#parts.store.db)) === 0
  }

  /** A link's token for the first operator; it ends the former one. */
  async issueSetUpToken(): Promise<string> {
    return this.#issue('set_up', null)
  }

  /** Ends every session of the operator and answers a token that lets the password be set once; null where there is no such operator. */
  async issueResetToken(email: string): Promise<string | null> {
    const operator = await findOperatorByEmail(this.#parts.store.db, email.trim().toLowerCase())
    if (operator === null) return null
    await deleteSessionsOf(this.#parts.store.db, operator.id)
    await this.#audit('reset_password', { id: operator.id, label: operator.email })
    return this.#issue('reset_password', operator.id)
  }

  async setUp(input: NewOperator & { token: string }): Promise<SignedIn> {
    const { store } = this.#parts
    const row = await this.#newOperator(input)
    const made = await store.transaction(async (tx) => {
      if ((await takeOneTimeToken(tx, hashToken(input.token), 'set_up', this.#date())) === null)
        throw new AuthError('bad_link', 'This set-up link was used or has expired. Restart the control plane; it prints a new one.')
      return insertFirstOperator(tx, row)
    })
    if (!made) throw new AuthError('set_up_already', 'There is an operator already. Sign in, or ask them.')
    await this.#audit('set_up', { id: row.id, label: row.email })
    return { id: row.id, email: row.email, name: row.name }
  }

  /** SLUICE_BOOTSTRAP_EMAIL and _PASSWORD: the first operator without a link. False where there is one already. */
  async bootstrap(input: NewOperator): Promise<boolean> {
    const row = await this.#newOperator(input)
    return this.#parts.store.transaction((tx) => insertFirstOperator(tx, row))
  }

  async signIn(input: { email: string; password: string; address: string }): Promise<{ operator: SignedIn; token: string }> {
    const { store } = this.#parts
    const email = input.email.trim().toLowerCase()
    const who = { email, address: input.address }
    const waitMs = EMAIL.test(email) ? await this.#throttle.begin(who) : 0
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      throw new AuthError('throttled', `Too many failed attempts. Try again in ${seconds} s.`, { retryAfterS: seconds })
    }
    const operator = EMAIL.test(email) ? await findOperatorByEmail(store.db, email) : null
    const isRight = operator === null ? await verifyAgainstNothing(input.password) : await verifyPassword(operator.password_hash, input.password)
    if (operator === null || !isRight || operator.disabled_at !== null) throw new AuthError('wrong_password', 'Email or password is wrong.')
    await this.#throttle.succeeded(who)
    return { operator: { id: operator.id, email, name: operator.name }, token: await this.startSession(operator.id, input.address) }
  }

  async startSession(operatorId: string, address: string): Promise<string> {
    const token = randomToken()
    const expires = new Date(this.#parts.now() + SESSION_LIMITS.lifeMs)
    await insertSession(this.#parts.store.db, { id: randomUUID(), token_sha256: hashToken(token), operator_id: operatorId, expires_at: expires, address })
    return token
  }

  /** Who has this session, or null. */
  async bySession(token: string): Promise<SignedIn | null> {
    const now = this.#parts.now()
    const session = await findSession(this.#parts.store.db, hashToken(token), { now: new Date(now), idleAfter: new Date(now - SESSION_LIMITS.idleMs) })
    if (session === null) return null
    if (now - session.last_seen_at.getTime() > SESSION_LIMITS.touchMs) await touchSession(this.#parts.store.db, session.id, new Date(now))
    const { id, email, name } = session.operator
    return { id, email, name }
  }

  /** Deletes what has ended: sessions, links, and failures of sign-in that count no more. */
  async tidy(): Promise<void> {
    const { db } = this.#parts.store
    await deleteExpiredSessions(db, this.#date())
    await deleteExpiredOneTimeTokens(db, this.#date())
    await this.#throttle.tidy()
  }

  async signOut(token: string): Promise<void> {
    await deleteSession(this.#parts.store.db, hashToken(token))
  }

  async resetPassword(input: { token: string; password: string }): Promise<void> {
    const problem = passwordProblem(input.password, '')
    if (problem !== null) throw new AuthError('invalid', problem, { field: 'password' })
    const hash = await hashPassword(input.password)
    const { store } = this.#parts
    await store.transaction(async (tx) => {
      const taken = await takeOneTimeToken(tx, hashToken(input.token), 'reset_password', this.#date())
      if (taken?.operator_id === null || taken === null)
        throw new AuthError('bad_link', 'This link was used or has expired. Ask for a new one: npm run control-plane -- reset-password EMAIL')
      await setPasswordHash(tx, taken.operator_id, hash)
      await deleteSessionsOf(tx, taken.operator_id)
    })
  }

  async #newOperator(input: NewOperator) {
    const email = input.email.trim().toLowerCase()
    if (!EMAIL.test(email)) throw new AuthError('invalid', 'must be an email address', { field: 'email' })
    const name = input.name.trim()
    if (!/^[^\p{Cc}\p{Cs}]{1,128}$/u.test(name)) throw new AuthError('invalid', 'must have 1 to 128 characters', { field: 'name' })
    const problem = passwordProblem(input.password, email)
    if (problem !== null) throw new AuthError('invalid', problem, { field: 'password' })
    return { id: randomUUID(), email, name, password_hash: await hashPassword(input.password) }
  }

  async #issue(purpose: Purpose, operatorId: string | null): Promise<string> {
    const token = randomToken()
    const expires = new Date(this.#parts.now() + LINK_LIFE_MS)
    await this.#parts.store.transaction((tx) => replaceOneTimeToken(tx, { token_sha256: hashToken(token), purpose, operator_id: operatorId, expires_at: expires }))
    return token
  }

  #date(): Date {
    return new Date(this.#parts.now())
  }

  #audit(op: string, operator: { id: string; label: string }): Promise<void> {
    const actor = { kind: 'system' as const, id: null, name: 'system' }
    return insertAct(this.#parts.store.db, { workspaceId: this.#parts.workspaceId, actor, type: 'operator', ...operator, op })
  }
}
