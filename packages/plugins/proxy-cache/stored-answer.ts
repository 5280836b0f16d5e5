import type { Directives } from './cache-control.ts'
import type { Validators } from './conditions.ts'
import type { ReadFields } from './field-list.ts'
import { matchesVary, type VaryValue } from './vary.ts'

export type Field = readonly [name: string, value: string]

export interface StoredParts {
  status: number
  fields: readonly Field[]
  body: Uint8Array
  validators: Validators
  directives: Directives
  vary: readonly VaryValue[]
  /** Unix milliseconds. */
  receivedAtMs: number
  initialAgeS: number
  lifetimeS: number
  /** Numbers of the generations of its URI and its plugin, from before it was asked for. */
  generations: readonly [uri: number, plugin: number]
}

/** What an object costs besides its texts and bytes. */
const OVERHEAD_BYTES = 1_000

/** A whole answer as it is kept. Never changes: a 304 makes another of it. */
export class StoredAnswer {
  readonly parts: StoredParts
  readonly bytes: number

  constructor(parts: StoredParts) {
    this.parts = parts
    const texts = [...parts.fields, ...parts.vary].reduce((sum, [name, value]) => sum + name.length + value.length + 100, 0)
    this.bytes = OVERHEAD_BYTES + texts + parts.body.byteLength
  }

  /** Age now, in seconds and parts of them (RFC 9111 4.2.3). */
  ageS(nowMs: number): number {
    return this.parts.initialAgeS + this.keptS(nowMs)
  }

  /** What caches behind us said when it came (RFC 9211). */
  get cacheStatus(): string[] {
    return this.parts.fields.filter(([name]) => name.toLowerCase() === 'cache-status').map(([, value]) => value)
  }

  /** How long it has been here, in seconds. */
  keptS(nowMs: number): number {
    return Math.max(0, (nowMs - this.parts.receivedAtMs) / 1000)
  }
}

/** The most answers that are kept for one key. */
const VARIANTS_MAX = 32

/** The answers for one key, which differ in what Vary names; the newest first. */
export class Variants {
  readonly answers: readonly StoredAnswer[]

  constructor(answers: readonly StoredAnswer[]) {
    this.answers = answers
  }

  get bytes(): number {
    return this.answers.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The newest answer for a request like this; null where there is none (RFC 9111 4.1). */
  select(headers: ReadFields): StoredAnswer | null {
    return this.answers.find(({ parts }) => matchesVary(parts.vary, headers)) ?? null
  }

  /** With an answer in place of those for the same values, within so many bytes. */
  with(answer: StoredAnswer, headers: ReadFields, bytesMax: number): Variants {
    const kept = [answer]
    let bytes = answer.bytes
    for (const other of this.answers) {
      bytes += other.bytes
      if (kept.length >= VARIANTS_MAX || bytes > bytesMax) break
      if (!matchesVary(other.parts.vary, headers)) kept.push(other)
      else bytes -= other.bytes
    }
    return new Variants(kept)
  }

  without(answer: StoredAnswer): Variants {
    return new Variants(this.answers.filter((other) => other !== answer))
  }
}
