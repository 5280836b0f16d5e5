import { type NodeMessage, PROTOCOL_VERSION, type TelemetryCell } from '@sluice/shared/protocol'
import type { Configuration } from '../config/configuration.ts'
import { Backoff } from './backoff.ts'
import type { Bearer, NodeCredential } from './credential.ts'
import { Follower, type FollowerEvents } from './follower.ts'
import { type Offer, Session, type SessionEnd } from './session.ts'

/** A connection that has held this long starts the delays over when it ends. */
const STABLE_AFTER_MS = 10_000

export interface LinkOptions {
  url: string
  joinToken: string | null
  node: string
  version: string
  workers: number
  plugins: string[]
  listen: { proxy: string; tls: string | null; status: string }
}

export interface LinkParts {
  configuration: Configuration
  credential: NodeCredential
  events: FollowerEvents & { onDrain(): void; onPurge(pluginId: string): void }
  random(): number
  log(level: 'info' | 'warn' | 'error', fields: Record<string, unknown>, message: string): void
}

export interface LinkStatus {
  state: 'connecting' | 'connected' | 'refused'
  /** Why it is not connected, where that is known. */
  reason: string | null
}

interface EndedSession {
  bearer: Bearer | null
  connectedAtMs: number | null
}

/** The node's end of the wire: dials, joins, follows, and dials again for as long as the node runs. What is served never depends on it. */
export class Link {
  readonly #options: LinkOptions
  readonly #parts: LinkParts
  readonly #backoff: Backoff
  readonly #follower: Follower
  #session: Session | null = null
  #status: LinkStatus = { state: 'connecting', reason: null }
  /** Refusals since the hub last let this node in: which bearer is to be tried next. */
  #refusals = 0
  #connections = 0
  #timer: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(options: LinkOptions, parts: LinkParts) {
    this.#options = options
    this.#parts = parts
    this.#backoff = new Backoff(parts.random)
    this.#follower = new Follower(parts.configuration, parts.events)
  }

  start(): void {
    this.#dial()
  }

  /** Takes no more revisions, and goes on telling what the node does. */
  hold(): void {
    this.#follower.stop()
  }

  stop(): void {
    this.#isStopping = true
    clearTimeout(this.#timer)
    this.#session?.close()
  }

  get status(): LinkStatus {
    return this.#status
  }

  /** Connections after the first. */
  get reconnects(): number {
    return Math.max(0, this.#connections - 1)
  }

  /** Sends cells where the hub is there and reads; false where they have to wait. */
  report(cells: TelemetryCell[]): boolean {
    return this.#session?.send({ type: 'telemetry', cells }) ?? false
  }

  #dial(): void {
    const { credential } = this.#parts
    const bearers = credential.bearers(this.#options.joinToken)
    const bearer = bearers[this.#refusals % Math.max(1, bearers.length)]
    if (bearer === undefined) return this.#withoutBearer()
    let connectedAtMs: number | null = null
    const session: Session = new Session(this.#options.url, bearer, {
      enrolment: () => ({ type: 'enrol', name: this.#options.node, credential_sha256: credential.enrolmentSha256() }),
      hello: () => this.#hello(),
      onWelcome: () => {
        connectedAtMs = performance.now()
        this.#welcome(bearer)
      },
      onOffer: (offer) => this.#offer(session, offer),
      onDrain: () => this.#parts.events.onDrain(),
      onPurge: (pluginId) => this.#parts.events.onPurge(pluginId),
      onEnd: (end) => this.#ended(end, { bearer, connectedAtMs }),
    })
    this.#session = session
  }

  #withoutBearer(): void {
    const message = 'This node has no credential and no join token. Start it again with SLUICE_JOIN_TOKEN (dashboard: Nodes, Join a node).'
    this.#ended({ kind: 'refused', code: 'bad_token', message, aboutBearer: true }, { bearer: null, connectedAtMs: null })
  }

  #hello(): Extract<NodeMessage, { type: 'hello' }> {
    const { node, version, workers, plugins, listen } = this.#options
    const { served } = this.#parts.configuration
    return { type: 'hello', node, version, protocol: PROTOCOL_VERSION, plugins, workers, listen, have: served === null ? null : { revision: served.revision, hash: served.hash } }
  }

  #welcome(bearer: Bearer): void {
    this.#parts.credential.accepted(bearer)
    this.#status = { state: 'connected', reason: null }
    this.#refusals = 0
    this.#connections += 1
    this.#parts.log('info', { control_plane: this.#options.url, joined: bearer.kind === 'join token' }, 'connected to the control plane')
  }

  #offer(session: Session, offer: Offer): void {
    this.#follower.offer(offer, { send: (answer) => session.send(answer), fail: (reason) => session.fail(reason) })
  }

  #ended(end: SessionEnd, session: EndedSession): void {
    this.#session = null
    if (this.#isStopping) return
    if (session.connectedAtMs !== null && performance.now() - session.connectedAtMs >= STABLE_AFTER_MS) this.#backoff.reset()
    const delayMs = end.kind === 'refused' ? this.#refused(end, session) : this.#lost(end.reason)
    this.#timer = setTimeout(() => this.#dial(), delayMs)
  }

  #lost(reason: string): number {
    const delayMs = this.#backoff.next()
    // A refusal stays what it is until the hub says something else.
    if (this.#status.state !== 'refused') this.#status = { state: 'connecting', reason }
    this.#parts.log('warn', { reason, again_in_ms: delayMs }, 'not connected to the control plane; serving what is here')
    return delayMs
  }

  /** Each bearer is tried once; when none is taken, somebody has to act. */
  #refused(end: Extract<SessionEnd, { kind: 'refused' }>, { bearer }: EndedSession): number {
    if (end.aboutBearer) this.#refusals += 1
    // Counted now: a node that has just joined has one more than it dialled with.
    const bearers = Math.max(1, this.#parts.credential.bearers(this.#options.joinToken).length)
    const othersLeft = end.aboutBearer && this.#refusals % bearers !== 0
    const delayMs = othersLeft ? this.#backoff.next() : this.#backoff.afterRefusal()
    // Where a token was given, what is wrong with the token is what helps.
    const isKnown = this.#status.state === 'refused' && bearer?.kind === 'credential' && this.#options.joinToken !== null
    if (!isKnown) this.#status = { state: 'refused', reason: end.message }
    this.#parts.log('error', { code: end.code, reason: end.message, again_in_ms: delayMs }, 'the control plane refused this node; serving what is here')
    return delayMs
  }
}
