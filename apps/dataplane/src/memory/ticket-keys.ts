import { randomFillSync } from 'node:crypto'

/** What node:tls takes: 16 bytes of name, 16 of HMAC key, 16 of AES key. */
const KEY_BYTES = 48
/** How long tickets are sealed with the same keys; nobody can open a recorded session with keys that are gone (RFC 5077 5.5). */
export const TICKET_KEYS_LIFETIME_MS = 12 * 60 * 60 * 1000

export function createTicketMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 + KEY_BYTES)
}

/**
 * The keys of TLS session tickets, shared by the workers of a node: a client resumes its session whichever of them takes its connection.
 * Main rotates, workers follow. The first word counts rotations; it is odd while keys are being written.
 */
export class TicketKeys {
  readonly #generation: Int32Array
  readonly #keys: Uint8Array

  constructor(memory: SharedArrayBuffer) {
    this.#generation = new Int32Array(memory, 0, 1)
    this.#keys = new Uint8Array(memory, 4, KEY_BYTES)
  }

  /** Puts new random keys in place of the present ones. Sessions of the former keys begin anew with a full handshake. */
  rotate(): void {
    const fresh = randomFillSync(new Uint8Array(KEY_BYTES))
    Atomics.add(this.#generation, 0, 1)
    this.#keys.set(fresh)
    Atomics.add(this.#generation, 0, 1)
  }

  /** The present keys where they are not those of `known`; null where nothing has changed, or where they are just being written. */
  changedSince(known: number): { generation: number; keys: Buffer } | null {
    const generation = Atomics.load(this.#generation, 0)
    if (generation === known || generation % 2 !== 0) return null
    const keys = Buffer.from(this.#keys)
    return Atomics.load(this.#generation, 0) === generation ? { generation, keys } : null
  }
}
