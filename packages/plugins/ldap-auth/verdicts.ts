import { createHmac, randomBytes } from 'node:crypto'

export interface VerdictBounds {
  /** Passwords that were right. */
  rightMax: number
  /** Passwords that were wrong. Apart, so that guesses push out nobody who is known. */
  wrongMax: number
  /** Questions of one client address that are open. */
  perAddressMax: number
}

/** Per worker. */
export const VERDICT_BOUNDS: VerdictBounds = { rightMax: 16_384, wrongMax: 4_096, perAddressMax: 16 }

/** Answer where too many questions are open. */
export const BUSY = 'busy'

export interface Question {
  /** What the answer depends on, besides the password. */
  subject: string
  password: string
  clientIp: string
  ttlMs: number
}

/** Times until which something holds, by name; the one that was asked for longest ago makes room. */
class Held {
  readonly #max: number
  readonly #until = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  has(name: string, nowMs: number): boolean {
    const untilMs = this.#until.get(name)
    if (untilMs === undefined) return false
    this.#until.delete(name)
    if (untilMs <= nowMs) return false
    this.#until.set(name, untilMs)
    return true
  }

  add(name: string, untilMs: number): void {
    this.#until.delete(name)
    this.#until.set(name, untilMs)
    if (this.#until.size <= this.#max) return
    const oldest = this.#until.keys().next()
    if (oldest.done !== true) this.#until.delete(oldest.value)
  }
}

/**
 * What a directory said about usernames with passwords, under a keyed hash: neither is kept. A pair that is being asked about is asked once,
 * whoever waits for it.
 */
export class Verdicts {
  readonly #key = randomBytes(32)
  readonly #bounds: VerdictBounds
  readonly #right: Held
  readonly #wrong: Held
  readonly #open = new Map<string, Promise<boolean | typeof BUSY>>()
  readonly #openOfAddress = new Map<string, number>()

  constructor(bounds: VerdictBounds = VERDICT_BOUNDS) {
    this.#bounds = bounds
    this.#right = new Held(bounds.rightMax)
    this.#wrong = new Held(bounds.wrongMax)
  }

  /** Whether the password is right, as it is remembered, or as `ask` says. What rejects is not remembered. */
  isRight(question: Question, nowMs: () => number, ask: () => Promise<'accepted' | 'refused' | 'busy'>): boolean | typeof BUSY | Promise<boolean | typeof BUSY> {
    const pair = createHmac('sha256', this.#key).update(`${question.subject.length} ${question.subject}${question.password}`).digest('base64')
    if (question.ttlMs > 0 && this.#right.has(pair, nowMs())) return true
    if (question.ttlMs > 0 && this.#wrong.has(pair, nowMs())) return false
    const open = this.#open.get(pair)
    if (open !== undefined) return open
    const ofAddress = this.#openOfAddress.get(question.clientIp) ?? 0
    if (ofAddress >= this.#bounds.perAddressMax) return BUSY
    this.#openOfAddress.set(question.clientIp, ofAddress + 1)
    const answer = this.#run(pair, question, { nowMs, ask })
    this.#open.set(pair, answer)
    return answer
  }

  async #run(pair: string, { ttlMs, clientIp }: Question, { nowMs, ask }: { nowMs: () => number; ask: () => Promise<'accepted' | 'refused' | 'busy'> }) {
    try {
      const outcome = await ask()
      if (outcome === 'busy') return BUSY
      const isRight = outcome === 'accepted'
      if (ttlMs > 0) (isRight ? this.#right : this.#wrong).add(pair, nowMs() + ttlMs)
      return isRight
    } finally {
      this.#close(pair, clientIp)
    }
  }

  #close(pair: string, clientIp: string): void {
    this.#open.delete(pair)
    const left = (this.#openOfAddress.get(clientIp) ?? 1) - 1
    if (left === 0) this.#openOfAddress.delete(clientIp)
    else this.#openOfAddress.set(clientIp, left)
  }
}
