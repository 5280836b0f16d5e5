import { readdirSync, readFileSync } from 'node:fs'

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

/** File descriptors that a process has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

const LOOK_INTERVAL_MS = 10

/** Watches the resident memory of a process, in bytes. */
export class MemoryWatch {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  readonly start: number
  lowest: number
  highest: number

  constructor(pid: number) {
    this.#pid = pid
    this.start = residentBytes(pid)
    this.lowest = this.start
    this.highest = this.start
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS)
  }

  /** From the lowest to the highest that was seen. */
  get band(): number {
    return this.highest - this.lowest
  }

  stop(): this {
    clearInterval(this.#timer)
    this.#look()
    return this
  }

  #look(): void {
    const now = residentBytes(this.#pid)
    this.lowest = Math.min(this.lowest, now)
    this.highest = Math.max(this.highest, now)
  }
}
