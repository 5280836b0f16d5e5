import type { Issue } from '@sluice/shared/snapshot'
import type { CompiledConfig } from '../pipeline/compiled.ts'
import type { CompileEnvironment } from './compile-environment.ts'
import { Edition } from './edition.ts'
import { runInSlices } from './slices.ts'
import { type ConfigUpdate, decodeUpdate } from './update-bytes.ts'

export type PrepareResult = { ok: true } | { ok: false; issues: Issue[] }

/** A worker's configuration between prepare and commit: what it serves, and what it could serve next. */
export class StagedConfig {
  readonly #environment: CompileEnvironment
  readonly #preparing = new Set<number>()
  readonly #prepared = new Map<number, Edition>()
  #served: Edition

  constructor(environment: CompileEnvironment) {
    this.#environment = environment
    this.#served = Edition.empty(environment)
  }

  /**
   * Compiles the update beside what is served, in slices between which requests have their turn; null where it is aborted meanwhile. Main has
   * checked base and hash, so a delta fits. Rejects where something cannot be compiled.
   */
  async prepare(ticket: number, update: ConfigUpdate): Promise<PrepareResult | null> {
    this.#preparing.add(ticket)
    try {
      const base = update.kind === 'delta' ? this.#served : Edition.empty(this.#environment)
      const result = await runInSlices(base.with(decodeUpdate(update), this.#environment), () => this.#preparing.has(ticket))
      if (result === null || !result.ok) return result
      if (!this.#preparing.has(ticket)) return null
      this.#prepared.set(ticket, result.edition)
      return { ok: true }
    } finally {
      this.#preparing.delete(ticket)
    }
  }

  /** The configuration that was prepared under this ticket, which is served from now on; null where there is none. */
  commit(ticket: number): CompiledConfig | null {
    const edition = this.#prepared.get(ticket)
    this.#prepared.clear()
    if (edition === undefined) return null
    this.#served = edition
    return edition.config
  }

  /** Gives up what is or was prepared under this ticket. What is served is as it was. */
  abort(ticket: number): void {
    this.#preparing.delete(ticket)
    this.#prepared.delete(ticket)
  }
}
