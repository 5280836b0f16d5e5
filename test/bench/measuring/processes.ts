import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { cpus } from 'node:os'

/** Lists of cores as taskset takes them. */
export interface Cores {
  proxy: string
  /** Of the load generator, the origin and this script. */
  load: string
}

export const ONE_EACH: Cores = { proxy: '1', load: '0' }

/** For proxies with up to `workers` workers. With fewer than four cores two workers share theirs with the load. */
export function coresFor(workers: number): Cores {
  if (workers === 1) return ONE_EACH
  return cpus().length >= 4 ? { proxy: '2,3', load: '0,1' } : { proxy: '0,1', load: '0,1' }
}

/** Moves a process with its threads to the cores of the proxies. */
export function pin(pid: number, cores: string = ONE_EACH.proxy): void {
  spawnSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' })
}

const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 10_000
const SETTLE_TIMEOUT_MS = 60_000
const SETTLED_MICROSECONDS = 50_000
const OUTPUT_KEPT = 4096

const running = new Set<Launched>()

/** A process tree pinned to its cores, ended by the id of its first process. */
export class Launched {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  hasEnded = false
  output = ''

  constructor(cores: string, command: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    this.#child = spawn('taskset', ['-c', cores, ...command], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (chunk: Buffer) => this.#keep(chunk.toString()))
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end(error.message, resolve))
      this.#child.once('exit', () => this.#end('', resolve))
    })
    running.add(this)
  }

  #keep(text: string): void {
    this.output = (this.output + text).slice(-OUTPUT_KEPT)
  }

  #end(text: string, resolve: () => void): void {
    this.#keep(text)
    this.hasEnded = true
    running.delete(this)
    resolve()
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Waits until `probe` gives a value. Fails with the output where the process ends before, or after two minutes. */
  async until<T>(probe: () => Promise<T | null> | T | null): Promise<T> {
    const deadline = performance.now() + START_TIMEOUT_MS
    while (!this.hasEnded && performance.now() < deadline) {
      const value = await probe()
      if (value !== null) return value
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`${this.hasEnded ? 'ended' : 'did not get ready'}: ${this.output.trim()}`)
  }

  async untilListening(port: number): Promise<void> {
    await this.until(() => isListening(port))
  }

  /** Waits until the tree has used less than a twentieth of a core for a second: what it does once after its start is no cost of a request. At most a minute. */
  async settled(): Promise<void> {
    const deadline = performance.now() + SETTLE_TIMEOUT_MS
    let before = cpuMicroseconds(this.pid)
    while (!this.hasEnded && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const now = cpuMicroseconds(this.pid)
      if (now - before < SETTLED_MICROSECONDS) return
      before = now
    }
  }

  /** SIGTERM, and SIGKILL to all of the tree that is left after ten seconds. */
  async stop(): Promise<void> {
    if (this.hasEnded) return
    const tree = treeOf(this.pid)
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => kill(tree), STOP_TIMEOUT_MS)
    await this.#ended
    clearTimeout(late)
  }
}

function kill(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

process.on('exit', () => {
  for (const launched of running) kill(treeOf(launched.pid))
})

function isListening(port: number): Promise<true | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(null))
    socket.once('connect', () => socket.destroy())
  })
}

/** A port of loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** The fields of /proc/<pid>/stat from `state` on; the name before them may have spaces. Null where the process is gone. */
function statOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

function treeOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? statOf(pid)?.[1] : undefined
    if (parent !== undefined) children.set(Number(parent), [...(children.get(Number(parent)) ?? []), pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

const TICKS_PER_SECOND = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100
const UTIME = 11
const STIME = 12

/** User and system time that the living processes of a tree have used, in microseconds, in steps of one clock tick (10 ms on most machines). */
export function cpuMicroseconds(root: number): number {
  const ticks = treeOf(root).reduce((sum, pid) => {
    const stat = statOf(pid)
    return sum + Number(stat?.[UTIME] ?? 0) + Number(stat?.[STIME] ?? 0)
  }, 0)
  return (ticks / TICKS_PER_SECOND) * 1e6
}

/** Proportional set size of a tree in MiB: pages that several processes share count once. */
export function memoryMebibytes(root: number): number {
  const kibibytes = treeOf(root).reduce((sum, pid) => {
    try {
      return sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
    } catch {
      return sum
    }
  }, 0)
  return kibibytes / 1024
}
