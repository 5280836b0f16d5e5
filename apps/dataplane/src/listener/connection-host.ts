import type { Socket } from 'node:net'
import type { ErrorCode } from '@sluice/shared/errors'
import type { ClientSide } from '../exchange/client-side.ts'
import type { Deadlines } from '../exchange/deadlines.ts'
import type { RequestHead } from '../exchange/exchange.ts'
import type { ParserLoan } from '../http1/parser-loan.ts'
import type { SocketWriter } from '../socket/socket-writer.ts'
import type { ClientConnection } from './client-connection.ts'
import type { ListenerLimits } from './limits.ts'
import type { RealIpSettings } from './request-head.ts'

/** What a listener offers its connections. */
export interface ConnectionHost {
  readonly limits: ListenerLimits
  readonly deadlines: Deadlines
  readonly realIp: RealIpSettings
  /** Of request heads. */
  readonly parsers: ParserLoan
  readonly isDraining: boolean
  nowMs(): number
  /** Writes to a connection; `onDrain` follows where a write said no. */
  writerOf(socket: Socket, onDrain: () => void): SocketWriter
  onExchange(head: RequestHead, client: ClientSide): void
  /** A request that goes no further; it is to be answered with this error. */
  onRefused(head: RequestHead, client: ClientSide, error: ErrorCode): void
  onClosed(connection: ClientConnection): void
}
