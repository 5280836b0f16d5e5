import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { clusterFolder, runningPostgres } from '../../../apps/admin/src/server/postgres/embedded.ts'
import { ApiClient } from './api-client.ts'
import { until } from './node-process.ts'

const MAIN = join(import.meta.dirname, '../../../apps/admin/server.ts')
const COMMANDS = join(import.meta.dirname, '../../../apps/admin/src/cli/main.ts')
const START_TIMEOUT_MS = 60_000

/** Who signs in where a test does not say otherwise. */
export const OPERATOR = { email: 'ada@example.com', password: 'correct horse battery' } as const

export interface ControlPlaneOptions {
  /** Kept when given, so that a restart finds what the former process left. */
  dataDir?: string
  /** A PostgreSQL of one's own; without it the embedded one starts. */
  databaseUrl?: string
  env?: Record<string, string>
  dashboard?: 'on' | 'off'
  /** 0, the default, takes a free one. */
  port?: number
  /** False: no operator is made from the environment, so that the set-up link is printed. */
  bootstrap?: boolean
}

function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('SLUICE_') && entry[0] !== 'DATABASE_URL' && entry[0] !== 'NODE_ENV',
  )
  return Object.fromEntries(kept)
}

/** Processes whose parent is `pid`: PostgreSQL gives each of its own a process group, so the group alone is not enough. */
function childrenOf(pid: number): number[] {
  if (!existsSync('/proc')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => {
      try {
        const stat = readFileSync(`/proc/${candidate}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid
      } catch {
        return false
      }
    })
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already.
  }
}

export function makeControlPlaneDir(): string {
  return mkdtempSync(join(tmpdir(), 'sluice-control-plane-'))
}

/** Removes a data directory, and the cluster that lies elsewhere where the tests run as root. */
export function removeControlPlaneDir(dataDir: string): void {
  const cluster = clusterFolder(dataDir)
  if (!cluster.startsWith(dataDir)) rmSync(dirname(cluster), { recursive: true, force: true })
  rmSync(dataDir, { recursive: true, force: true })
}

/** A control plane in a process of its own, ended by its own id. */
export class ControlPlaneProcess {
  readonly dataDir: string
  readonly #options: ControlPlaneOptions
  readonly #child: ChildProcess
  readonly ended: Promise<number | null>
  /** Settles later than `ended`: everything that it said is in `output` then. */
  readonly #closed: Promise<number | null>
  /** Everything that it wrote to its terminal. */
  output = ''
  url = ''

  private constructor(options: ControlPlaneOptions) {
    this.#options = options
    this.dataDir = options.dataDir ?? makeControlPlaneDir()
    rmSync(join(this.dataDir, 'listen.json'), { force: true })
    const env = {
      ...cleanEnvironment(),
      SLUICE_DATA_DIR: this.dataDir,
      SLUICE_ADMIN_LISTEN: `127.0.0.1:${options.port ?? 0}`,
      SLUICE_DASHBOARD: options.dashboard ?? 'off',
      ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
      ...(options.bootstrap === false ? {} : { SLUICE_BOOTSTRAP_EMAIL: OPERATOR.email, SLUICE_BOOTSTRAP_PASSWORD: OPERATOR.password }),
      ...options.env,
    }
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString()
      })
    }
    this.ended = new Promise((resolve) => this.#child.once('exit', (code) => resolve(code)))
    this.#closed = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)))
  }

  /** Starts a control plane and waits until it is ready. */
  static async start(options: ControlPlaneOptions = {}): Promise<ControlPlaneProcess> {
    const controlPlane = new ControlPlaneProcess(options)
    try {
      await controlPlane.#untilReady()
    } catch (error) {
      await controlPlane.killAll()
      throw error
    }
    return controlPlane
  }

  /** Starts a control plane that is expected to end by itself, and gives what it said. */
  static async startAndFail(options: ControlPlaneOptions): Promise<{ code: number | null; output: string }> {
    const controlPlane = new ControlPlaneProcess(options)
    const code = await controlPlane.#closed
    if (options.dataDir === undefined) removeControlPlaneDir(controlPlane.dataDir)
    return { code, output: controlPlane.output }
  }

  /** Starts a control plane and asks it to stop as soon as its PostgreSQL is on its way. */
  static async startAndStop(options: ControlPlaneOptions & { dataDir: string }): Promise<{ code: number | null; output: string }> {
    const controlPlane = new ControlPlaneProcess(options)
    await until('PostgreSQL to be started', () => (controlPlane.postgresPid === null ? null : true), START_TIMEOUT_MS)
    controlPlane.#child.kill('SIGTERM')
    const code = await controlPlane.#closed
    return { code, output: controlPlane.output }
  }

  /** Waits for a line of the log: it comes by a pipe, and may arrive after the answer to what caused it. */
  async line(text: string): Promise<void> {
    await until(`${JSON.stringify(text)} in the log`, () => (this.output.includes(text) ? true : null))
  }

  async #untilReady(): Promise<void> {
    const file = join(this.dataDir, 'listen.json')
    const hasEnded = () => this.#child.exitCode !== null || this.#child.signalCode !== null
    await until('the control plane to listen', () => (existsSync(file) || hasEnded() ? true : null), START_TIMEOUT_MS)
    if (hasEnded()) throw new Error(`the control plane ended: ${this.output}`)
    this.url = (JSON.parse(readFileSync(file, 'utf8')) as { http: string }).http
    const isReady = async () => {
      const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => null)
      return response?.status === 200 ? true : null
    }
    await until('the control plane to be ready', isReady, START_TIMEOUT_MS)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** What SLUICE_CONTROL_PLANE of a node is set to. */
  get hubUrl(): string {
    return this.url.replace(/^http/, 'ws')
  }

  get databaseUrl(): string {
    const url = this.#options.databaseUrl ?? runningPostgres(this.dataDir)?.url
    if (url === undefined) throw new Error('no PostgreSQL runs for this data directory')
    return url
  }

  /** Process id of the embedded PostgreSQL; null where it does not run or is not ours. */
  get postgresPid(): number | null {
    return this.#options.databaseUrl === undefined ? (runningPostgres(this.dataDir)?.pid ?? null) : null
  }

  /** A client without a session. */
  anonymous(): ApiClient {
    return new ApiClient(this.url)
  }

  /** A client that has signed in. */
  async api(operator: { email: string; password: string } = OPERATOR): Promise<ApiClient> {
    const client = this.anonymous()
    await client.signIn(operator.email, operator.password)
    return client
  }

  async joinToken(name?: string): Promise<string> {
    const { token } = await (await this.api()).mutate('nodes.createJoinToken', name === undefined ? {} : { name })
    return token
  }

  /** Runs SQL beside the control plane. */
  async sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl })
    await client.connect()
    try {
      return (await client.query<Row>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  /** Makes an empty database in the PostgreSQL of this control plane; answers its address. */
  async createDatabase(name: string): Promise<string> {
    await this.sql(`CREATE DATABASE "${name}"`)
    const url = new URL(this.databaseUrl)
    url.pathname = `/${name}`
    return url.href
  }

  /** Runs `control-plane -- <arguments>` for this data directory. */
  async command(...args: string[]): Promise<{ code: number | null; output: string }> {
    const env = {
      ...cleanEnvironment(),
      SLUICE_DATA_DIR: this.dataDir,
      ...(this.#options.databaseUrl === undefined ? {} : { DATABASE_URL: this.#options.databaseUrl }),
      ...this.#options.env,
    }
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', COMMANDS, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    }
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, output }
  }

  /** SIGKILL of the control plane alone; its PostgreSQL runs on. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  /** Process ids of what PostgreSQL started. */
  postgresBackends(): number[] {
    return this.postgresPid === null ? [] : childrenOf(this.postgresPid)
  }

  /** SIGKILL of PostgreSQL and everything that it started. */
  async killPostgres(): Promise<void> {
    const pid = this.postgresPid
    if (pid === null) return
    sendSignal(pid, 'SIGSTOP')
    const children = childrenOf(pid)
    sendSignal(pid, 'SIGKILL')
    for (const child of children) sendSignal(child, 'SIGKILL')
    await until('PostgreSQL to be gone', () => (this.postgresPid === null ? true : null))
  }

  /** SIGKILL of the control plane and of its PostgreSQL at the same moment. */
  async killAll(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.killPostgres()
    await this.ended
  }

  /** Stops it in order and removes its data. */
  async stop(options: { keepData?: boolean } = {}): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM')
    await this.ended
    if (options.keepData === true) return
    if (this.#options.databaseUrl === undefined) await this.killPostgres()
    removeControlPlaneDir(this.dataDir)
  }
}

export interface SharedControlPlane {
  readonly process: ControlPlaneProcess
  readonly api: ApiClient
  /** Deletes the whole configuration, in one revision. */
  clear(): Promise<void>
}

/** One control plane with a signed-in client for all tests of a file: starting one makes a PostgreSQL cluster, which takes seconds. */
export function sharedControlPlane(options: ControlPlaneOptions = {}): SharedControlPlane {
  let started: { process: ControlPlaneProcess; api: ApiClient } | null = null
  const get = () => {
    if (started === null) throw new Error('the control plane is there from beforeAll on')
    return started
  }
  beforeAll(async () => {
    const process = await ControlPlaneProcess.start(options)
    started = { process, api: await process.api() }
  })
  afterAll(async () => started?.process.stop())
  return {
    get process() {
      return get().process
    },
    get api() {
      return get().api
    },
    clear: async () => {
      await get().api.mutate('declarative.import', { text: '_format_version: "3.0"\n', dry_run: false })
    },
  }
}
