import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const CHECK_INTERVAL_MS = 50
const CHECK_TIMEOUT_MS = 2_000

/** Where a backend is at present: its proxy address, and the status address whose readiness decides whether it gets connections. */
export interface Backend {
  proxy: string
  status: string
}

/**
 * Spreads TCP connections over the backends that say they are ready, in turn. It is as simple as balancers are: it does not know HTTP, does
 * not try a second backend where the first refuses, and passes a reset on as one.
 */
export class TcpBalancer {
  readonly #server: Server
  readonly #backends: readonly Backend[]
  readonly #ready = new Set<Backend>()
  readonly #sockets = new Set<Socket>()
  readonly #checks: Promise<void>[]
  #isStopped = false
  #next = 0
  /** Connections that a backend did not take, or that it reset. */
  readonly broken: string[] = []
  /** Connections that went to each backend, in their order. */
  readonly counts: number[]

  private constructor(backends: readonly Backend[]) {
    this.#backends = backends
    this.counts = backends.map(() => 0)
    this.#server = createServer({ allowHalfOpen: true }, (front) => this.#relay(front))
    this.#checks = backends.map((backend) => this.#check(backend))
  }

  /** The fields of a backend may be changed while it is away. */
  static async start(backends: readonly Backend[]): Promise<TcpBalancer> {
    const balancer = new TcpBalancer(backends)
    await new Promise<void>((resolve) => balancer.#server.listen(0, '127.0.0.1', resolve))
    return balancer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  isReady(backend: Backend): boolean {
    return this.#ready.has(backend)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([closed, ...this.#checks])
  }

  async #check(backend: Backend): Promise<void> {
    while (!this.#isStopped) {
      const { status } = await fetch(`${backend.status}/readyz`, { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) }).catch(() => ({ status: 0 }))
      if (status === 200) this.#ready.add(backend)
      else this.#ready.delete(backend)
      await new Promise((resolve) => setTimeout(resolve, CHECK_INTERVAL_MS))
    }
  }

  #relay(front: Socket): void {
    const ready = this.#backends.filter((backend) => this.#ready.has(backend))
    const chosen = ready[this.#next % ready.length]
    this.#next += 1
    if (chosen === undefined) {
      this.broken.push('no backend is ready')
      front.resetAndDestroy()
      return
    }
    const at = this.#backends.indexOf(chosen)
    this.counts[at] = (this.counts[at] ?? 0) + 1
    const { hostname, port } = new URL(chosen.proxy)
    const back = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true })
    front.setNoDelay(true)
    back.on('error', (error) => this.broken.push(`backend ${at}: ${error.message}`))
    this.#pass(front, back)
    this.#pass(back, front)
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('error', () => to.resetAndDestroy())
    from.once('close', () => this.#sockets.delete(from))
    from.pipe(to)
  }
}
