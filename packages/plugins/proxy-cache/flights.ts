/** How another request's way upstream ended: its answer is kept, is none to keep, or never came whole. */
export type Landing = 'kept' | 'not-kept' | 'abandoned'

/** The most requests that wait for one. */
const WAITING_MAX = 1_000

/** One request on its way upstream, and who waits for its answer. */
export class Flight {
  readonly #onLanded: () => void
  #waiting: ((landing: Landing) => void)[] = []
  #hasLanded = false

  constructor(onLanded: () => void) {
    this.#onLanded = onLanded
  }

  /** Only the first counts. Who waits goes on at once, all of them together. */
  land(landing: Landing): void {
    if (this.#hasLanded) return
    this.#hasLanded = true
    this.#onLanded()
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go(landing)
  }

  /** Resolves when it has landed, or with null after so many milliseconds; at once with null where too many wait already. */
  wait(timeoutMs: number): Promise<Landing | null> {
    if (this.#waiting.length >= WAITING_MAX || timeoutMs <= 0) return Promise.resolve(null)
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(null), timeoutMs)
      const settle = (landing: Landing | null) => {
        clearTimeout(timer)
        resolve(landing)
      }
      this.#waiting.push(settle)
    })
  }
}

/** Requests on their way upstream by key: one for each. */
export class Flights {
  readonly #running = new Map<string, Flight>()

  get(key: string): Flight | null {
    return this.#running.get(key) ?? null
  }

  /** `onLanded` is called once, however it ends. */
  begin(key: string, onLanded: () => void = () => {}): Flight {
    const flight = new Flight(() => {
      if (this.#running.get(key) === flight) this.#running.delete(key)
      onLanded()
    })
    this.#running.set(key, flight)
    return flight
  }
}
