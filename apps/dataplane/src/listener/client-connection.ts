import type { Socket } from 'node:net'
import type { ErrorCode } from '@sluice/shared/errors'
import type { AnswerHead, BodySink, ClientOwner, ClientSide, RawSide } from '../exchange/client-side.ts'
import { NEVER, type Timed } from '../exchange/deadlines.ts'
import type { RequestHead } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import { keepsConnection, requestFraming } from '../http1/framing.ts'
import type { Head } from '../http1/head.ts'
import { REFUSED } from '../http1/head-parser.ts'
import type { SocketWriter } from '../socket/socket-writer.ts'
import { AnswerWriter } from './answer-writer.ts'
import { collectBody } from './body-collector.ts'
import { BodyReader, DISCARD } from './body-reader.ts'
import type { ClientInput, InputReceiver } from './client-input.ts'
import type { ConnectionHost } from './connection-host.ts'
import { BUSY, CLOSED, IDLE, IN_HEAD, LINGERING, TUNNEL } from './connection-phase.ts'
import { HeadIntake } from './head-intake.ts'
import { HeldBytes } from './held-bytes.ts'
import { type ConnectionFacts, factsOf, makeRequestHead, type RequestFacts, refusedBody, unreadableFacts } from './request-head.ts'
import { SlownessWatch } from './slowness-watch.ts'
import { SocketSide } from './socket-side.ts'

/** A connection of an HTTP/1.x client: its requests one after the other, in their order. Implements the client's end of the present one. */
export class ClientConnection implements ClientSide, InputReceiver, Timed {
  owner: ClientOwner | null = null
  isGone = false
  deadlineMs = NEVER
  readonly #socket: Socket
  readonly #input: ClientInput
  readonly #host: ConnectionHost
  readonly #facts: ConnectionFacts
  readonly #heads: HeadIntake
  readonly #writer: SocketWriter
  readonly #answer: AnswerWriter
  readonly #watch: SlownessWatch
  #phase = IDLE
  #requests = 0
  #body: BodyReader | null = null
  /** Reading stops while there are some. */
  readonly #held = new HeldBytes()
  #keeps = true
  /** The client waits for 100 Continue before it sends its body. */
  #holdsBack = false
  #hasEnded = false
  #isAdvancing = false
  #isBlocked = false

  constructor(socket: Socket, input: ClientInput, facts: ConnectionFacts, host: ConnectionHost) {
    this.#socket = socket
    this.#input = input
    this.#host = host
    this.#facts = facts
    this.#heads = new HeadIntake(host.parsers)
    this.#writer = host.writerOf(socket, () => this.#onDrain())
    this.#answer = new AnswerWriter(this.#writer, host.limits.oneWriteBytesMax)
    this.#watch = new SlownessWatch(host.limits)
    host.deadlines.watch(this)
    this.deadlineMs = host.deadlines.nowMs + (host.isDraining ? host.limits.drainIdleMs : host.limits.headTimeoutMs)
    input.attach(this)
    socket.once('end', () => this.#onEnd())
    // What a reset means is told by `close`, which follows.
    socket.on('error', () => {})
    socket.once('close', () => this.#onClose())
  }

  /** The listener drains: an idle connection has a short time for one more request. */
  drain(): void {
    if (this.#phase === IDLE) this.deadlineMs = Math.min(this.deadlineMs, this.#host.deadlines.nowMs + this.#host.limits.drainIdleMs)
  }

  // The client's end of the present exchange.

  get present(): boolean {
    return this.#body !== null
  }

  get length(): number | null {
    return this.#body === null ? 0 : this.#body.length
  }

  get hasAnswered(): boolean {
    return this.#answer.hasBegun
  }

  read(maxBytes: number): Promise<Buffer | null> {
    return collectBody(this.#body, (sink) => this.startBody(sink), { maxBytes, keepsTrailers: false })
  }

  readAhead(maxBytes: number): Promise<Buffer | null> | Buffer | null {
    const body = this.#body
    if (body === null || (body.length ?? 0) > maxBytes) return null
    const held = this.#held
    const whole = held.isEmpty ? null : body.takeWhole(held)
    if (whole === null) return collectBody(body, (sink) => this.startBody(sink), { maxBytes, keepsTrailers: true })
    held.advance(held.from + whole.byteLength)
    this.#holdsBack = false
    this.#advance()
    return whole
  }

  mayPend(maxBytes: number): boolean {
    return this.#writer.pendingBytes < maxBytes
  }

  get holdsBytes(): boolean {
    return this.#writer.holdsBytes
  }

  startBody(sink: BodySink): void {
    const body = this.#body
    if (body === null) return sink.onBodyEnd()
    this.#continue()
    this.#watch.begin(this.#host.deadlines.nowMs)
    this.#look()
    body.start(sink)
    this.#feed()
    this.#advance()
  }

  resumeBody(): void {
    this.#body?.resume()
    this.#feed()
    this.#advance()
  }

  reply(status: number, headers: HeaderList, body: Buffer | null): void {
    this.#decideKeeping()
    this.#answer.begin({ status, reason: '', headers, length: body === null ? 'none' : body.byteLength }, this.#keeps)
    if (body !== null) this.#answer.write(body, false)
    this.#endAnswer(null)
  }

  inform(status: number, headers: HeaderList): void {
    if (status === 103 && !this.hasAnswered && !this.#answer.isVersion10) this.#answer.inform(status, headers)
  }

  begin(head: AnswerHead): void {
    this.#decideKeeping()
    this.#keeps = this.#answer.begin(head, this.#keeps)
  }

  write(piece: Buffer, isShared: boolean): boolean {
    return this.#answer.write(piece, isShared) || this.#block()
  }

  flush(): void {
    if (!this.#answer.flush()) this.#block()
  }

  end(trailers: HeaderList | null): void {
    this.#endAnswer(trailers)
  }

  abort(): void {
    this.#phase = LINGERING
    this.deadlineMs = this.#host.deadlines.nowMs + this.#host.limits.lingerMs
    this.#answer.abort()
  }

  upgrade(head: AnswerHead): RawSide | null {
    this.#phase = TUNNEL
    this.deadlineMs = NEVER
    this.#answer.switchProtocols(head)
    this.#socket.setKeepAlive(true, this.#host.limits.tunnelProbeMs)
    return new SocketSide(this.#socket, this.#input, { held: this.#held.takeAll(), hasEnded: this.#hasEnded })
  }

  onDeadline(): void {
    if (this.#phase === IDLE) this.#close()
    else if (this.#phase === IN_HEAD) this.#refuse('request_timeout')
    else if (this.#phase === BUSY) this.#onSlow()
    else this.#onLingered()
  }

  onInput(buffer: Buffer, length: number, isShared: boolean): boolean {
    if (this.#phase >= LINGERING) return false
    this.#held.put(buffer, length, isShared)
    this.#advance()
    this.#held.keep()
    return this.#body !== null && !this.#body.isWhole
  }

  /** Goes on as far as what was read and what was answered allow. */
  #advance(): void {
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    try {
      while (this.#step());
    } finally {
      this.#isAdvancing = false
    }
    if (this.#phase > BUSY) return
    if (!this.#held.isEmpty) this.#socket.pause()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** False where nothing more can be done now. */
  #step(): boolean {
    if (this.#phase === BUSY) {
      this.#feed()
      const isBodyDone = this.#body === null || this.#body.isWhole
      if (!this.#answer.hasEnded || !isBodyDone) return false
      // Who asks on and on and takes no answer would have them all wait in our memory.
      if (this.#isBlocked && this.#keeps) return false
      this.#finish()
      return true
    }
    if (this.#held.isEmpty || this.#phase > BUSY) {
      if (this.#hasEnded && this.#phase < BUSY) this.#close()
      return false
    }
    return this.#readHead()
  }

  #readHead(): boolean {
    const heads = this.#heads
    const head = heads.next(this.#held)
    if (head !== null) this.#dispatch(head)
    else if (heads.error !== null) this.#refuse(heads.error)
    else {
      if (this.#phase === IDLE && heads.isInside) {
        this.#phase = IN_HEAD
        this.deadlineMs = this.#host.deadlines.nowMs + this.#host.limits.headTimeoutMs
      }
      return this.#hasEnded
    }
    return true
  }

  #dispatch(head: Head): void {
    const framing = requestFraming(head)
    this.#start(head)
    this.#body = framing === 'none' ? null : new BodyReader(framing === 'length' ? head.contentLength : null, this.#host.limits)
    this.#holdsBack = head.expectsContinue && this.#body !== null
    const facts = factsOf(head)
    const made = this.#makeHead(facts)
    const refused = made.refused ?? refusedBody(head, facts, this.#host.limits.bodyBytesMax)
    if (refused === null) this.#host.onExchange(made.head, this)
    else this.#refuseExchange(made.head, refused)
  }

  #makeHead(facts: RequestFacts) {
    const { realIp } = this.#host
    return makeRequestHead(facts, this.#facts, { nowMs: this.#host.nowMs(), requests: this.#requests, realIp })
  }

  #start(head: Head | null): void {
    this.#phase = BUSY
    this.#requests += 1
    this.deadlineMs = NEVER
    this.owner = null
    this.#keeps = head !== null && keepsConnection(head)
    this.#answer.reset(head?.minorVersion === 0, head?.method === 'HEAD', head?.hasKeepAlive ?? false, head?.takesTrailers ?? false)
  }

  /** A request that has no legal reading, or did not come in time. */
  #refuse(error: ErrorCode): void {
    const head = this.#heads.refusedHead
    this.#start(head)
    this.#refuseExchange(this.#makeHead(head === null ? unreadableFacts() : factsOf(head)).head, error)
  }

  #refuseExchange(head: RequestHead, error: ErrorCode): void {
    this.#keeps = false
    this.#body = null
    this.#host.onRefused(head, this, error)
  }

  /** Gives the body what was read of it, as long as it is wanted. */
  #feed(): void {
    const body = this.#body
    const held = this.#held
    while (body?.isWanted === true && !body.isWhole && !held.isEmpty) {
      const { buffer, from, to, isShared } = held
      // The sink may ask for more while it takes: then nothing of this is there any more.
      held.clear()
      const end = body.take({ buffer, from, to, isShared })
      if (end === REFUSED) {
        this.#keeps = false
        body.fail(body.refusal)
        return
      }
      if (end < to) held.putBack({ buffer, from: end, to, isShared })
    }
  }

  #continue(): void {
    if (this.#holdsBack && !this.hasAnswered) this.#answer.inform(100, new HeaderList())
    this.#holdsBack = false
  }

  #decideKeeping(): void {
    const { isDraining, limits } = this.#host
    // A client that was never told to go on may send its body or the next request: the two cannot be told apart.
    this.#keeps = this.#keeps && !this.#holdsBack && !isDraining && !this.#hasEnded && this.#requests < limits.requestsPerConnectionMax
  }

  #endAnswer(trailers: HeaderList | null): void {
    if (!this.#answer.end(trailers)) this.#block()
    const body = this.#body
    if (body !== null && !body.isWhole) {
      // An answer that came before the end of the upload: the rest is taken for a while, so that the client gets to read it (RFC 9112 9.6).
      this.deadlineMs = this.#host.deadlines.nowMs + this.#host.limits.lingerMs
      if (this.#keeps) body.start(DISCARD)
      else this.#body = null
    }
    this.#advance()
  }

  #finish(): void {
    this.owner = null
    this.#body = null
    if (!this.#keeps) {
      this.#close()
      return
    }
    const { isDraining, limits } = this.#host
    this.#phase = IDLE
    this.deadlineMs = this.#host.deadlines.nowMs + (isDraining ? limits.drainIdleMs : limits.keepAliveTimeoutMs)
  }

  #close(): void {
    this.#phase = LINGERING
    this.#held.clear()
    this.deadlineMs = this.#host.deadlines.nowMs + this.#host.limits.lingerMs
    this.#socket.end()
    // The client sees the end of ours; what it still has on its way must not be answered with a reset.
    if (!this.#hasEnded) this.#socket.resume()
  }

  #block(): false {
    this.#isBlocked = true
    this.#look()
    return false
  }

  #onDrain(): void {
    this.#isBlocked = false
    if (this.#phase === BUSY && !this.#answer.hasEnded) this.owner?.onClientDrain()
    else if (this.#phase === BUSY) this.#advance()
  }

  #look(): void {
    if (this.#phase === BUSY) this.deadlineMs = Math.min(this.deadlineMs, this.#host.deadlines.nowMs + this.#watch.intervalMs)
  }

  #onSlow(): void {
    const body = this.#body
    if (this.#answer.hasEnded && !this.#isBlocked) {
      this.#socket.destroy()
      return
    }
    if (this.#isBlocked && this.#watch.sendsTooSlowly(this.#host.deadlines.nowMs, this.#writer.takenBytes)) {
      this.abort()
      return
    }
    if (body?.isWanted === true && !body.isWhole && this.#watch.comesTooSlowly(this.#host.deadlines.nowMs, body.bytes)) {
      this.#keeps = false
      body.fail('request_timeout')
    }
    if (this.#isBlocked || (body !== null && !body.isWhole)) this.deadlineMs = this.#host.deadlines.nowMs + this.#watch.intervalMs
  }

  /** What waits to be taken is not cut off while the client takes of it. */
  #onLingered(): void {
    const { nowMs } = this.#host.deadlines
    if (this.#socket.writableFinished || this.#watch.sendsTooSlowly(nowMs, this.#writer.takenBytes)) this.#socket.destroy()
    else this.deadlineMs = nowMs + this.#watch.intervalMs
  }

  #onEnd(): void {
    this.#hasEnded = true
    if (this.#phase === TUNNEL) return
    if (this.#phase >= LINGERING) {
      if (this.#socket.writableFinished) this.#socket.destroy()
      return
    }
    // Who ends its side while it waits has gone, as nginx and node:http take it: nobody half-closes a connection to be answered on it.
    if (this.#phase === BUSY && !(this.#answer.hasEnded && this.#isBlocked)) this.#socket.destroy()
    else {
      // What is on its way to it is all that it gets.
      this.#keeps = false
      this.#body = null
      this.#advance()
    }
  }

  #onClose(): void {
    const isCut = this.#phase === BUSY && !this.#answer.hasEnded
    this.#phase = CLOSED
    this.#host.deadlines.forget(this)
    this.#host.onClosed(this)
    if (!isCut) return
    this.isGone = true
    this.owner?.onClientGone()
    this.#body?.fail('client_gone')
  }
}
