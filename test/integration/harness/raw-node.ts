import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { contentHash } from '@sluice/shared/content-hash'
import type { HubMessage } from '@sluice/shared/protocol'
import type { Snapshot } from '@sluice/shared/snapshot'
import { WebSocket } from 'ws'
import { until } from './node-process.ts'

export type RawMessage = HubMessage & { snapshot?: Snapshot }

interface Closed {
  code: number
  reason: string
}

export const newCredential = () => randomBytes(32).toString('base64url')

/** The node's end of the wire, spoken by hand: it does only what a test says. */
export class RawNode {
  readonly messages: RawMessage[] = []
  readonly socket: WebSocket
  /** Status of the answer where the upgrade was refused. */
  refusedWith: { status: number; body: string } | null = null
  closed: Closed | null = null
  #chunks: Buffer[] = []
  #announced: Extract<HubMessage, { type: 'snapshot' }> | null = null

  private constructor(hubUrl: string, bearer: string | null) {
    this.socket = new WebSocket(`${hubUrl}/v1/nodes/connect`, { headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` }, perMessageDeflate: false })
    this.socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary))
    this.socket.on('close', (code: number, reason: Buffer) => {
      this.closed = { code, reason: reason.toString() }
    })
    this.socket.on('error', () => {})
    this.socket.on('unexpected-response', (_, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      response.on('end', () => {
        this.refusedWith = { status: response.statusCode ?? 0, body }
      })
    })
  }

  /** Dials; resolves when the socket is open, or refused. */
  static async dial(hubUrl: string, bearer: string | null): Promise<RawNode> {
    const node = new RawNode(hubUrl, bearer)
    await until('the upgrade to be answered', () => (node.socket.readyState === WebSocket.OPEN || node.refusedWith !== null || node.closed !== null ? true : null))
    return node
  }

  /** Trades a join token for the credential. */
  static async enrol(hubUrl: string, token: string, options: { name: string; credential: string }): Promise<RawNode> {
    const node = await RawNode.dial(hubUrl, token)
    node.send({ type: 'enrol', name: options.name, credential_sha256: createHash('sha256').update(options.credential).digest('hex') })
    await node.next('enrolled')
    return node
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  hello(have: { revision: number; hash: string } | null = null, more: Record<string, unknown> = {}): void {
    const listen = { proxy: '127.0.0.1:1', tls: null, status: '127.0.0.1:2' }
    this.send({ type: 'hello', node: 'raw', version: '0.1.0', protocol: 1, plugins: ['cors'], workers: 1, have, listen, ...more })
  }

  applied(have: { revision: number; hash: string }): void {
    this.send({ type: 'applied', revision: have.revision, hash: have.hash, apply_ms: 1 })
  }

  /** The next message of this type that was not taken yet. */
  async next<T extends HubMessage['type']>(type: T): Promise<Extract<HubMessage, { type: T }> & { snapshot?: Snapshot }> {
    return until(`the message ${type}, after ${JSON.stringify(this.messages).slice(0, 300)}`, () => {
      const index = this.messages.findIndex((message) => message.type === type)
      return index < 0 ? null : (this.messages.splice(index, 1)[0] as Extract<HubMessage, { type: T }> & { snapshot?: Snapshot })
    })
  }

  /** The next configuration, whichever way it travels. */
  async nextConfiguration(): Promise<Extract<RawMessage, { type: 'snapshot' | 'delta' }>> {
    return until('a configuration', () => {
      const index = this.messages.findIndex((message) => message.type === 'snapshot' || message.type === 'delta')
      return index < 0 ? null : (this.messages.splice(index, 1)[0] as Extract<RawMessage, { type: 'snapshot' | 'delta' }>)
    })
  }

  /** Applies what comes until it has this revision. */
  async applyUntil(revision: number): Promise<void> {
    for (;;) {
      const configuration = await this.nextConfiguration()
      this.applied(configuration)
      if (configuration.revision >= revision) return
    }
  }

  async untilClosed(): Promise<Closed> {
    return until('the socket to close', () => this.closed)
  }

  async close(): Promise<void> {
    if (this.closed === null) this.socket.close()
    await this.untilClosed()
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) return this.#receiveChunk(data)
    const message = JSON.parse(data.toString()) as HubMessage
    if (message.type !== 'snapshot') {
      this.messages.push(message)
      return
    }
    this.#announced = message
    this.#chunks = []
  }

  #receiveChunk(data: Buffer): void {
    if (this.#announced === null || data.readUInt32BE() !== this.#chunks.length) throw new Error('a chunk out of its place')
    this.#chunks.push(data.subarray(4))
    if (this.#chunks.length < this.#announced.chunks) return
    const snapshot = JSON.parse(gunzipSync(Buffer.concat(this.#chunks)).toString()) as Snapshot
    if (contentHash(snapshot.entities) !== this.#announced.hash) throw new Error('the snapshot does not have the hash that was announced')
    this.messages.push({ ...this.#announced, snapshot })
    this.#announced = null
  }
}
