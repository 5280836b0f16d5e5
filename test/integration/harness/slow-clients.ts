import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { statusOf } from './raw-socket.ts'

/** Connections that are opened at a time: fewer than a listening socket lets wait. */
const BATCH = 200

/** File descriptors that this process may have open; Node.js raises the soft limit to the hard one at its start. */
export function openFilesMax(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1_024)
}

/** Clients that begin and do not go on. */
export class SlowClients {
  readonly #sockets: Socket[] = []
  readonly #answers: string[] = []
  #open = 0

  private constructor() {}

  /** `begun` is all that each of them sends of its own accord. */
  static async connect(base: string, count: number, begun: string): Promise<SlowClients> {
    const clients = new SlowClients()
    while (clients.#sockets.length < count) {
      const batch = Array.from({ length: Math.min(BATCH, count - clients.#sockets.length) }, () => clients.#add(base, begun))
      await Promise.all(batch)
    }
    return clients
  }

  get count(): number {
    return this.#sockets.length
  }

  get open(): number {
    return this.#open
  }

  /** How many were answered with which status before they were closed; 0 is none. */
  get statuses(): Record<number, number> {
    const statuses: Record<number, number> = {}
    for (const answer of this.#answers) {
      const status = answer === '' ? 0 : statusOf(answer)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    return statuses
  }

  /** Each that is still open sends this. */
  send(text: string): void {
    for (const socket of this.#sockets) if (socket.writable) socket.write(text)
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #add(base: string, begun: string): Promise<void> {
    const { hostname, port } = new URL(base)
    const socket = connect(Number(port), hostname)
    const index = this.#sockets.push(socket) - 1
    this.#answers.push('')
    socket.on('data', (bytes: Buffer) => {
      this.#answers[index] += bytes.toString('latin1')
    })
    await once(socket, 'connect')
    this.#open += 1
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#open -= 1
    })
    socket.write(begun)
  }
}
