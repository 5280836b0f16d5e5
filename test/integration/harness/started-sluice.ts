import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { removeControlPlaneDir } from './control-plane-process.ts'
import { until } from './node-process.ts'

const ROOT = join(import.meta.dirname, '../../..')
const LAUNCHER = join(ROOT, 'scripts/launch/main.ts')
const COMMANDS = join(ROOT, 'apps/admin/src/cli/main.ts')
const READY = 'Ctrl-C stops everything'
const START_TIMEOUT_MS = 180_000
/** The promise is 10 s on a machine that does nothing else; the suite's own machine may be busy. */
export const SECOND_START_MS_MAX = 60_000
const PORTS = [3000, 8000, 8010, 8443, 8453, 8100, 8110, 9001, 9002, 9003]
const STATUS_PORTS = { 'node-1': 8100, 'node-2': 8110 } as const

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '0.0.0.0', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/** An offset with which every port of `npm start` is free. */
export async function freeOffset(): Promise<number> {
  for (;;) {
    const offset = 10_000 + Math.floor(Math.random() * 12_000)
    const free = await Promise.all(PORTS.map((port) => isFree(port + offset)))
    if (!free.includes(false)) return offset
  }
}

function statOf(pid: number): { parent: number; group: number; isZombie: boolean } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(parent), group: Number(group), isZombie: state === 'Z' }
  } catch {
    return null
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_') && !['DATABASE_URL', 'NODE_ENV'].includes(name))
  const own = { PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`, NODE_ENV: 'production' }
  return { ...Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined)), ...own }
}

/** `npm start` behind its preparation: the launcher as a process of its own, with every child that it starts. */
export class StartedSluice {
  readonly dataDir: string
  readonly #offset: number
  readonly #args: string[]
  #child: ChildProcess | null = null
  #ended: Promise<number | null> = Promise.resolve(null)
  /** Settles later than `#ended`: everything that it said is in `output` then. */
  #closed: Promise<number | null> = Promise.resolve(null)
  /** What the present or last start wrote to its terminal. */
  output = ''

  constructor(options: { dataDir: string; offset: number; args: string[] }) {
    this.dataDir = options.dataDir
    this.#offset = options.offset
    this.#args = options.args
  }

  port(plain: number): number {
    return plain + this.#offset
  }

  get dashboard(): string {
    return `http://127.0.0.1:${this.port(3000)}`
  }

  #launch(env: Record<string, string>): void {
    this.output = ''
    const own = { SLUICE_DATA_DIR: this.dataDir, SLUICE_PORT_OFFSET: String(this.#offset) }
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', LAUNCHER, ...this.#args], {
      cwd: ROOT,
      env: { ...environment(), ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString()
      })
    }
    this.#child = child
    this.#ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)))
    this.#closed = new Promise((resolve) => child.once('close', (code) => resolve(code)))
  }

  /** Starts everything and waits until it says that it runs. */
  async start(env: Record<string, string> = {}): Promise<void> {
    this.#launch(env)
    await until('Sluice to start', () => (this.output.includes(READY) || this.#child?.exitCode !== null ? true : null), START_TIMEOUT_MS).catch((error: Error) => {
      throw new Error(`${error.message}:\n${this.output}`)
    })
    if (this.#child?.exitCode !== null) throw new Error(`Sluice ended:\n${this.output}`)
  }

  /** Starts it where it is expected to end by itself; gives its exit code. */
  async startAndFail(env: Record<string, string> = {}): Promise<number | null> {
    this.#launch(env)
    return this.#closed
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    this.#child?.kill(signal)
    return this.#ended
  }

  /** Every process below the launcher, PostgreSQL's own among them. */
  family(): number[] {
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
    const found = new Set([this.#child?.pid ?? 0])
    for (let size = 0; size !== found.size; ) {
      size = found.size
      for (const pid of all) if (found.has(statOf(pid)?.parent ?? -1)) found.add(pid)
    }
    return [...found]
  }

  /** Those of `pids` that have not ended; one that only waits to be collected has. */
  stillRunning(pids: readonly number[]): string[] {
    return pids.filter((pid) => statOf(pid)?.isZombie === false).map((pid) => `${pid} ${commandLine(pid)}`)
  }

  pidOf(script: string): number {
    const pid = this.family().find((candidate) => commandLine(candidate).includes(script))
    if (pid === undefined) throw new Error(`${script} does not run`)
    return pid
  }

  isFree(port: number): Promise<boolean> {
    return isFree(this.port(port))
  }

  isReady(): Promise<boolean> {
    return fetch(`${this.dashboard}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
  }

  async status<T>(node: keyof typeof STATUS_PORTS): Promise<T> {
    return (await (await fetch(`http://127.0.0.1:${this.port(STATUS_PORTS[node])}/status`)).json()) as T
  }

  /** `npm run control-plane -- <arguments>` on the same data directory. */
  async command(...args: string[]): Promise<string> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', COMMANDS, ...args], {
      env: { ...environment(), SLUICE_DATA_DIR: this.dataDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    await new Promise((resolve) => child.once('close', resolve))
    return output
  }

  /** Stops what still runs and removes the data. */
  async discard(): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.stop('SIGTERM')
    removeControlPlaneDir(join(this.dataDir, 'control-plane'))
    removeControlPlaneDir(this.dataDir)
  }
}
