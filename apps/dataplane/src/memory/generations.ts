import { hash, randomBytes } from 'node:crypto'
import type { SharedGenerations } from '@sluice/plugins/contract'

/** Places of a table. 4 bytes each; names that share one only cost each other what they kept. */
const PLACES = 65_536

/** What a worker needs to use the table that main made. */
export interface GenerationMemory {
  buffer: SharedArrayBuffer
  /** Names come from clients; a random secret keeps them from choosing whose place they share. */
  secret: Uint8Array
}

export function createGenerationMemory(): GenerationMemory {
  return { buffer: new SharedArrayBuffer(PLACES * 4), secret: randomBytes(16) }
}

/** Generations in memory that all workers see: what one advances, every other reads with its next look. */
export class GenerationTable implements SharedGenerations {
  readonly #numbers: Int32Array
  readonly #secret: string

  constructor(memory: GenerationMemory) {
    this.#numbers = new Int32Array(memory.buffer)
    this.#secret = Buffer.from(memory.secret).toString('hex')
  }

  placeOf(name: string): number {
    return hash('sha1', this.#secret + name, 'buffer').readUInt16BE(0)
  }

  at(place: number): number {
    return Atomics.load(this.#numbers, place)
  }

  advance(place: number): void {
    Atomics.add(this.#numbers, place, 1)
  }
}
