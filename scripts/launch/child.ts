import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

/** A child stops when the launcher was killed without a chance to stop it. */
const LEASH = pathToFileURL(join(import.meta.dirname, 'leash.mjs')).href
const LAST_LINES = 20

export interface ChildOptions {
  name: string
  script: string
  args?: string[]
  env: Record<string, string>
  logFile: string
  /** Sees each line that the child writes; true keeps it out of the log file. */
  onLine?: (line: string) => boolean
}

/**
 * One process of `npm start`, in a process group of its own: Ctrl-C on the terminal reaches the launcher alone, which then stops
 * its children in order. What it writes goes to its log file.
 */
export class Child {
  readonly name: string
  readonly ended: Promise<number | null>
  readonly #process: ChildProcess
  readonly #log: WriteStream
  #lastLines: string[] = []

  constructor(options: ChildOptions) {
    this.name = options.name
    mkdirSync(dirname(options.logFile), { recursive: true, mode: 0o700 })
    this.#log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 })
    this.#process = spawn('node', ['--disable-warning=ExperimentalWarning', '--import', LEASH, options.script, ...(options.args ?? [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...inheritedEnvironment(process.env), ...options.env },
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        if (options.onLine?.(line) === true) return
        this.#log.write(`${line}\n`)
        this.#lastLines = [...this.#lastLines.slice(1 - LAST_LINES), line]
      })
    }
    this.ended = new Promise((resolve) => {
      this.#process.once('close', (code) => {
        this.#log.end()
        resolve(code)
      })
    })
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** The last lines it wrote, for the message when it ended by itself. */
  get lastLines(): string {
    return this.#lastLines.join('\n')
  }

  /** SIGTERM, then SIGKILL to its group after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.isRunning) this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.#kill(), graceMs)
    await this.ended
    clearTimeout(timer)
  }

  #kill(): void {
    if (this.#process.pid === undefined) return
    try {
      process.kill(-this.#process.pid, 'SIGKILL')
    } catch {
      this.#process.kill('SIGKILL')
    }
  }
}

/** Each child gets its own variables only: what the system needs, nothing of Sluice's. */
function inheritedEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('SLUICE_') && name !== 'DATABASE_URL')
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined))
}
