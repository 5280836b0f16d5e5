import type { Issue, Snapshot } from '@sluice/shared/snapshot'
import { type Delta, DesiredState } from './desired-state.ts'
import { type LastGoodFile, LastGoodWriter } from './last-good.ts'
import { type ConfigUpdate, encodeDelta, encodeSnapshot } from './update-bytes.ts'

export type ApplyOutcome =
  | { kind: 'applied'; revision: number; hash: string }
  /** A worker refuses it; the former configuration keeps serving. */
  | { kind: 'rejected'; issues: Issue[] }
  /** It does not fit what is here: another base, or not the content that its hash says. Nothing was tried. */
  | { kind: 'unusable'; reason: string }

interface Parts {
  /** Makes every worker serve the update, or none. `onDecided` runs when all can and before the first does. */
  apply(update: ConfigUpdate, onDecided: () => void): Promise<{ ok: true } | { ok: false; issues: Issue[] }>
  lastGood: LastGoodFile
  onWriteError(error: Error): void
}

/** What the node serves: verified here, compiled by the workers, and on disk soon after. One update at a time. */
export class Configuration {
  readonly #parts: Parts
  readonly #writer: LastGoodWriter
  #state: DesiredState | null = null
  #running: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#writer = new LastGoodWriter(parts.lastGood, () => (this.#state === null ? null : Buffer.from(JSON.stringify(this.#state.snapshot()))), parts.onWriteError)
  }

  /** What is served; null before the first. */
  get served(): DesiredState | null {
    return this.#state
  }

  /** The served configuration for a worker that starts late; null before the first. */
  update(): ConfigUpdate | null {
    return this.#state === null ? null : encodeSnapshot(this.#state.snapshot())
  }

  applySnapshot(snapshot: Snapshot): Promise<ApplyOutcome> {
    return this.#inTurn(async () => {
      const loaded = await DesiredState.load(snapshot)
      if (!loaded.ok) return { kind: 'unusable', reason: loaded.reason }
      const { state } = loaded
      const result = await this.#parts.apply(encodeSnapshot(snapshot), () => {
        this.#state = state
      })
      return this.#settle(result)
    })
  }

  applyDelta(delta: Delta): Promise<ApplyOutcome> {
    return this.#inTurn(async () => {
      const prepared = this.#state?.prepare(delta) ?? { ok: false as const, reason: 'there is nothing here yet that a delta could change' }
      if (!prepared.ok) return { kind: 'unusable', reason: prepared.reason }
      return this.#settle(await this.#parts.apply(encodeDelta(delta), prepared.commit))
    })
  }

  /** Reads the last good file; null where there is none. Throws LastGoodError where it cannot be used. */
  readLastGood(): Snapshot | null {
    const bytes = this.#parts.lastGood.read()
    return bytes === null ? null : (JSON.parse(bytes.toString('utf8')) as Snapshot)
  }

  /** Resolves when what is served is on disk. */
  saved(): Promise<void> {
    return this.#writer.settled()
  }

  #settle(result: { ok: true } | { ok: false; issues: Issue[] }): ApplyOutcome {
    if (!result.ok) return { kind: 'rejected', issues: result.issues }
    this.#writer.schedule()
    return { kind: 'applied', revision: this.#state?.revision ?? 0, hash: this.#state?.hash ?? '' }
  }

  #inTurn(work: () => Promise<ApplyOutcome>): Promise<ApplyOutcome> {
    const run = this.#running.then(work)
    this.#running = run.catch(() => undefined)
    return run
  }
}
