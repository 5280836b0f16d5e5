import { textIssues } from '@sluice/shared/entities/text'
import { type HubMessage, LINK_LIMITS, type NodeMessage, nodeMessageSchema, PROTOCOL_VERSION } from '@sluice/shared/protocol'
import type { RawData, WebSocket } from 'ws'
import type { HaveRevision, HubPorts, HubRefusal, JoinIdentity, NodeIdentity } from './ports.ts'

/** A node that says nothing about a revision for this long is sent the newest one again. */
const ANSWER_TIMEOUT_MS = 30_000
/** Messages of a node that wait to be handled; one that sends faster is cut off. */
const QUEUE_MAX = 64

/**
 * One node's socket. At most one revision is on its way to a node; what is published meanwhile is remembered as "newer", not queued, so a
 * slow node costs nothing and is sent the newest state next.
 */
export class NodeConnection {
  readonly #socket: WebSocket
  readonly #ports: HubPorts
  readonly #onReady: (connection: NodeConnection) => void
  #identity: NodeIdentity | JoinIdentity
  #have: HaveRevision | null = null
  #inFlight: HaveRevision | null = null
  #rejected: number | null = null
  #isWelcome = false
  #heardAt = performance.now()
  #queue: Promise<void> = Promise.resolve()
  #queued = 0
  readonly #timers: NodeJS.Timeout[] = []
  #answerTimer: NodeJS.Timeout | undefined

  constructor(socket: WebSocket, identity: NodeIdentity | JoinIdentity, ports: HubPorts, onReady: (connection: NodeConnection) => void) {
    this.#socket = socket
    this.#identity = identity
    this.#ports = ports
    this.#onReady = onReady
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('pong', () => this.#heard())
    socket.on('error', () => socket.terminate())
    socket.once('close', () => this.#closed())
    this.#timers.push(setTimeout(() => this.#isWelcome || socket.close(1008, 'no hello in time'), LINK_LIMITS.handshakeTimeoutMs))
    this.#timers.push(setInterval(() => this.#ping(), LINK_LIMITS.pingIntervalMs))
  }

  get nodeId(): string | null {
    return this.#identity.kind === 'node' ? this.#identity.id : null
  }

  /** Called when there may be something newer. */
  publish(): void {
    if (!this.#isWelcome || this.#inFlight !== null) return
    const frames = this.#ports.framesFor(this.#have)
    if (frames === null || frames.revision === this.#rejected) return
    this.#inFlight = { revision: frames.revision, hash: frames.hash }
    this.#socket.send(frames.text)
    for (const chunk of frames.chunks) this.#socket.send(chunk)
    clearTimeout(this.#answerTimer)
    this.#answerTimer = setTimeout(() => this.#answered(null), ANSWER_TIMEOUT_MS)
  }

  /** Tells a node that is connected to forget what a plugin keeps. */
  purge(pluginId: string): void {
    if (this.#isWelcome) this.#send({ type: 'purge', plugin_id: pluginId })
  }

  refuse(refusal: Omit<HubRefusal, 'kind' | 'code'> & { code: Extract<HubMessage, { type: 'refuse' }>['code'] }): void {
    this.#send({ type: 'refuse', code: refusal.code, message: refusal.message })
    this.#socket.close(1008, refusal.code)
  }

  close(reason: string): void {
    this.#socket.close(1001, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #send(message: HubMessage): void {
    this.#socket.send(JSON.stringify(message))
  }

  #heard(): void {
    this.#heardAt = performance.now()
  }

  #ping(): void {
    if (performance.now() - this.#heardAt > LINK_LIMITS.silenceMs) this.#socket.terminate()
    else this.#socket.ping()
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#heard()
    if (isBinary) return this.refuse({ code: 'bad_message', message: 'nodes send text messages only' })
    const message = parseMessage(data)
    if (message === null) return this.refuse({ code: 'bad_message', message: 'the message is not one of this protocol' })
    if (this.#queued >= QUEUE_MAX) return this.refuse({ code: 'bad_message', message: 'too many messages at once' })
    this.#queued += 1
    // One after another: an applied must not overtake the hello before it.
    this.#queue = this.#queue
      .then(() => this.#handle(message))
      .catch((error: Error) => {
        this.#ports.log('error', { node: this.nodeId, error: error.message }, 'a message of a node could not be handled')
        this.#socket.close(1011, 'the control plane could not handle the message')
      })
      .finally(() => {
        this.#queued -= 1
      })
  }

  async #handle(message: NodeMessage): Promise<void> {
    if (message.type === 'enrol') return this.#enrol(message)
    const identity = this.#identity
    if (identity.kind !== 'node') return this.refuse({ code: 'bad_token', message: 'a join token only enrols; send enrol first' })
    if (message.type === 'hello') return this.#hello(identity, message)
    if (!this.#isWelcome) return this.refuse({ code: 'bad_message', message: 'hello comes first' })
    if (message.type === 'telemetry') return this.#telemetry(identity, message)
    if (message.type === 'applied') {
      await this.#ports.onApplied(identity.id, { revision: message.revision, hash: message.hash, applyMs: message.apply_ms })
      this.#rejected = null
      return this.#answered({ revision: message.revision, hash: message.hash })
    }
    if (message.type === 'rejected') {
      this.#ports.log('warn', { node: identity.name, revision: message.revision, issues: message.issues.slice(0, 3) }, 'a node rejected a revision')
      await this.#ports.onRejected(identity.id, { revision: message.revision, issues: message.issues })
      this.#rejected = message.revision
      return this.#answered(this.#have)
    }
    this.#ports.log('info', { node: identity.name, reason: message.reason }, 'a node asked for a snapshot')
    return this.#answered(null)
  }

  /** A second of a chart is not worth the connection: while the database is away it is lost, and the node stays. */
  async #telemetry(identity: NodeIdentity, message: Extract<NodeMessage, { type: 'telemetry' }>): Promise<void> {
    try {
      await this.#ports.onTelemetry(identity.id, message.cells)
    } catch (error) {
      this.#ports.log('warn', { node: identity.name, error: (error as Error).message }, 'telemetry of a node could not be kept')
    }
  }

  async #enrol(message: Extract<NodeMessage, { type: 'enrol' }>): Promise<void> {
    if (this.#identity.kind !== 'join') return this.refuse({ code: 'bad_message', message: 'this node is enrolled already' })
    const result = await this.#ports.enrol(this.#identity, { name: message.name, credentialSha256: message.credential_sha256 })
    if (result.kind === 'refused') return this.refuse(result)
    this.#identity = result
    this.#ports.log('info', { node: result.name }, 'a node joined')
    this.#send({ type: 'enrolled', node_id: result.id })
  }

  async #hello(identity: NodeIdentity, message: Extract<NodeMessage, { type: 'hello' }>): Promise<void> {
    if (message.protocol !== PROTOCOL_VERSION) {
      return this.refuse({ code: 'protocol', message: `this control plane speaks protocol ${PROTOCOL_VERSION}, the node ${message.protocol}; run the same version of both` })
    }
    await this.#ports.onHello(identity.id, message)
    this.#have = message.have
    this.#isWelcome = true
    this.#send({ type: 'welcome', node_id: identity.id, workspace: 'default' })
    this.#onReady(this)
    this.publish()
  }

  /** The node has answered; `have` is what it serves now, null where only a snapshot helps. */
  #answered(have: HaveRevision | null): void {
    clearTimeout(this.#answerTimer)
    this.#have = have
    this.#inFlight = null
    this.publish()
  }

  #closed(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    clearTimeout(this.#answerTimer)
  }

  /** Resolves when everything that it sent has been handled. */
  settled(): Promise<void> {
    return this.#queue
  }
}

function parseMessage(data: RawData): NodeMessage | null {
  try {
    const result = nodeMessageSchema.safeParse(JSON.parse(data.toString()))
    return result.success && textIssues(result.data).length === 0 ? result.data : null
  } catch {
    return null
  }
}
