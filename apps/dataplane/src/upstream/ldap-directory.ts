import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Directory, DirectoryServer } from '@sluice/plugins/contract'
import { Client, ResultCodeError } from 'ldapts'
import { type AddressPolicy, AddressRefused, guardedLookup, isAddressAllowed } from './address-policy.ts'

/** Bounds of what one worker asks of one server. A connection carries one bind at a time (RFC 4511 4.2.1). */
const CONNECTIONS_MAX = 16
const IDLE_MAX = 4
const WAITING_MAX = 128

/** Result codes that say that the password is not that of the DN (RFC 4511 A.2): no such attribute or object, bad DN, and what a server says to bad passwords. */
const REFUSALS: ReadonlySet<number> = new Set([16, 32, 34, 48, 49, 50, 53])

/** A connection to a server; it is never opened a second time, so that a password cannot go out over one that has lost its TLS. */
class Connection {
  readonly #server: DirectoryServer
  readonly #policy: AddressPolicy
  readonly #client: Client
  #socket: Socket | null = null
  #isSecured = false
  /** It has carried an answer before. */
  hasAnswered = false
  isBroken = false

  constructor(server: DirectoryServer, policy: AddressPolicy) {
    this.#server = server
    this.#policy = policy
    const { host, port, security } = server
    const authority = isIP(host) === 6 ? `[${host}]` : host
    this.#client = new Client({
      url: `${security === 'tls' ? 'ldaps' : 'ldap'}://${authority}:${port}`,
      strictDN: false,
      createConnection: () => this.#open(() => connect(this.#address())),
      createSecureConnection: ((...given: unknown[]) => this.#secure(given[0])) as typeof connectTls,
    })
  }

  async bind(dn: string, password: string): Promise<'accepted' | 'refused'> {
    try {
      await this.#secureFirst()
    } catch (error) {
      this.end()
      throw error
    }
    try {
      await this.#client.bind(dn, password)
      this.hasAnswered = true
      return 'accepted'
    } catch (error) {
      if (error instanceof ResultCodeError && REFUSALS.has(error.code)) {
        this.hasAnswered = true
        return 'refused'
      }
      this.end()
      throw error
    }
  }

  async #secureFirst(): Promise<void> {
    if (this.#server.security !== 'start_tls' || this.#isSecured) return
    await this.#client.startTLS(this.#tlsOptions())
    this.#isSecured = true
  }

  /** Closes it at once, whatever it waits for. */
  end(): void {
    this.isBroken = true
    this.#socket?.destroy()
  }

  #address() {
    return { host: this.#server.host, port: this.#server.port, lookup: guardedLookup(this.#policy) }
  }

  #tlsOptions() {
    const { host, verifiesHost } = this.#server
    return { ...(isIP(host) === 0 ? { servername: host } : {}), host, rejectUnauthorized: verifiesHost }
  }

  #open<S extends Socket>(make: () => S): S {
    if (this.#socket !== null || this.isBroken) throw new Error('the connection has ended')
    const { host } = this.#server
    if (isIP(host) !== 0 && !isAddressAllowed(this.#policy, host)) throw new AddressRefused(`${host} is no address that upstreams may have`)
    const socket = make()
    this.#socket = socket
    // A kept connection must not keep the process; who waits for an answer has a timer of their own.
    socket.unref()
    socket.on('error', () => {})
    socket.once('close', () => {
      this.isBroken = true
    })
    return socket
  }

  /** ldapts asks with options to secure the present socket, and with a port for one that is secure from the start. */
  #secure(given: unknown): TLSSocket {
    if (typeof given === 'object' && given !== null) return connectTls(given)
    return this.#open(() => connectTls({ ...this.#address(), ...this.#tlsOptions() }))
  }
}

/** The connections to one server. */
class ServerPool {
  readonly #open: () => Connection
  readonly #idle: { connection: Connection; timer: NodeJS.Timeout }[] = []
  readonly #waiting: (() => void)[] = []
  #busy = 0

  constructor(open: () => Connection) {
    this.#open = open
  }

  get isUnused(): boolean {
    return this.#busy === 0 && this.#idle.length === 0 && this.#waiting.length === 0
  }

  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX
  }

  /** Waits for a connection, with `fresh` for one that nobody has used; the answer is null where `signal` said that it takes too long. */
  async take(signal: AbortSignal, fresh: 'fresh' | 'any'): Promise<Connection | null> {
    while (this.#busy >= CONNECTIONS_MAX) {
      await new Promise<void>((resolve) => {
        const go = () => {
          signal.removeEventListener('abort', give)
          resolve()
        }
        // Who is gone must not be called in the place of who still waits.
        const give = () => {
          const at = this.#waiting.indexOf(go)
          if (at >= 0) this.#waiting.splice(at, 1)
          resolve()
        }
        this.#waiting.push(go)
        signal.addEventListener('abort', give, { once: true })
      })
      if (signal.aborted) return null
    }
    this.#busy += 1
    for (let kept = fresh === 'fresh' ? undefined : this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      clearTimeout(kept.timer)
      if (!kept.connection.isBroken) return kept.connection
    }
    return this.#open()
  }

  give(connection: Connection, keepaliveMs: number): void {
    this.#busy -= 1
    this.#waiting.shift()?.()
    if (connection.isBroken) return
    if (keepaliveMs === 0 || this.#idle.length >= IDLE_MAX) {
      connection.end()
      return
    }
    const entry = { connection, timer: setTimeout(() => this.#drop(entry), keepaliveMs).unref() }
    this.#idle.push(entry)
  }

  #drop(entry: { connection: Connection; timer: NodeJS.Timeout }): void {
    const at = this.#idle.indexOf(entry)
    if (at >= 0) this.#idle.splice(at, 1)
    entry.connection.end()
  }
}

/** LDAP servers as plugins ask them. Addresses are held to what upstreams may have. */
export class LdapDirectory implements Directory {
  readonly #policy: AddressPolicy
  readonly #pools = new Map<string, ServerPool>()

  constructor(policy: AddressPolicy) {
    this.#policy = policy
  }

  async bind(server: DirectoryServer, claim: { dn: string; password: string }): Promise<'accepted' | 'refused' | 'busy'> {
    const { host, port, security, verifiesHost } = server
    const key = JSON.stringify([host, port, security, verifiesHost])
    const pool = this.#pools.get(key) ?? new ServerPool(() => new Connection(server, this.#policy))
    this.#pools.set(key, pool)
    if (pool.isFull) return 'busy'
    const signal = AbortSignal.timeout(server.timeoutMs)
    try {
      return await this.#ask(pool, server, { ...claim, signal })
    } finally {
      if (pool.isUnused) this.#pools.delete(key)
    }
  }

  async #ask(pool: ServerPool, server: DirectoryServer, question: Question): Promise<'accepted' | 'refused'> {
    const connection = await pool.take(question.signal, 'any')
    if (connection === null) throw late(server)
    const wasKept = connection.hasAnswered
    try {
      return await ask(pool, connection, server, question)
    } catch (error) {
      // A server may close a connection that nobody uses, just when somebody does.
      const fresh = wasKept && !question.signal.aborted ? await pool.take(question.signal, 'fresh') : null
      if (fresh === null) throw error
      return await ask(pool, fresh, server, question)
    }
  }
}

interface Question {
  dn: string
  password: string
  signal: AbortSignal
}

const late = ({ timeoutMs }: DirectoryServer) => new Error(`no answer within ${timeoutMs} ms`)

async function ask(pool: ServerPool, connection: Connection, server: DirectoryServer, { dn, password, signal }: Question): Promise<'accepted' | 'refused'> {
  const cut = () => connection.end()
  signal.addEventListener('abort', cut, { once: true })
  try {
    return await Promise.race([connection.bind(dn, password), untilAborted(signal)])
  } catch (error) {
    throw signal.aborted ? late(server) : error
  } finally {
    signal.removeEventListener('abort', cut)
    pool.give(connection, server.keepaliveMs)
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
}
