import type { LookupFunction } from 'node:net'
import type { Deadlines, Timed } from '../exchange/deadlines.ts'
import type { HeaderList } from '../exchange/header-list.ts'
import type { ParserLoan } from '../http1/parser-loan.ts'
import type { DirectIo } from '../socket/direct-io.ts'
import { type Attempt, type AttemptHandler, type AttemptRequest, connectFailure } from './attempt.ts'
import { type ConnectionOwner, UpstreamConnection } from './connection.ts'
import type { UpstreamLimits } from './limits.ts'

interface PoolParts {
  limits: UpstreamLimits
  deadlines: Deadlines
  lookup: LookupFunction
  parsers: ParserLoan
  directIo: DirectIo | null
  /** Nothing is left in it. */
  onEmpty(pool: HostPool): void
}

/** The connections of a worker to one target with one set of TLS settings. The one that was used last is used next. */
export class HostPool implements ConnectionOwner {
  readonly limits: UpstreamLimits
  readonly deadlines: Deadlines
  readonly lookup: LookupFunction
  readonly parsers: ParserLoan
  readonly directIo: DirectIo | null
  readonly #parts: PoolParts
  readonly #all = new Set<UpstreamConnection>()
  readonly #idle: UpstreamConnection[] = []
  readonly #waiting = new Set<WaitingAttempt>()
  session: Buffer | undefined

  constructor(parts: PoolParts) {
    this.#parts = parts
    this.limits = parts.limits
    this.deadlines = parts.deadlines
    this.lookup = parts.lookup
    this.parsers = parts.parsers
    this.directIo = parts.directIo
  }

  start(request: AttemptRequest, handler: AttemptHandler): Attempt {
    for (let kept = request.reusesConnection ? this.#idle.pop() : undefined; kept !== undefined; kept = this.#idle.pop()) {
      if (!kept.mayServeMore) continue
      kept.start(request, handler)
      return kept
    }
    if (this.#all.size < this.limits.connectionsPerTargetMax) return this.#startOnNew(request, handler)
    return new WaitingAttempt(request, handler, { deadlines: this.deadlines, queue: this.#waiting, max: this.limits.waitingPerTargetMax })
  }

  onIdle(connection: UpstreamConnection): void {
    const [first] = this.#waiting
    if (first !== undefined && connection.mayServeMore) first.startOn(connection)
    else if (connection.mayServeMore && this.#idle.length < this.limits.idleConnectionsMax) this.#idle.push(connection)
    else connection.destroy()
  }

  onGone(connection: UpstreamConnection): void {
    this.#all.delete(connection)
    const at = this.#idle.lastIndexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const [first] = this.#waiting
    if (first !== undefined && this.#all.size < this.limits.connectionsPerTargetMax) first.startOn(this.#open(first.request))
    if (this.#all.size === 0) this.#parts.onEmpty(this)
  }

  close(): void {
    for (const connection of this.#all) connection.destroy()
  }

  #startOnNew(request: AttemptRequest, handler: AttemptHandler): Attempt {
    const connection = this.#open(request)
    connection.start(request, handler)
    return connection
  }

  #open(request: AttemptRequest): UpstreamConnection {
    const connection = new UpstreamConnection(request, this)
    this.#all.add(connection)
    return connection
  }
}

/** An attempt that waits for one of the connections that its target may have. */
class WaitingAttempt implements Attempt, Timed {
  readonly request: AttemptRequest
  readonly deadlineMs: number
  readonly #handler: AttemptHandler
  readonly #deadlines: Deadlines
  readonly #queue: Set<WaitingAttempt>
  #connection: UpstreamConnection | null = null

  constructor(request: AttemptRequest, handler: AttemptHandler, place: { deadlines: Deadlines; queue: Set<WaitingAttempt>; max: number }) {
    this.request = request
    this.#handler = handler
    this.#deadlines = place.deadlines
    this.#queue = place.queue
    this.deadlineMs = place.deadlines.nowMs + request.connectTimeoutMs
    if (place.queue.size >= place.max) {
      queueMicrotask(() => handler.onFailed(connectFailure('upstream_busy', null)))
      return
    }
    place.queue.add(this)
    place.deadlines.watch(this)
  }

  startOn(connection: UpstreamConnection): void {
    this.#leave()
    this.#connection = connection
    connection.start(this.request, this.#handler)
  }

  onDeadline(): void {
    this.#leave()
    this.#handler.onFailed(connectFailure('upstream_busy', null))
  }

  write(piece: Buffer): boolean {
    return this.#connection?.write(piece) ?? false
  }
  end(trailers: HeaderList | null = null): void {
    this.#connection?.end(trailers)
  }
  resume(): void {
    this.#connection?.resume()
  }
  cancel(): void {
    this.#leave()
    this.#connection?.cancel()
  }

  #leave(): void {
    this.#queue.delete(this)
    this.#deadlines.forget(this)
  }
}
