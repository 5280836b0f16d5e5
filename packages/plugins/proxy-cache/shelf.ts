import { type PluginEnvironment, pluginGeneration } from '../contract.ts'
import type { ReadFields } from './field-list.ts'
import { type StoredAnswer, type StoredParts, Variants } from './stored-answer.ts'

/** How long it is remembered that answers for a key are not kept, in milliseconds: until then requests for it do not wait for each other. */
const PASS_MS = 60_000

/** Remembers that the last answer for a key was none to keep. */
class Pass {
  readonly endsAtMs: number

  constructor(endsAtMs: number) {
    this.endsAtMs = endsAtMs
  }
}

type Outside = Pick<PluginEnvironment, 'kept' | 'generations' | 'pluginId' | 'clock'>

/** Where the answers of one plugin are, in the memory of the worker. What was invalidated since it was asked for is as if it were not there. */
export class Shelf {
  readonly #outside: Outside
  readonly #pluginPlace: number

  constructor(outside: Outside) {
    this.#outside = outside
    this.#pluginPlace = outside.generations.placeOf(pluginGeneration(outside.pluginId))
  }

  get answerBytesMax(): number {
    return this.#outside.kept.objectBytesMax
  }

  /** Room for what is coming; false where there is none. */
  hold(bytes: number): boolean {
    return this.#outside.kept.hold(bytes)
  }

  release(bytes: number): void {
    this.#outside.kept.release(bytes)
  }

  /** The generations of what is asked for now. */
  generations(uriPlace: number): StoredParts['generations'] {
    const { generations } = this.#outside
    return [generations.at(uriPlace), generations.at(this.#pluginPlace)]
  }

  /** All that is valid for a key. */
  find(key: string, now: StoredParts['generations']): Variants | null {
    const kept = this.#outside.kept.get(this.#nameOf(key))
    if (!(kept instanceof Variants)) return null
    const valid = kept.answers.filter(({ parts }) => isOf(parts.generations, now))
    if (valid.length === kept.answers.length) return kept
    if (valid.length === 0) {
      this.#outside.kept.remove(this.#nameOf(key))
      return null
    }
    return new Variants(valid)
  }

  put(key: string, answer: StoredAnswer, headers: ReadFields): void {
    const { kept } = this.#outside
    const variants = (this.find(key, answer.parts.generations) ?? new Variants([])).with(answer, headers, kept.objectBytesMax)
    kept.put(this.#nameOf(key), variants, variants.bytes)
  }

  remove(key: string, answer: StoredAnswer): void {
    const kept = this.#outside.kept.get(this.#nameOf(key))
    if (!(kept instanceof Variants)) return
    const rest = kept.without(answer)
    if (rest.answers.length === 0) this.#outside.kept.remove(this.#nameOf(key))
    else this.#outside.kept.put(this.#nameOf(key), rest, rest.bytes)
  }

  /** Whether it is known that answers for this key are not kept. */
  passes(key: string): boolean {
    const kept = this.#outside.kept.get(`pass ${key}`)
    return kept instanceof Pass && kept.endsAtMs > this.#outside.clock.nowMs()
  }

  pass(key: string): void {
    this.#outside.kept.put(`pass ${key}`, new Pass(this.#outside.clock.nowMs() + PASS_MS), 0)
  }

  #nameOf(key: string): string {
    return `${this.#outside.pluginId} ${key}`
  }
}

const isOf = (of: StoredParts['generations'], now: StoredParts['generations']) => of[0] === now[0] && of[1] === now[1]
