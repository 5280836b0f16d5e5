import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, type WriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'

export interface ChildOptions {
  name: string
  script: string
  args?: string[]
  env: Record<string, string>
  logFile: string
  /** Sees each line that the child writes. */
  onLine?: (line: string) => void
}

/**
 * One process of `npm start`, in a process group of its own: Ctrl-C on the terminal reaches the launcher alone, which then stops
 * its children in order. What it writes goes to its log file.
 */
export class Child {
  readonly name: string
  readonly process: ChildProcess
  readonly ended: Promise<number | null>
  readonly #log: WriteStream
  #lastLines: string[] = []

  constructor(options: ChildOptions) {
    this.name = options.name
    mkdirSync(dirname(options.logFile), { recursive: true })
    this.#log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 })
    this.process = spawn('node', ['--disable-warning=ExperimentalWarning', options.script, ...(options.args ?? [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...inheritedEnvironment(), ...options.env },
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        this.#log.write(`${line}\n`)
        this.#lastLines = [...this.#lastLines.slice(-19), line]
        options.onLine?.(line)
      })
    }
    this.ended = new Promise((resolve) => this.process.once('exit', (code) => resolve(code)))
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  /** The last lines it wrote, for the message when it ended by itself. */
  get lastLines(): string {
    return this.#lastLines.join('\n')
  }

  /** SIGTERM, then SIGKILL to its group after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.isRunning) this.process.kill('SIGTERM')
    const timer = setTimeout(() => this.#kill(), graceMs)
    await this.ended
    clearTimeout(timer)
    this.#log.end()
  }

  #kill(): void {
    if (this.process.pid === undefined) return
    try {
      process.kill(-this.process.pid, 'SIGKILL')
    } catch {
      this.process.kill('SIGKILL')
    }
  }
}

/** Each child gets its own variables only: what the system needs, nothing of Sluice's. */
export function inheritedEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_') && name !== 'DATABASE_URL')
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Reads `listen.json` once the process that writes it is ready. */
export async function waitForListenFile(child: Child, file: string, timeoutMs: number): Promise<Record<string, string | null>> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
    if (!child.isRunning) throw new Error(`${child.name} ended before it was ready:\n${child.lastLines}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${child.name} was not ready after ${timeoutMs / 1000} s:\n${child.lastLines}`)
}

/** Removes the address file of a former run, so that the next one that appears is this run's. */
export function forgetListenFile(file: string): void {
  rmSync(file, { force: true })
}
