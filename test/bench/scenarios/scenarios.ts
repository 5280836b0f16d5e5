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
  /** Above 0: key-auth and a limit per consumer. */
  consumers: number
  isTls: boolean
  /** A new connection for every request; wrk resumes the TLS session. */
  isReconnect: boolean
  isInQuick: boolean
}

const PLAIN = { resource: '1k', connections: 64, bodyBytes: 0, routeCounts: [1], consumers: 0, isTls: false, isReconnect: false, isInQuick: false } as const

function scenario(id: string, title: string, differs: Partial<Omit<Scenario, 'id' | 'title'>> = {}): Scenario {
  return { ...PLAIN, routeCounts: [1], id, title, ...differs }
}

export const SCENARIOS: readonly Scenario[] = [
  scenario('get-1k', 'GET 1 KiB, 64 connections', { isInQuick: true }),
  scenario('features', 'key-auth with 100,000 consumers, a limit per consumer, 1,000 routes; GET 1 KiB', { routeCounts: [1000], consumers: 100_000, isInQuick: true }),
  scenario('post-10k', 'POST 10 KiB, 64 connections', { resource: 'post', bodyBytes: 10 * 1024, isInQuick: true }),
  scenario('get-100k', 'GET 100 KiB, 64 connections', { resource: '100k' }),
  scenario('routes', '10 and 10,000 routes; GET 1 KiB', { routeCounts: [10, 10_000] }),
  scenario('get-1k-c256', 'GET 1 KiB, 256 connections', { connections: 256 }),
  scenario('tls', 'TLS (P-256), kept connections; GET 1 KiB', { isTls: true }),
  scenario('tls-reconnect', 'TLS (P-256), a new connection with a resumed session for every GET 1 KiB', { isTls: true, isReconnect: true }),
]

/** Scenarios that the document names and that this run cannot do, with the reason. */
export const NOT_MEASURED: readonly string[] = [
  'Full TLS handshakes: wrk resumes the session of the connection before, where the proxy gives tickets, and all of these do.',
  'HTTP/2 towards the client: a node does not speak it.',
  'Two workers: needs a core for each beside the one of the load generator.',
  'Relay of 1 GB, memory per connection, reload under load: not part of this script. The memory columns are taken right after the load.',
]
