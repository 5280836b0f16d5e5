import type { Exchange } from '../exchange/exchange.ts'
import { HeaderList } from '../exchange/header-list.ts'
import type { CompiledRoute } from './compiled.ts'

/** Codes of gRPC by name, as far as a gateway gives them (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const CANCELLED = 1
const UNKNOWN = 2
const DEADLINE_EXCEEDED = 4

/** What a gateway's status says to a gRPC client; Kong's table, with nginx's for those that it lacks. */
const BY_STATUS: Readonly<Record<number, number>> = {
  200: 0,
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  408: 4,
  409: 6,
  412: 9,
  413: 8,
  426: 3,
  429: 8,
  499: 1,
  500: 13,
  501: 12,
  502: 14,
  503: 14,
  504: 4,
}

/** Milliseconds of the units of grpc-timeout. */
const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }
/** Longest time that a timer of Node.js takes. */
const TIMER_MAX_MS = 2 ** 31 - 1

/** Whether the client of an exchange is one of gRPC: HTTP/2 with a content of gRPC. */
export function isGrpc(exchange: Exchange): boolean {
  return exchange.head.httpVersion === '2.0' && hasGrpcContent(exchange)
}

const hasGrpcContent = (exchange: Exchange) => exchange.requestHeaders.get('content-type')?.startsWith('application/grpc') === true

/** Milliseconds that the client gave the call, or null: 1 to 8 digits and a unit, as the specification has it; anything else is as if it were not there. */
export function callTimeoutMs(exchange: Exchange): number | null {
  const parts = /^(\d{1,8})([HMSmun])$/.exec(exchange.requestHeaders.get('grpc-timeout') ?? '')
  if (parts === null || !isGrpc(exchange)) return null
  return Math.min(TIMER_MAX_MS, Math.ceil(Number(parts[1]) * (UNITS[parts[2] as string] as number)))
}

/** Percent-encoding of grpc-message: what is not visible ASCII, and the percent sign. */
const encodeMessage = (text: string) =>
  [...Buffer.from(text)]
    .map((byte) => (byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`))
    .join('')

/** The fields that tell a gRPC client what the gateway's answer with this HTTP status means. */
export function grpcFields(status: number, message: string): [string, string][] {
  return [
    ['Content-Type', 'application/grpc'],
    ['grpc-status', String(BY_STATUS[status] ?? UNKNOWN)],
    ['grpc-message', encodeMessage(message)],
  ]
}

/** The end of a call whose time is over after its answer had begun. */
export function deadlineTrailers(): HeaderList {
  return new HeaderList(null, ['grpc-status', String(DEADLINE_EXCEEDED), 'grpc-message', 'Deadline exceeded'])
}

/** What keeps a request from a gRPC route that it matches; Kong's answers. */
export interface GrpcMisfit {
  status: number
  message: string
  /** Sent as they are, in place of an error page. */
  headers: [string, string][]
  isTrailersOnly: boolean
}

export function grpcMisfit(exchange: Exchange, route: CompiledRoute, clientScheme: string): GrpcMisfit | null {
  if (!route.protocols.has('grpc') && !route.protocols.has('grpcs')) return null
  if (!hasGrpcContent(exchange)) return { status: 415, message: 'Non-gRPC request matched gRPC route', headers: [], isTrailersOnly: false }
  if (exchange.head.httpVersion !== '2.0') {
    const headers: [string, string][] = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'HTTP/2'],
    ]
    return { status: 426, message: 'Please use HTTP2 protocol', headers, isTrailersOnly: false }
  }
  if (route.protocols.has('grpc') || clientScheme === 'https') return null
  const headers: [string, string][] = [
    ['Content-Type', 'application/grpc'],
    ['grpc-status', String(CANCELLED)],
    ['grpc-message', 'gRPC request matched gRPCs route'],
  ]
  return { status: 200, message: '', headers, isTrailersOnly: true }
}
