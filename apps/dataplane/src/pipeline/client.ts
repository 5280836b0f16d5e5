import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { BodySource } from '../upstream/attempt.ts'

/** How the relaying of an answer ended. */
export interface Relayed {
  bytes: number
  /** True where the upstream stopped in the middle of the body. */
  brokeOff: boolean
}

/** The client's end of an exchange, as the listener gives it to the pipeline. The HTTP engine implements it. */
export interface ClientSide extends BodySource {
  readonly hasBody: boolean
  /** Bytes that the client announced; null where they come in chunks. */
  readonly bodyLength: number | null
  /** Sends a complete reply. */
  reply(status: number, headers: string[], body: string | Uint8Array | null): void
  /** Passes an interim answer (1xx) on, where the client can read one. */
  inform(status: number, headers: readonly string[]): void
  /** Relays an upstream's answer: head, then body with back-pressure. Resolves when it is over; an upstream that breaks off aborts the client. */
  relay(input: { status: number; reason: string; headers: string[]; body: IncomingMessage }): Promise<Relayed>
  /** Relays an accepted upgrade: the head, then bytes both ways until either side ends. */
  tunnel(input: { status: number; reason: string; headers: string[]; socket: Socket; head: Buffer }): Promise<void>
  /** Runs where the client goes away before the exchange has ended. */
  onGone(action: () => void): void
  /** Ends the connection, so that nothing that was begun looks finished. */
  abort(): void
  readonly isGone: boolean
  /** True once a head was sent: another cannot be. */
  readonly hasAnswered: boolean
}
