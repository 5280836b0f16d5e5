import { type HubMessage, hubMessageSchema, LINK_LIMITS, type NodeMessage } from '@sluice/shared/protocol'
import { type RawData, WebSocket } from 'ws'
import type { Delta } from '../config/desired-state.ts'
import type { Bearer } from './credential.ts'
import { BrokenSnapshotError, SnapshotAssembly } from './snapshot-assembly.ts'

/** Bytes that may wait in a socket that the hub does not read; telemetry is kept back beyond them. */
const WAITING_BYTES_MAX = 1024 * 1024
/** Codes of a refusal that another bearer could mend. */
const ABOUT_BEARER: ReadonlySet<string> = new Set(['bad_token', 'expired_token', 'used_token', 'revoked', 'name_taken'])

export type SessionEnd =
  /** The hub said no. `aboutBearer`: another credential or token might be taken. */
  { kind: 'refused'; code: string; message: string; aboutBearer: boolean } | { kind: 'lost'; reason: string }

export type Offer = { kind: 'snapshot'; assembly: SnapshotAssembly } | { kind: 'delta'; delta: Delta; receivedAtMs: number }

export interface SessionEvents {
  enrolment(): Extract<NodeMessage, { type: 'enrol' }>
  hello(): Extract<NodeMessage, { type: 'hello' }>
  /** The hub knows this node and has taken its hello. */
  onWelcome(): void
  onOffer(offer: Offer): void
  onDrain(): void
  onPurge(pluginId: string): void
  /** Called once. */
  onEnd(end: SessionEnd): void
}

/** One WebSocket to the hub, from dialling to its end. Whatever comes over it, it ends by `onEnd` and never throws. */
export class Session {
  readonly #socket: WebSocket
  readonly #bearer: Bearer
  readonly #events: SessionEvents
  readonly #silence: NodeJS.Timeout
  readonly #handshake: NodeJS.Timeout
  #assembly: SnapshotAssembly | null = null
  #heardAtMs = performance.now()
  #isWelcome = false
  #hasEnded = false

  constructor(url: string, bearer: Bearer, events: SessionEvents) {
    this.#bearer = bearer
    this.#events = events
    this.#socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${bearer.text}` },
      handshakeTimeout: LINK_LIMITS.handshakeTimeoutMs,
      maxPayload: LINK_LIMITS.messageBytesMax,
      perMessageDeflate: false,
      followRedirects: false,
    })
    this.#silence = setInterval(() => this.#watch(), LINK_LIMITS.pingIntervalMs)
    // Dialling and the first words each have their time.
    this.#handshake = setTimeout(() => this.#end({ kind: 'lost', reason: 'the control plane did not answer in time' }), 2 * LINK_LIMITS.handshakeTimeoutMs)
    this.#socket.on('open', () => this.#open())
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    for (const event of ['ping', 'pong'] as const) this.#socket.on(event, () => this.#heard())
    this.#socket.on('unexpected-response', (_, response) => this.#end(unexpected(response.statusCode ?? 0)))
    this.#socket.on('error', (error) => this.#end({ kind: 'lost', reason: error.message }))
    this.#socket.on('close', (code, reason) => this.#end({ kind: 'lost', reason: `the connection was closed (${code}${reason.byteLength > 0 ? ` ${reason}` : ''})` }))
  }

  /** True where the message was handed to the socket. */
  send(message: NodeMessage): boolean {
    if (this.#hasEnded || !this.#isWelcome || this.#socket.readyState !== WebSocket.OPEN) return false
    if (message.type === 'telemetry' && this.#socket.bufferedAmount > WAITING_BYTES_MAX) return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  /** Ends the connection because of what came over it. */
  fail(reason: string): void {
    this.#end({ kind: 'lost', reason }, 1002)
  }

  /** Says goodbye: the node is stopping. */
  close(): void {
    this.#end({ kind: 'lost', reason: 'the node is stopping' }, 1001)
  }

  #open(): void {
    this.#heard()
    const first = this.#bearer.kind === 'join token' ? this.#events.enrolment() : this.#events.hello()
    this.#socket.send(JSON.stringify(first))
  }

  #heard(): void {
    this.#heardAtMs = performance.now()
  }

  #watch(): void {
    if (performance.now() - this.#heardAtMs > LINK_LIMITS.silenceMs) this.#end({ kind: 'lost', reason: `nothing was heard for ${LINK_LIMITS.silenceMs / 1000} s` })
    else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping()
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#hasEnded) return
    this.#heard()
    try {
      if (isBinary) this.#chunk(toBuffer(data))
      else this.#handle(parse(data))
    } catch (error) {
      this.fail((error as Error).message)
    }
  }

  #chunk(frame: Buffer): void {
    if (this.#assembly === null) throw new BrokenSnapshotError('a chunk came without a snapshot')
    if (!this.#assembly.add(frame)) return
    const assembly = this.#assembly
    this.#assembly = null
    this.#events.onOffer({ kind: 'snapshot', assembly })
  }

  #handle(message: HubMessage): void {
    if (message.type === 'refuse') return this.#end({ kind: 'refused', code: message.code, message: message.message, aboutBearer: ABOUT_BEARER.has(message.code) })
    if (message.type === 'enrolled') {
      this.#socket.send(JSON.stringify(this.#events.hello()))
      return
    }
    if (message.type === 'welcome') {
      clearTimeout(this.#handshake)
      this.#isWelcome = true
      return this.#events.onWelcome()
    }
    if (!this.#isWelcome) throw new BrokenSnapshotError(`${message.type} came before welcome`)
    if (this.#assembly !== null) throw new BrokenSnapshotError(`${message.type} came where a chunk was due`)
    if (message.type === 'snapshot') this.#assembly = new SnapshotAssembly(message, performance.now())
    else if (message.type === 'delta') this.#events.onOffer({ kind: 'delta', delta: message, receivedAtMs: performance.now() })
    else if (message.type === 'purge') this.#events.onPurge(message.plugin_id)
    else this.#events.onDrain()
  }

  #end(end: SessionEnd, code?: number): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearInterval(this.#silence)
    clearTimeout(this.#handshake)
    if (code === undefined || this.#socket.readyState !== WebSocket.OPEN) this.#socket.terminate()
    else {
      this.#socket.close(code, end.kind === 'lost' ? end.reason.slice(0, 100) : '')
      // A peer that does not answer the close keeps the socket for 30 s otherwise.
      setTimeout(() => this.#socket.terminate(), LINK_LIMITS.handshakeTimeoutMs).unref()
    }
    this.#events.onEnd(end)
  }
}

function toBuffer(data: RawData): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
}

function parse(data: RawData): HubMessage {
  let value: unknown
  try {
    value = JSON.parse(toBuffer(data).toString('utf8'))
  } catch {
    throw new BrokenSnapshotError('a message is not JSON')
  }
  const result = hubMessageSchema.safeParse(value)
  if (!result.success) throw new BrokenSnapshotError(`a message is not one of this protocol: ${result.error.issues[0]?.path.join('.')} ${result.error.issues[0]?.message}`)
  return result.data
}

/** What an answer to the upgrade request means, when it is not the upgrade. */
function unexpected(status: number): SessionEnd {
  if (status === 401)
    return { kind: 'refused', code: 'bad_token', message: 'The join token is not one of Sluice. Take a new one from the dashboard (Nodes, Join a node).', aboutBearer: true }
  if (status === 503) return { kind: 'lost', reason: 'the control plane answers 503: it is starting, full, or its database is away' }
  return { kind: 'lost', reason: `an answer with status ${status} came instead of a WebSocket; is SLUICE_CONTROL_PLANE the address of a control plane?` }
}
