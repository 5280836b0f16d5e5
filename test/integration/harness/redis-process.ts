import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Certificate } from './certificates.ts'
import { until } from './node-process.ts'

const HOST = '127.0.0.1'

/** A port that was free a moment ago: redis-server cannot be asked to choose one. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, HOST, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** A redis-server of its own with nothing on disk, on a loopback port that stays over restarts. Ended by its own id. */
export class RedisProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'))
  readonly #args: readonly string[]
  readonly #certificate: Certificate | null
  #child: ChildProcess | null = null
  #client: Redis | null = null
  port = 0

  private constructor(args: readonly string[], certificate: Certificate | null) {
    this.#args = args
    this.#certificate = certificate
  }

  /** With a certificate it speaks TLS alone. */
  static async start(args: readonly string[] = [], certificate: Certificate | null = null): Promise<RedisProcess> {
    const redis = new RedisProcess(args, certificate)
    for (let tries = 0; tries < 3; tries += 1) {
      redis.port = await freePort()
      if (await redis.#tryStart()) return redis
    }
    throw new Error('redis-server did not start; the tests need one of 4.0 or later on PATH')
  }

  /** As `redis` is written in plugins. */
  get config(): { host: string; port: number } {
    return { host: HOST, port: this.port }
  }

  /** A client of the test. */
  get client(): Redis {
    this.#client ??= new Redis({ host: HOST, port: this.port, retryStrategy: () => 20, maxRetriesPerRequest: null }).on('error', () => undefined)
    return this.#client
  }

  /** Starts it again, empty, where it was. */
  async restart(): Promise<void> {
    if (!(await this.#tryStart())) throw new Error(`redis-server did not start again on port ${this.port}`)
  }

  /** It is gone at once, as by a power cut. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** It takes connections and answers nothing, until `resume`. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    this.#client?.disconnect()
    this.#client = null
    await this.#end('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Connections that nodes have to it. */
  async connections(): Promise<number> {
    const list = (await this.client.call('CLIENT', ['LIST'])) as string
    return list.split('\n').filter((line) => line.includes(' name=sluice ')).length
  }

  #listenArgs(): string[] {
    if (this.#certificate === null) return ['--port', String(this.port)]
    const [cert, key] = [join(this.#folder, 'cert.pem'), join(this.#folder, 'key.pem')]
    writeFileSync(cert, this.#certificate.cert)
    writeFileSync(key, this.#certificate.key, { mode: 0o600 })
    return ['--port', '0', '--tls-port', String(this.port), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no']
  }

  async #tryStart(): Promise<boolean> {
    const args = [...this.#listenArgs(), '--bind', HOST, '--dir', this.#folder, '--save', '', '--appendonly', 'no', ...this.#args]
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let hasEnded = false
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.once('error', () => {
      hasEnded = true
    })
    child.once('exit', () => {
      hasEnded = true
    })
    this.#child = child
    await until('redis-server to start', () => (hasEnded || output.includes('Ready to accept connections') ? true : null), 30_000)
    return !hasEnded
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
}
