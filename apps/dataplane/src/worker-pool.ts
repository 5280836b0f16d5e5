import { Worker } from 'node:worker_threads'
import type { Issue } from '@sluice/shared/snapshot'
import type { WorkerReport } from './observe/aggregate.ts'
import type { WorkerAnswer, WorkerCommand, WorkerData } from './worker-protocol.ts'

/** How long all workers together may take to compile a revision. */
const PREPARE_TIMEOUT_MS = 10_000
/** Pause before a crashed worker is replaced, so that a crash at start does not spin. */
const REPLACE_DELAY_MS = 200

export interface WorkerPoolEvents {
  onReport(worker: number, report: WorkerReport): void
  onAccess(lines: string): void
  onCrash(worker: number, error: Error): void
}

export type ApplyResult = { ok: true } | { ok: false; issues: Issue[] }

interface Member {
  worker: Worker
  waiting: Map<string, (answer: WorkerAnswer) => void>
  isGone: boolean
}

/** The workers of a node: applies a revision on all of them or on none, and replaces one that crashes. */
export class WorkerPool {
  readonly #template: Omit<WorkerData, 'index'>
  readonly #events: WorkerPoolEvents
  readonly #members = new Map<number, Member>()
  #committed: SharedArrayBuffer | null = null
  #ticket = 0
  #isStopping = false
  #applying: Promise<unknown> = Promise.resolve()

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

  /** Prepares on every worker, then commits; one refusal or a timeout aborts and the former revision stays. One at a time. */
  apply(bytes: SharedArrayBuffer): Promise<ApplyResult> {
    const run = this.#applying.then(() => this.#apply(bytes))
    this.#applying = run.catch(() => undefined)
    return run
  }

  async #apply(bytes: SharedArrayBuffer): Promise<ApplyResult> {
    this.#ticket += 1
    const ticket = this.#ticket
    const members = [...this.#members.values()]
    const answers = await Promise.all(members.map((member) => this.#ask(member, { type: 'prepare', ticket, bytes }, ['prepared', 'refused'])))
    const refusal = answers.find((answer) => answer.type !== 'prepared')
    if (refusal !== undefined) {
      for (const member of members) this.#tell(member, { type: 'abort', ticket })
      return { ok: false, issues: refusal.type === 'refused' ? refusal.issues : [{ path: '', message: 'a worker did not answer in time' }] }
    }
    this.#committed = bytes
    await Promise.all(members.map((member) => this.#ask(member, { type: 'commit', ticket }, ['committed'])))
    return { ok: true }
  }

  async drain(graceMs: number): Promise<void> {
    this.#isStopping = true
    const members = [...this.#members.values()]
    await Promise.all(members.map((member) => this.#ask(member, { type: 'drain', graceMs }, ['drained'], graceMs + 2_000)))
    await Promise.all(members.map((member) => member.worker.terminate()))
  }

  async #spawn(index: number): Promise<void> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { ...this.#template, index } satisfies WorkerData })
    const member: Member = { worker, waiting: new Map(), isGone: false }
    worker.on('message', (answer: WorkerAnswer) => this.#receive(index, member, answer))
    worker.on('error', (error) => this.#events.onCrash(index, error as Error))
    worker.once('exit', () => this.#onExit(index, member))
    const listening = await this.#await(member, ['listening'], PREPARE_TIMEOUT_MS)
    if (listening.type !== 'listening') throw new Error(`worker ${index} did not start`)
    if (this.#committed !== null) {
      this.#ticket += 1
      const ticket = this.#ticket
      await this.#ask(member, { type: 'prepare', ticket, bytes: this.#committed }, ['prepared', 'refused'])
      await this.#ask(member, { type: 'commit', ticket }, ['committed'])
    }
    this.#members.set(index, member)
  }

  #onExit(index: number, member: Member): void {
    member.isGone = true
    this.#members.delete(index)
    for (const settle of [...member.waiting.values()]) settle({ type: 'drained' })
    if (this.#isStopping) return
    setTimeout(() => {
      if (!this.#isStopping) this.#spawn(index).catch((error: Error) => this.#events.onCrash(index, error))
    }, REPLACE_DELAY_MS)
  }

  #receive(index: number, member: Member, answer: WorkerAnswer): void {
    if (answer.type === 'report') this.#events.onReport(index, answer.report)
    else if (answer.type === 'access') this.#events.onAccess(answer.lines)
    else member.waiting.get(answer.type)?.(answer)
  }

  #tell(member: Member, command: WorkerCommand): void {
    if (!member.isGone) member.worker.postMessage(command)
  }

  #ask(member: Member, command: WorkerCommand, types: WorkerAnswer['type'][], timeoutMs = PREPARE_TIMEOUT_MS): Promise<WorkerAnswer> {
    const answered = this.#await(member, types, timeoutMs)
    this.#tell(member, command)
    return answered
  }

  /** The first answer of one of these types; `drained` where the worker ended or did not answer in time. */
  #await(member: Member, types: WorkerAnswer['type'][], timeoutMs: number): Promise<WorkerAnswer> {
    return new Promise((resolve) => {
      const settle = (answer: WorkerAnswer) => {
        clearTimeout(timer)
        for (const type of [...types, 'gone']) member.waiting.delete(type)
        resolve(answer)
      }
      const timer = setTimeout(() => settle({ type: 'drained' }), timeoutMs)
      for (const type of types) member.waiting.set(type, settle)
      member.waiting.set('gone', settle)
      if (member.isGone) settle({ type: 'drained' })
    })
  }
}
