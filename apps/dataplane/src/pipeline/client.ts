import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** The client's end of an exchange, as the listener gives it to the pipeline. The HTTP engine implements it. */
export interface ClientSide {
  /** The request body as a stream; null where there is none. */
  readonly body: Readable | null
  /** Sends a complete reply. */
  reply(status: number, headers: string[], body: string | Uint8Array | null): void
  /** Relays an upstream's answer: head, then body with back-pressure. Resolves with the bytes sent when it is over; an upstream that breaks off aborts the client. */
  relay(input: { status: number; reason: string; headers: string[]; body: IncomingMessage }): Promise<number>
  /** Relays an accepted upgrade: the head, then bytes both ways until either side ends. */
  tunnel(input: { status: number; reason: string; headers: string[]; socket: Socket; head: Buffer }): Promise<void>
  /** Runs where the client goes away before the exchange has ended. */
  onGone(action: () => void): void
  readonly isGone: boolean
}
