/** What is asked of every proxy in one table. */
export interface Scenario {
  id: string
  title: string
  /** Last part of the path; the origin answers by it. */
  resource: '1k' | '100k' | 'post'
  connections: number
  bodyBytes: number
  /** Each proxy runs once for each of these. */
  routeCounts: number[]
  /** As above. */
  workerCounts: number[]
  /** Above 0: key-auth and a limit per consumer. */
  consumers: number
  isTls: boolean
  load: Load
  /** Bodies pass through without being stored on the way, where a proxy has the choice. */
  isStreaming: boolean
  /** The gateways of npm take part; they are slow to measure. */
  hasNpmPeers: boolean
  isInQuick: boolean
}

/** Requests on kept connections (wrk), one on each new TLS connection with a whole or a resumed handshake, or streams of HTTP/2 over TLS. */
export type Load = 'kept' | 'full-handshake' | 'resumed-handshake' | 'http2'

/** Streams at a time on each of the connections of an HTTP/2 scenario. */
export const STREAMS_PER_CONNECTION = 16

const PLAIN = { resource: '1k', connections: 64, bodyBytes: 0, consumers: 0, isTls: false, load: 'kept', isStreaming: false, hasNpmPeers: false, isInQuick: false } as const

/** A scenario with what it has in common with the others. */
export function scenario(id: string, title: string, differs: Partial<Omit<Scenario, 'id' | 'title'>> = {}): Scenario {
  return { ...PLAIN, routeCounts: [1], workerCounts: [1], id, title, ...differs }
}

export const SCENARIOS: readonly Scenario[] = [
  scenario('get-1k', 'GET 1 KiB, 64 connections', { hasNpmPeers: true, isInQuick: true }),
  scenario('features', 'key-auth with 100,000 consumers, a limit per consumer, 1,000 routes; GET 1 KiB', { routeCounts: [1000], consumers: 100_000, isInQuick: true }),
  scenario('post-10k', 'POST 10 KiB, 64 connections', { resource: 'post', bodyBytes: 10 * 1024, hasNpmPeers: true, isInQuick: true }),
  scenario('get-100k', 'GET 100 KiB, 64 connections', { resource: '100k' }),
  scenario('routes', '10 and 10,000 routes; GET 1 KiB', { routeCounts: [10, 10_000] }),
  scenario('get-1k-c256', 'GET 1 KiB, 256 connections', { connections: 256 }),
  scenario('tls', 'TLS (P-256), kept connections; GET 1 KiB', { isTls: true }),
  scenario('tls-full', 'TLS (P-256), a new connection with a full handshake for every GET 1 KiB', { isTls: true, load: 'full-handshake', connections: 16 }),
  scenario('tls-resumed', 'TLS (P-256), a new connection with a resumed session for every GET 1 KiB', { isTls: true, load: 'resumed-handshake', connections: 16 }),
  scenario('h2', `HTTP/2 over TLS, 8 connections with ${STREAMS_PER_CONNECTION} streams at a time each; GET 1 KiB`, { isTls: true, load: 'http2', connections: 8 }),
  scenario('workers', 'One and two workers; GET 1 KiB, 64 connections', { workerCounts: [1, 2] }),
]
