import { createHmac, randomBytes } from 'node:crypto'

/** Why a connection is not taken: the node has all that it may have, or its client address has. */
export type ConnectionRefusal = 'node' | 'address'

/** What a worker needs to use the counts that main made. */
export interface ConnectionMemory {
  buffer: SharedArrayBuffer
  workers: number
  /** Clients choose their addresses, of IPv6 many; a random secret keeps them from choosing whom they share places with. */
  secret: Uint8Array
}

export interface ConnectionBounds {
  /** Connections of all workers together. */
  connectionsMax: number
  /** Connections of one client address, of all workers together; infinite where they are not counted. */
  connectionsPerAddressMax: number
}

/** Two places for each address: it counts as having what is in the emptier one. */
const ROWS = 2
const PLACES = 2 ** 15
const WORDS_PER_WORKER = 1 + ROWS * PLACES

export function createConnectionMemory(workers: number): ConnectionMemory {
  return { buffer: new SharedArrayBuffer(workers * WORDS_PER_WORKER * 4), workers, secret: randomBytes(32) }
}

/** An address of IPv4, or the /64 of one of IPv6: whoever has one address of it has all (RFC 6177). */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [left = '', right] = address.split('%')[0]?.split('::') ?? []
  const groups = left === '' ? [] : left.split(':')
  const last = right === undefined || right === '' ? [] : right.split(':')
  while (groups.length + last.length < 8) groups.push('0')
  return `${[...groups, ...last].slice(0, 4).join(':')}::/64`
}

/**
 * Client connections of a node, counted over all of its workers. Workers share a port by reusePort: the kernel deals connections out by a hash,
 * so that a share for each would be used up in one while another has room. Here each worker writes its own words of shared memory and reads
 * those of all: the bound is that of the node, passed by one connection for each worker at most where several accept in the same instant. The words
 * of a worker that crashed are set back by its replacement.
 *
 * Addresses are counted in a sketch of fixed size (256 KiB for each worker), so that no number of addresses makes it grow. It never counts an
 * address short. It may count one high where two others share both of its places: about one in a thousand with 1,000 addresses at a time,
 * by as many as those have.
 */
export class ConnectionCounts {
  readonly #words: Int32Array
  readonly #workers: number
  readonly #secret: Uint8Array
  readonly #own: number
  readonly #bounds: ConnectionBounds

  constructor(memory: ConnectionMemory, worker: number, bounds: ConnectionBounds) {
    this.#words = new Int32Array(memory.buffer)
    this.#workers = memory.workers
    this.#secret = memory.secret
    this.#own = worker * WORDS_PER_WORKER
    this.#bounds = bounds
    this.#words.fill(0, this.#own, this.#own + WORDS_PER_WORKER)
  }

  get countsAddresses(): boolean {
    return this.#bounds.connectionsPerAddressMax !== Number.POSITIVE_INFINITY
  }

  /** Counts a connection, or says why it is not to be taken; `address` is null where it has no bound. Whoever was counted calls `leave` once. */
  enter(address: string | null): ConnectionRefusal | null {
    if (this.#sum(0) >= this.#bounds.connectionsMax) return 'node'
    const places = this.#placesOf(address)
    if (places.length > 0 && Math.min(...places.map((place) => this.#sum(place))) >= this.#bounds.connectionsPerAddressMax) return 'address'
    this.#add(0, 1)
    for (const place of places) this.#add(place, 1)
    return null
  }

  leave(address: string | null): void {
    this.#add(0, -1)
    for (const place of this.#placesOf(address)) this.#add(place, -1)
  }

  #placesOf(address: string | null): number[] {
    if (address === null || !this.countsAddresses) return []
    const digest = createHmac('sha256', this.#secret).update(networkOf(address)).digest()
    return Array.from({ length: ROWS }, (_, row) => 1 + row * PLACES + (digest.readUInt32LE(row * 4) % PLACES))
  }

  #sum(word: number): number {
    let sum = 0
    for (let worker = 0; worker < this.#workers; worker += 1) sum += Atomics.load(this.#words, worker * WORDS_PER_WORKER + word)
    return sum
  }

  #add(word: number, count: number): void {
    Atomics.add(this.#words, this.#own + word, count)
  }
}
