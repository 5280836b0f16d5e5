/** Between two lines of the log about connections that were not taken, in milliseconds: a flood of connections must not become one of lines. */
export const REFUSAL_LINE_INTERVAL_MS = 10_000

export interface RefusalLogPorts {
  nowMs(): number
  /** Connections since the last line, by reason. */
  write(refused: Record<string, number>): void
}

/** Tells of connections that were not taken: at once, then as one line for each interval. */
export class RefusalLog {
  readonly #ports: RefusalLogPorts
  #writtenAtMs = Number.NEGATIVE_INFINITY
  #refused: Record<string, number> = {}

  constructor(ports: RefusalLogPorts) {
    this.#ports = ports
  }

  /** Called with each report of a worker, also where it has nothing to tell: what waits is written then. */
  add(refused: Record<string, number>): void {
    for (const [reason, count] of Object.entries(refused)) if (count > 0) this.#refused[reason] = (this.#refused[reason] ?? 0) + count
    const nowMs = this.#ports.nowMs()
    if (Object.keys(this.#refused).length === 0 || nowMs - this.#writtenAtMs < REFUSAL_LINE_INTERVAL_MS) return
    this.#writtenAtMs = nowMs
    this.#ports.write(this.#refused)
    this.#refused = {}
  }
}
