import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '../../../apps/dataplane/src/main.ts')
const START_TIMEOUT_MS = 60_000

export interface NodeOptions {
  env?: Record<string, string>
  /** Text of the file for `--config`; without it the node starts with SLUICE_STANDALONE. */
  config?: string
  /** Kept when given, so that a restart finds what the former process left. */
  dataDir?: string
}

/** Polls `probe` until it gives a value; fails with `what` after the deadline. */
export async function until<T>(what: string, probe: () => Promise<T | null> | T | null, timeoutMs = 10_000): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const value = await probe()
    if (value !== null) return value
    if (performance.now() > deadline) throw new Error(`timed out waiting for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export function makeDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'sluice-node-'))
}

function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('SLUICE_'))
  return Object.fromEntries(kept)
}

/** A node in a process of its own on port 0, ended by its own id. */
export class NodeProcess {
  readonly dataDir: string
  readonly configFile: string
  readonly #child: ChildProcess
  readonly ended: Promise<number | null>
  /** Settles later than `ended`: everything that it said is in `output` then. */
  readonly #closed: Promise<number | null>
  output = ''
  proxy = ''
  status = ''

  private constructor(options: NodeOptions) {
    this.dataDir = options.dataDir ?? makeDataDir()
    this.configFile = join(this.dataDir, 'gateway.yaml')
    if (options.config !== undefined) writeFileSync(this.configFile, options.config)
    rmSync(join(this.dataDir, 'listen.json'), { force: true })
    const env = {
      ...cleanEnvironment(),
      SLUICE_DATA_DIR: this.dataDir,
      SLUICE_NODE_NAME: 'test-node',
      SLUICE_PROXY_LISTEN: '127.0.0.1:0',
      SLUICE_PROXY_TLS_LISTEN: 'off',
      SLUICE_STATUS_LISTEN: '127.0.0.1:0',
      SLUICE_WORKERS: '1',
      SLUICE_COUNTER_SLOTS: '65536',
      ...(options.config === undefined ? { SLUICE_STANDALONE: '1' } : {}),
      ...options.env,
    }
    this.#child = spawn(process.execPath, [MAIN, ...(options.config === undefined ? [] : ['--config', this.configFile])], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString()
      })
    }
    this.ended = new Promise((resolve) => this.#child.once('exit', (code) => resolve(code)))
    this.#closed = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)))
  }

  /** Starts a node and waits until it listens. */
  static async start(options: NodeOptions = {}): Promise<NodeProcess> {
    const node = new NodeProcess(options)
    try {
      await node.#untilListening()
    } catch (error) {
      await node.kill()
      throw error
    }
    return node
  }

  /** Starts a node that is expected to end by itself, and gives what it said. */
  static async startAndFail(options: NodeOptions): Promise<{ code: number | null; output: string }> {
    const node = new NodeProcess(options)
    const code = await node.#closed
    if (options.dataDir === undefined) rmSync(node.dataDir, { recursive: true, force: true })
    return { code, output: node.output }
  }

  async #untilListening(): Promise<void> {
    const file = join(this.dataDir, 'listen.json')
    await until(`the node to listen:\n${this.output}`, () => (existsSync(file) || this.#child.exitCode !== null ? true : null), START_TIMEOUT_MS)
    if (this.#child.exitCode !== null) throw new Error(`the node ended: ${this.output}`)
    const listen = JSON.parse(readFileSync(file, 'utf8')) as { proxy: string; status: string }
    this.proxy = `http://${listen.proxy}`
    this.status = `http://${listen.status}`
  }

  /** The first line of the log with `text`. The log comes by a pipe: it may arrive after what was asked of the status address. */
  line(text: string): Promise<string> {
    const find = () => {
      const lines = this.output.split('\n').slice(0, -1)
      return lines.find((line) => line.includes(text)) ?? null
    }
    return until(`${JSON.stringify(text)} in the log`, find)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Posts a document; gives status and body. */
  async postConfig(document: unknown): Promise<{ status: number; body: { hash?: string; message?: string; issues?: { path: string; message: string }[] } }> {
    const text = typeof document === 'string' ? document : JSON.stringify(document)
    const response = await fetch(`${this.status}/config`, {
      method: 'POST',
      headers: { 'content-type': typeof document === 'string' ? 'application/yaml' : 'application/json' },
      body: text,
    })
    return { status: response.status, body: (await response.json()) as { hash?: string } }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  /** Stops it in order and removes its data. */
  async stop(options: { keepData?: boolean } = {}): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM')
    await this.ended
    if (options.keepData !== true) rmSync(this.dataDir, { recursive: true, force: true })
  }
}
