import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { LINK_LIMITS } from '@sluice/shared/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import { NodeConnection } from './connection.ts'
import type { HubPorts, HubRefusal } from './ports.ts'

/** Sockets whose bearer is being looked up, and all sockets; beyond them a caller is told to come back later. */
const HUB_LIMITS = { connectionsMax: 5_000 } as const

/** The control plane's end of the wire: one WebSocket per node. */
export class Hub {
  readonly #ports: HubPorts
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: LINK_LIMITS.messageBytesMax, perMessageDeflate: false })
  readonly #connections = new Set<NodeConnection>()
  readonly #byNode = new Map<string, NodeConnection>()

  constructor(ports: HubPorts) {
    this.#ports = ports
  }

  /** Takes over an upgrade request to the hub's path. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy())
    const bearer = /^Bearer (\S{16,512})$/i.exec(request.headers.authorization ?? '')?.[1]
    if (bearer === undefined) return endUpgrade(socket, 401, 'Authorization: Bearer with a node credential or a join token is needed')
    if (this.#connections.size >= HUB_LIMITS.connectionsMax) return endUpgrade(socket, 503, 'this control plane has as many nodes as it takes')
    const identity = await this.#ports.authenticate(bearer).catch((error: Error) => {
      this.#ports.log('error', { error: error.message }, 'a node could not be authenticated')
      return null
    })
    if (identity === null) return endUpgrade(socket, 503, 'the database is away; try again')
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      if (identity.kind === 'refused') return refuseSocket(webSocket, identity)
      const connection = new NodeConnection(webSocket, identity, this.#ports, (ready) => this.#claim(ready))
      this.#connections.add(connection)
      webSocket.once('close', () => void this.#forget(connection))
    })
  }

  /** Tells every node that there may be something newer. */
  publish(): void {
    for (const connection of this.#connections) connection.publish()
  }

  /** Tells every node that is connected to forget what a plugin keeps. */
  purge(pluginId: string): void {
    for (const connection of this.#connections) connection.purge(pluginId)
  }

  /** Cuts a node off at once, as after it was revoked. */
  disconnect(nodeId: string): void {
    this.#byNode.get(nodeId)?.refuse({ code: 'revoked', message: 'This node was revoked.' })
  }

  /** Cuts off every node that is not among these: revoked or removed, here or by another control plane. */
  keepOnly(admitted: ReadonlySet<string>): void {
    for (const [id, connection] of this.#byNode) if (!admitted.has(id)) connection.refuse({ code: 'revoked', message: 'This node was revoked or removed.' })
  }

  close(): void {
    for (const connection of this.#connections) connection.close('the control plane is stopping')
    this.#server.close()
    const connections = [...this.#connections]
    setTimeout(() => {
      for (const connection of connections) connection.terminate()
    }, 500).unref()
  }

  /** A node has one connection; a newer one ends the former, which may be half dead. */
  #claim(connection: NodeConnection): void {
    const id = connection.nodeId
    // It may have left while its hello was being written down.
    if (id === null || !this.#connections.has(connection)) return
    const former = this.#byNode.get(id)
    this.#byNode.set(id, connection)
    if (former !== undefined && former !== connection) former.terminate()
  }

  async #forget(connection: NodeConnection): Promise<void> {
    this.#connections.delete(connection)
    await connection.settled()
    const id = connection.nodeId
    if (id === null) return
    if (this.#byNode.get(id) === connection) this.#byNode.delete(id)
    // A node that has another connection here has not left.
    if (this.#byNode.has(id)) return
    await this.#ports.onGone(id).catch((error: Error) => this.#ports.log('warn', { node: id, error: error.message }, 'a node that left could not be marked so'))
  }
}

function refuseSocket(socket: WebSocket, refusal: HubRefusal): void {
  socket.on('error', () => socket.terminate())
  socket.send(JSON.stringify({ type: 'refuse', code: refusal.code, message: refusal.message }))
  socket.close(1008, refusal.code)
}

function endUpgrade(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ message })
  const reason = status === 401 ? 'Unauthorized' : 'Service Unavailable'
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}
