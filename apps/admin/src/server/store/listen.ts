import { EventEmitter } from 'node:events'
import pg from 'pg'

const RECONNECT_DELAY_MS = 500
const CONNECT_TIMEOUT_MS = 5_000

/**
 * One connection that hears NOTIFY. What was said while it was away is lost, so whoever listens must poll too; `reconnected` says when to.
 */
export class Listener {
  readonly #url: string
  readonly #channels: readonly string[]
  readonly #events = new EventEmitter()
  #client: pg.Client | null = null
  #isClosed = false
  #retry: NodeJS.Timeout | undefined

  constructor(url: string, channels: readonly string[]) {
    this.#url = url
    this.#channels = channels
    this.#events.setMaxListeners(0)
  }

  async start(): Promise<void> {
    try {
      await this.#connect()
    } catch {
      this.#reconnectLater()
    }
  }

  /** Calls `handler` with each payload of `channel`; answers how to stop. */
  on(channel: string, handler: (payload: string) => void): () => void {
    this.#events.on(channel, handler)
    return () => this.#events.off(channel, handler)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#retry)
    await this.#client?.end().catch(() => {})
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
    this.#client = client
    client.on('notification', ({ channel, payload }) => this.#events.emit(channel, payload ?? ''))
    client.on('error', () => {})
    client.once('end', () => this.#reconnectLater())
    await client.connect()
    if (this.#isClosed) return client.end()
    for (const channel of this.#channels) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
    this.#events.emit('reconnected', '')
  }

  #reconnectLater(): void {
    if (this.#isClosed) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      this.#connect().catch(() => this.#reconnectLater())
    }, RECONNECT_DELAY_MS)
  }
}
