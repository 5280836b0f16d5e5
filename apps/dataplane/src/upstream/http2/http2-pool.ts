import type { LookupFunction } from 'node:net'
import type { Deadlines } from '../../exchange/deadlines.ts'
import type { Attempt, AttemptHandler, AttemptRequest } from '../attempt.ts'
import type { UpstreamLimits } from '../limits.ts'
import { type AttemptOwner, Http2Attempt } from './http2-attempt.ts'
import { Http2Session, type SessionOwner } from './http2-session.ts'

interface PoolParts {
  limits: UpstreamLimits
  deadlines: Deadlines
  lookup: LookupFunction
  /** Nothing is left in it. */
  onEmpty(pool: Http2Pool): void
}

/** The HTTP/2 connections of a worker to one target: the oldest with room takes the next request, another is made when none has. */
export class Http2Pool implements SessionOwner {
  readonly limits: UpstreamLimits
  readonly deadlines: Deadlines
  readonly lookup: LookupFunction
  readonly #parts: PoolParts
  readonly #sessions = new Set<Http2Session>()
  readonly #waiting = new Set<Http2Attempt>()

  constructor(parts: PoolParts) {
    this.#parts = parts
    this.limits = parts.limits
    this.deadlines = parts.deadlines
    this.lookup = parts.lookup
  }

  start(request: AttemptRequest, handler: AttemptHandler): Attempt {
    const attempt = new Http2Attempt(request, handler, this)
    this.place(attempt)
    return attempt
  }

  /** Gives an attempt to a connection, now or as soon as one has room. */
  place(attempt: Http2Attempt): void {
    const session = this.#findRoom(attempt.request)
    if (session !== null) session.start(attempt)
    else if (this.#waiting.size < this.limits.waitingPerTargetMax) this.#wait(attempt)
    else queueMicrotask(() => attempt.fail('upstream_busy', null))
  }

  onRoom(): void {
    for (const attempt of this.#waiting) {
      const session = this.#findRoom(attempt.request)
      if (session === null) return
      this.#waiting.delete(attempt)
      session.start(attempt)
    }
  }

  onGone(session: Http2Session): void {
    this.#sessions.delete(session)
    this.onRoom()
    if (this.#sessions.size === 0) this.#parts.onEmpty(this)
  }

  close(): void {
    for (const session of this.#sessions) session.destroy()
  }

  #wait(attempt: Http2Attempt): void {
    const place: AttemptOwner = { limits: this.limits, deadlines: this.deadlines, onDone: () => this.#waiting.delete(attempt) }
    attempt.owner = place
    attempt.isQueued = true
    this.#waiting.add(attempt)
  }

  /** Null where all connections are full and there are as many as may be. */
  #findRoom(request: AttemptRequest): Http2Session | null {
    if (request.reusesConnection) for (const session of this.#sessions) if (session.hasRoom) return session
    if (this.#sessions.size >= this.limits.connectionsPerTargetMax) return null
    const session = new Http2Session(request, this)
    this.#sessions.add(session)
    return session
  }
}
