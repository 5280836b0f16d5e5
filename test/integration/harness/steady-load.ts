import { Agent, get } from 'node:http'

const TICK_MS = 20
/** A request that takes longer than this has failed. */
const REQUEST_TIMEOUT_MS = 10_000

export interface LoadResult {
  sent: number
  answers: Map<string, number>
  /** Everything that was not a 200, with how often it came. */
  failures: Record<string, number>
}

const CONNECTIONS_MAX = 64

export interface LoadOptions {
  urls: readonly string[]
  perSecond: number
  /** Each connection carries one request. */
  isReconnecting?: boolean
  /** For each of the addresses; they are used in turn. */
  connectionsMax?: number
}

/** Requests at a steady rate over kept connections, to several addresses in turn, until it is stopped. Remembers what came back. */
export class SteadyLoad {
  readonly #urls: readonly string[]
  readonly #agent: Agent
  readonly #answers = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  readonly #open = new Set<Promise<void>>()
  readonly #perMs: number
  readonly #startedAt = performance.now()
  #sent = 0

  constructor({ urls, perSecond, isReconnecting = false, connectionsMax = CONNECTIONS_MAX }: LoadOptions) {
    this.#urls = urls
    this.#perMs = perSecond / 1000
    this.#agent = new Agent({ keepAlive: !isReconnecting, maxSockets: connectionsMax, scheduling: 'fifo' })
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  get sent(): number {
    return this.#sent
  }

  /** Requests that came back with 200 so far. */
  get succeeded(): number {
    return this.#answers.get('200') ?? 0
  }

  /** Sends no more; resolves when the last has come back. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.#timer)
    await Promise.all(this.#open)
    this.#agent.destroy()
    const failures = Object.fromEntries([...this.#answers].filter(([answer]) => answer !== '200'))
    return { sent: this.#sent, answers: this.#answers, failures }
  }

  /** What is due by the clock: a late timer is made up for, so that the rate holds. */
  #tick(): void {
    const due = Math.floor((performance.now() - this.#startedAt) * this.#perMs)
    while (this.#sent < due) {
      const request = this.#send(this.#urls[this.#sent % this.#urls.length] ?? '')
      this.#sent += 1
      this.#open.add(request)
      void request.finally(() => this.#open.delete(request))
    }
  }

  #send(url: string): Promise<void> {
    return new Promise((resolve) => {
      const settle = (answer: string) => {
        this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1)
        resolve()
      }
      const request = get(url, { agent: this.#agent, timeout: REQUEST_TIMEOUT_MS }, (response) => {
        response.resume()
        response.once('end', () => settle(String(response.statusCode)))
        response.once('error', (error) => settle(error.message))
      })
      request.once('timeout', () => request.destroy(new Error('timeout')))
      request.once('error', (error) => settle(error.message))
    })
  }
}
