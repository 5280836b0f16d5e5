import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { contentHash } from '@sluice/shared/content-hash'
import { type HubMessage, LINK_LIMITS, type NodeMessage } from '@sluice/shared/protocol'
import type { Snapshot, SnapshotEntity } from '@sluice/shared/snapshot'
import { type WebSocket, WebSocketServer } from 'ws'
import { until } from './node-process.ts'

const NODE_ID = '0d6a1c62-6a0e-4a7c-9d38-1f6f0a2f5b11'

/** One connection of a node to the hub that a test plays. */
export class FakeConnection {
  readonly socket: WebSocket
  readonly bearer: string
  readonly at = performance.now()
  readonly messages: NodeMessage[] = []
  closedAt: number | null = null

  constructor(socket: WebSocket, bearer: string) {
    this.socket = socket
    this.bearer = bearer
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as NodeMessage))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closedAt = performance.now()
    })
  }

  send(message: HubMessage | string | Buffer): void {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
  }

  /** The next message of this type that was not taken yet. */
  next<T extends NodeMessage['type']>(type: T): Promise<Extract<NodeMessage, { type: T }>> {
    return until(`${type} from the node, after ${JSON.stringify(this.messages).slice(0, 500)}`, () => {
      const index = this.messages.findIndex((message) => message.type === type)
      return index < 0 ? null : (this.messages.splice(index, 1)[0] as Extract<NodeMessage, { type: T }>)
    })
  }

  /** Lets the node in, whichever bearer it came with. */
  async welcome(): Promise<Extract<NodeMessage, { type: 'hello' }>> {
    const first = await until('the first message', () => this.messages.shift() ?? null)
    if (first.type === 'enrol') this.send({ type: 'enrolled', node_id: NODE_ID })
    const hello = first.type === 'hello' ? first : await this.next('hello')
    this.send({ type: 'welcome', node_id: NODE_ID, workspace: 'default' })
    return hello
  }

  sendSnapshot(snapshot: Snapshot): void {
    const json = Buffer.from(JSON.stringify(snapshot))
    const packed = gzipSync(json)
    const chunks = Math.ceil(packed.byteLength / LINK_LIMITS.chunkBytesMax)
    this.send({ type: 'snapshot', revision: snapshot.revision, hash: snapshot.hash, bytes: json.byteLength, chunks, encoding: 'gzip' })
    for (let index = 0; index < chunks; index += 1) this.send(chunk(index, packed.subarray(index * LINK_LIMITS.chunkBytesMax, (index + 1) * LINK_LIMITS.chunkBytesMax)))
  }

  untilClosed(): Promise<number> {
    return until('the node to close the connection', () => this.closedAt)
  }
}

export function chunk(index: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(index)
  return Buffer.concat([head, bytes])
}

export function snapshotOf(revision: number, entities: SnapshotEntity[]): Snapshot {
  return { revision, hash: contentHash(entities), entities }
}

/** A hub that does only what a test says: what no real one would send can be sent. */
export class FakeHub {
  readonly connections: FakeConnection[] = []
  readonly #server: WebSocketServer

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on('connection', (socket, request) => this.connections.push(new FakeConnection(socket, request.headers.authorization ?? '')))
  }

  static async start(port = 0): Promise<FakeHub> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, path: '/v1/nodes/connect', perMessageDeflate: false })
    await new Promise<void>((resolve) => server.once('listening', resolve))
    return new FakeHub(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  /** The connection with this number, counted from 0 in the order in which they came. */
  connection(number: number, timeoutMs = 15_000): Promise<FakeConnection> {
    return until(`connection ${number}`, () => this.connections[number] ?? null, timeoutMs)
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
