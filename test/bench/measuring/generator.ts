import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

/** Programs in measuring/generators; each tells in messages what it found. */
export type GeneratorName = 'handshakes' | 'streams' | 'steady' | 'connections' | 'transfer' | 'byte-origin'

const SLOW_MS = 60_000

/** A load generator in a process of its own, on the cores that it was given. It gets its arguments as one object. */
export class Generator {
  readonly #child: ChildProcess
  readonly #name: string
  readonly #waiting: unknown[] = []
  #wake: (() => void) | null = null
  #ended: string | null = null

  constructor(name: GeneratorName, cores: string, args: object) {
    const file = join(import.meta.dirname, 'generators', `${name}.ts`)
    const command = ['-c', cores, process.execPath, '--disable-warning=ExperimentalWarning', file, JSON.stringify(args)]
    this.#name = name
    this.#child = spawn('taskset', command, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child.on('message', (message) => {
      this.#waiting.push(message)
      this.#wake?.()
    })
    const end = (reason: string) => {
      this.#ended = reason
      this.#wake?.()
    }
    this.#child.once('error', (error) => end(error.message))
    this.#child.once('exit', (code) => end(`exit status ${code}`))
  }

  /** The next message, at most a minute beyond `expectedMs`. The caller knows which one comes next. */
  async next<T>(expectedMs = 0): Promise<T> {
    if (this.#waiting.length === 0 && this.#ended === null) {
      const late = setTimeout(() => this.#wake?.(), expectedMs + SLOW_MS)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      clearTimeout(late)
      this.#wake = null
    }
    if (this.#waiting.length === 0) throw new Error(`${this.#name}: ${this.#ended ?? 'no answer in time'}`)
    const message = this.#waiting.shift() as T & { failure?: string }
    if (message.failure !== undefined) throw new Error(message.failure)
    return message
  }

  send(message: object): void {
    this.#child.send(message)
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Runs one that has a single thing to say. */
export async function generate<T>(name: GeneratorName, cores: string, args: object, expectedMs: number): Promise<T> {
  const generator = new Generator(name, cores, args)
  try {
    return await generator.next<T>(expectedMs)
  } finally {
    generator.stop()
  }
}
