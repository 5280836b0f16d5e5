import { Worker } from 'node:worker_threads'
import type { Issue } from '@sluice/shared/snapshot'
import type { ConfigUpdate } from './config/update-bytes.ts'
import type { WorkerReport } from './observe/aggregate.ts'
import type { WorkerAnswer, WorkerCommand, WorkerData } from './worker-protocol.ts'

/** How long a worker may take to do what it is asked, and at least to compile a revision. */
const ANSWER_TIMEOUT_MS = 10_000
/** For a large revision, per MiB of it: 29 MiB (100,000 consumers with a key each) took 7 s of CPU on a busy machine, in slices beside requests. */
const PREPARE_TIMEOUT_MS_PER_MIB = 2_000
const MIB = 1024 * 1024
/** How long a worker may take until it listens: it loads its modules first, and the machine may be busy. */
const LISTEN_TIMEOUT_MS = 60_000
/** Pause before a crashed worker is replaced, so that a crash at start does not spin. */
const REPLACE_DELAY_MS = 200

export interface WorkerPoolEvents {
  onReport(worker: number, report: WorkerReport): void
  onAccess(lines: string): void
  onCrash(worker: number, error: Error): void
  /** What is served, for a worker that starts late; null before the first configuration. */
  served(): ConfigUpdate | null
}

export type ApplyResult = { ok: true } | { ok: false; issues: Issue[] }

/** What a worker said to a command; `gone` where it ended, `silent` where it did not answer in time. */
type Outcome = WorkerAnswer | { type: 'gone' } | { type: 'silent' }

const LISTENING = 0

interface Member {
  worker: Worker
  waiting: Map<number, (outcome: Outcome) => void>
  isGone: boolean
}

/** The workers of a node: applies a revision on all of them or on none, and replaces one that crashes. */
export class WorkerPool {
  readonly #template: Omit<WorkerData, 'index'>
  readonly #events: WorkerPoolEvents
  readonly #members = new Map<number, Member>()
  #ticket = LISTENING
  #isStopping = false
  #inTurn: Promise<unknown> = Promise.resolve()

  constructor(template: Omit<WorkerData, 'index'>, events: WorkerPoolEvents) {
    this.#template = template
    this.#events = events
  }

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, index) => this.#spawn(index)))
  }

  get size(): number {
    return this.#members.size
  }

  /**
   * Prepares on every worker, then commits; one refusal or a timeout aborts and the former revision stays. `onDecided` runs in between.
   * A worker that ends meanwhile has no say unless it was the last: its replacement starts with what was decided.
   */
  apply(update: ConfigUpdate, onDecided: () => void): Promise<ApplyResult> {
    return this.#takeTurn(() => this.#apply(update, onDecided))
  }

  async #apply(update: ConfigUpdate, onDecided: () => void): Promise<ApplyResult> {
    const members = [...this.#members.values()]
    const ticket = this.#nextTicket()
    const outcomes = await Promise.all(members.map((member) => this.#ask(member, { type: 'prepare', ticket, update }, prepareTimeoutMs(update))))
    const refusal = outcomes.find(({ type }) => type !== 'prepared' && type !== 'gone') ?? (outcomes.every(({ type }) => type === 'gone') ? outcomes[0] : undefined)
    if (refusal !== undefined) {
      for (const member of members) this.#tell(member, { type: 'abort', ticket })
      return { ok: false, issues: refusal.type === 'refused' ? refusal.issues : [{ path: '', message: whyNot(refusal, update) }] }
    }
    onDecided()
    await Promise.all(members.map((member) => this.#commit(member, ticket)))
    return { ok: true }
  }

  /** A worker that does not follow would go on with the former revision: it is ended, and its replacement starts with what is served. */
  async #commit(member: Member, ticket: number): Promise<void> {
    const outcome = await this.#ask(member, { type: 'commit', ticket })
    if (outcome.type !== 'committed') await member.worker.terminate()
  }

  async drain(graceMs: number): Promise<void> {
    this.#isStopping = true
    const members = [...this.#members.values()]
    await Promise.all(members.map((member) => this.#ask(member, { type: 'drain', ticket: this.#nextTicket(), graceMs }, graceMs + 2_000)))
    await Promise.all(members.map((member) => member.worker.terminate()))
  }

  async #spawn(index: number): Promise<void> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { ...this.#template, index } satisfies WorkerData })
    const member: Member = { worker, waiting: new Map(), isGone: false }
    worker.on('message', (answer: WorkerAnswer) => this.#receive(index, member, answer))
    worker.on('error', (error) => this.#events.onCrash(index, error as Error))
    worker.once('exit', () => this.#onExit(index, member))
    const listening = await this.#outcome(member, LISTENING, LISTEN_TIMEOUT_MS)
    if (listening.type !== 'listening') {
      // It may listen later and would serve nothing; its end brings the next one.
      await worker.terminate()
      throw new Error(`worker ${index} did not start`)
    }
    // In turn with revisions: one that is being applied meanwhile must not pass this worker by.
    await this.#takeTurn(async () => {
      const update = this.#events.served()
      if (update !== null) {
        const ticket = this.#nextTicket()
        await this.#ask(member, { type: 'prepare', ticket, update }, prepareTimeoutMs(update))
        await this.#commit(member, ticket)
      }
      if (!member.isGone) this.#members.set(index, member)
    })
  }

  #onExit(index: number, member: Member): void {
    member.isGone = true
    if (this.#members.get(index) === member) this.#members.delete(index)
    for (const settle of [...member.waiting.values()]) settle({ type: 'gone' })
    if (this.#isStopping) return
    setTimeout(() => {
      if (!this.#isStopping) this.#spawn(index).catch((error: Error) => this.#events.onCrash(index, error))
    }, REPLACE_DELAY_MS)
  }

  #receive(index: number, member: Member, answer: WorkerAnswer): void {
    if (answer.type === 'report') this.#events.onReport(index, answer.report)
    else if (answer.type === 'access') this.#events.onAccess(answer.lines)
    else member.waiting.get(answer.type === 'listening' ? LISTENING : answer.ticket)?.(answer)
  }

  #nextTicket(): number {
    this.#ticket += 1
    return this.#ticket
  }

  #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#inTurn.then(work)
    this.#inTurn = run.catch(() => undefined)
    return run
  }

  #tell(member: Member, command: WorkerCommand): void {
    if (!member.isGone) member.worker.postMessage(command)
  }

  #ask(member: Member, command: WorkerCommand, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Outcome> {
    const outcome = this.#outcome(member, command.ticket, timeoutMs)
    this.#tell(member, command)
    return outcome
  }

  #outcome(member: Member, ticket: number, timeoutMs: number): Promise<Outcome> {
    if (member.isGone) return Promise.resolve({ type: 'gone' })
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        clearTimeout(timer)
        member.waiting.delete(ticket)
        resolve(outcome)
      }
      const timer = setTimeout(() => settle({ type: 'silent' }), timeoutMs)
      member.waiting.set(ticket, settle)
    })
  }
}

function prepareTimeoutMs({ bytes }: ConfigUpdate): number {
  return Math.max(ANSWER_TIMEOUT_MS, Math.ceil((bytes.byteLength / MIB) * PREPARE_TIMEOUT_MS_PER_MIB))
}

function whyNot(outcome: Outcome, update: ConfigUpdate): string {
  if (outcome.type === 'gone') return 'a worker ended while it compiled this revision'
  return `a worker did not compile this revision within ${Math.round(prepareTimeoutMs(update) / 1_000)} s`
}
