import type { ErrorCode } from '@sluice/shared/errors'
import type { RequestBody } from './exchange.ts'
import type { HeaderList } from './header-list.ts'

/** Takes a request's body as it comes. */
export interface BodySink {
  /** A piece of the body; who takes it may keep it. False: no more until `resumeBody`. */
  onBody(piece: Buffer): boolean
  /** `trailers` of a chunked body, or of a request over HTTP/2; null where there are none. */
  onBodyEnd(trailers?: HeaderList | null): void
  /** The client broke the body off, was too slow with it, or sent what is none. */
  onBodyFailed(error: ErrorCode): void
}

/** Who answers a request. */
export interface ClientOwner {
  /** The client went away before it had its answer. */
  onClientGone(): void
  /** The client takes bytes again after `write` said no. */
  onClientDrain(): void
}

/** Head of an answer that is relayed. */
export interface AnswerHead {
  status: number
  /** '' for the usual one of the status. */
  reason: string
  headers: HeaderList
  /** Bytes of the body; null where only its end will tell; `none` where the answer has no body whatever its fields say. */
  length: number | null | 'none'
}

/** The other end of an upgraded connection. */
export interface RawPeer {
  /** Bytes that are valid during the call. False: no more until `resume`. */
  onBytes(bytes: Buffer): boolean
  onEnd(): void
  onClosed(): void
  onDrain(): void
}

/** One side of an upgraded connection, driven by the other. */
export interface RawSide {
  /** Copies what it cannot send at once. False: wait for `onDrain`. */
  write(bytes: Buffer): boolean
  end(): void
  resume(): void
  destroy(): void
  /** From now on bytes go to `peer`. */
  attach(peer: RawPeer): void
}

/** The client's end of an exchange, as the listener gives it to the pipeline; HTTP/1.1 and HTTP/2 implement it. */
export interface ClientSide extends RequestBody {
  /** Set by who answers, before anything else. */
  owner: ClientOwner | null
  /** Bytes that the client announced; null where only the end tells; 0 without a body. */
  readonly length: number | null
  readonly isGone: boolean
  /** True once a final head was sent: another cannot be. */
  readonly hasAnswered: boolean
  /** Lets the body flow into `sink`, once. A client that waits for 100 Continue is told to go on. */
  startBody(sink: BodySink): void
  resumeBody(): void
  /**
   * Holds a body until it is whole, so that a slow client keeps no connection to an upstream, and so that a request can be repeated. At once the
   * body where it is there already, and null where there is none or it is announced longer than `maxBytes`. Else resolves with the body; with
   * null where it turned out longer or has trailers, and then streams as if nobody had looked. Rejects where it did not come whole.
   */
  readAhead(maxBytes: number): Promise<Buffer | null> | Buffer | null
  /** Sends a complete reply. */
  reply(status: number, headers: HeaderList, body: Buffer | null): void
  /** Passes an interim answer on, where the client can read one. */
  inform(status: number, headers: HeaderList): void
  /** Begins to relay an answer. Its head goes out with the first piece, or with `flush`. */
  begin(head: AnswerHead): void
  /** A piece of the answer, valid during the call where `isShared`. False: wait for `onClientDrain`. */
  write(piece: Buffer, isShared: boolean): boolean
  /** After `write` said no: whether still less than `maxBytes` wait for the client, so that more may be given. */
  mayPend(maxBytes: number): boolean
  /** Whether pieces that were not shared may still be in use. */
  readonly holdsBytes: boolean
  /** Sends what waits for more. */
  flush(): void
  /** The answer is whole. `trailers` are passed on where the client takes them. */
  end(trailers: HeaderList | null): void
  /** Ends the connection or stream so that nothing that was begun looks finished. */
  abort(): void
  /** Accepts an upgrade that was asked for: sends the head, then bytes flow both ways. Null where the client cannot (HTTP/2). */
  upgrade(head: AnswerHead): RawSide | null
}
