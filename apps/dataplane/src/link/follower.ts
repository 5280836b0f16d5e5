import { LINK_LIMITS, type NodeMessage } from '@sluice/shared/protocol'
import type { Issue } from '@sluice/shared/snapshot'
import type { ApplyOutcome, Configuration } from '../config/configuration.ts'
import type { Offer } from './session.ts'
import { BrokenSnapshotError } from './snapshot-assembly.ts'

type Answer = Extract<NodeMessage, { type: 'applied' | 'rejected' | 'resync' }>

/** Where an offer came from, and where its answer goes. */
export interface Origin {
  send(answer: Answer): void
  /** What came cannot be what the hub meant to send. */
  fail(reason: string): void
}

export interface FollowerEvents {
  onApplied(revision: number, hash: string, applyMs: number): void
  onRejected(revision: number, issues: Issue[]): void
  onResync(reason: string): void
}

interface Pending {
  offer: Offer
  origin: Origin
}

/** Applies what the hub offers, one after another. While one is applied only the newest of the others is kept. */
export class Follower {
  readonly #configuration: Configuration
  readonly #events: FollowerEvents
  #pending: Pending | null = null
  #isRunning = false
  #isStopped = false

  constructor(configuration: Configuration, events: FollowerEvents) {
    this.#configuration = configuration
    this.#events = events
  }

  /** The workers are going: what fails from now on says nothing about a revision. */
  stop(): void {
    this.#isStopped = true
  }

  offer(offer: Offer, origin: Origin): void {
    if (this.#isStopped) return
    this.#pending = { offer, origin }
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#pending !== null) {
      const { offer, origin } = this.#pending
      this.#pending = null
      await this.#follow(offer, origin).catch((error: Error) => origin.fail(error instanceof BrokenSnapshotError ? error.message : `could not be applied: ${error.message}`))
    }
    this.#isRunning = false
  }

  async #follow(offer: Offer, origin: Origin): Promise<void> {
    if (offer.kind === 'delta') {
      const outcome = await this.#configuration.applyDelta(offer.delta)
      return this.#answer(origin, { outcome, revision: offer.delta.revision, startedAtMs: offer.receivedAtMs })
    }
    const { assembly } = offer
    const outcome = await this.#configuration.applySnapshot(await assembly.read())
    // Another snapshot would be the same one: only a newer revision helps.
    const final: ApplyOutcome = outcome.kind === 'unusable' ? { kind: 'rejected', issues: [{ path: '', message: outcome.reason }] } : outcome
    this.#answer(origin, { outcome: final, revision: assembly.announced.revision, startedAtMs: assembly.startedAtMs })
  }

  #answer(origin: Origin, done: { outcome: ApplyOutcome; revision: number; startedAtMs: number }): void {
    const { outcome, revision } = done
    if (this.#isStopped && outcome.kind !== 'applied') return
    if (outcome.kind === 'applied') {
      const applyMs = Math.round((performance.now() - done.startedAtMs) * 10) / 10
      origin.send({ type: 'applied', revision, hash: outcome.hash, apply_ms: applyMs })
      this.#events.onApplied(revision, outcome.hash, applyMs)
    } else if (outcome.kind === 'rejected') {
      origin.send({ type: 'rejected', revision, issues: withinLimits(outcome.issues) })
      this.#events.onRejected(revision, outcome.issues)
    } else {
      origin.send({ type: 'resync', reason: outcome.reason.slice(0, 512) })
      this.#events.onResync(outcome.reason)
    }
  }
}

function withinLimits(issues: readonly Issue[]): Issue[] {
  return issues.slice(0, LINK_LIMITS.issuesMax).map(({ path, message }) => ({ path: path.slice(0, 1024), message: message.slice(0, 2048) }))
}
