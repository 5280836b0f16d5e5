import { Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

const TIMEOUT_MS = 10_000

/** Calls through nodes as their clients do, over kept connections. */
export class Caller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 })

  get(url: string, headers: Record<string, string> = {}): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { headers, agent: this.#agent, timeout: TIMEOUT_MS }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          body += chunk
        })
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
        response.once('error', reject)
      })
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${url} did not answer`)))
      outgoing.once('error', reject)
      outgoing.end()
    })
  }

  /** `count` calls, a few at a time; the answers stand in the order of the calls. */
  async many(count: number, call: (index: number) => Promise<Answered>): Promise<Answered[]> {
    const answers: Answered[] = []
    let next = 0
    const lane = async () => {
      while (next < count) {
        const index = next
        next += 1
        answers[index] = await call(index)
      }
    }
    await Promise.all(Array.from({ length: 16 }, lane))
    return answers
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** A small steady load until it is stopped, so that charts have something to show. */
export class SteadyLoad {
  readonly #caller = new Caller()
  readonly #timer: NodeJS.Timeout
  #count = 0

  constructor(bases: readonly string[], options: { perSecond: number; paths: readonly string[]; headers?: Record<string, string> }) {
    this.#timer = setInterval(() => {
      this.#count += 1
      const base = bases[this.#count % bases.length] ?? ''
      const path = options.paths[this.#count % options.paths.length] ?? '/'
      // A node that restarts refuses for a moment; the load goes on.
      this.#caller.get(base + path, { ...options.headers, 'x-visitor': `visitor-${this.#count % 400}` }).catch(() => {})
    }, 1000 / options.perSecond)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#caller.close()
  }
}
