import { join } from 'node:path'
import { Child, type ChildOptions } from './child.ts'

/** How long a child may take to stop before it is killed. A node drains for at most 30 s. */
const STOP_GRACE_MS = 35_000
/** A child that ends by itself is started again, but not for ever: what fails so often does not heal by starting. */
const RESTARTS = { max: 5, windowMs: 60_000, delayStepMs: 500 } as const
const POLL_INTERVAL_MS = 50

export interface Part extends Omit<ChildOptions, 'logFile'> {
  /** Parts of a lower group are stopped first, and all of one group together. */
  stopGroup: number
  /** The start of everything waits for it (`untilReady`), and fails where it ends before. Without, it counts as ready at once. */
  isAwaited?: boolean
  /** What ends by itself with success has done its work, and is not started again. */
  mayEnd?: boolean
}

interface Running {
  part: Part
  child: Child
  isReady: boolean
  isReplaced: boolean
  restartedAt: number[]
}

/** Starts the parts of Sluice, starts again what ends by itself, and stops everything in order. */
export class Supervisor {
  readonly #logDir: string
  readonly #say: (text: string) => void
  readonly #onGivenUp: () => void
  readonly #running = new Map<string, Running>()
  #isStopping = false

  constructor(options: { logDir: string; say: (text: string) => void; onGivenUp: () => void }) {
    this.#logDir = options.logDir
    this.#say = options.say
    this.#onGivenUp = options.onGivenUp
  }

  start(part: Part): void {
    if (this.#isStopping) return
    this.#spawn(part, { isReady: part.isAwaited !== true, restartedAt: [] })
  }

  /** Waits until `probe` gives a value; from then on the part is kept running. Throws with its last lines where it ends before or takes too long. */
  async untilReady<T>(name: string, probe: () => Promise<T | null> | T | null, timeoutMs: number): Promise<T> {
    const deadline = performance.now() + timeoutMs
    while (performance.now() < deadline && !this.#isStopping) {
      const running = this.#running.get(name)
      const value = await probe()
      if (value !== null && running !== undefined) {
        running.isReady = true
        return value
      }
      if (running?.child.isRunning !== true) throw new Error(`${name} ended before it was ready:\n${running?.child.lastLines ?? ''}`)
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS))
    }
    throw new Error(this.#isStopping ? 'stopped' : `${name} was not ready after ${timeoutMs / 1000} s:\n${this.#running.get(name)?.child.lastLines ?? ''}`)
  }

  /** Stops a part and starts it again, as after its sources have changed. */
  async restart(name: string): Promise<void> {
    const running = this.#running.get(name)
    if (running === undefined || this.#isStopping) return
    running.isReplaced = true
    await running.child.stop(STOP_GRACE_MS)
    if (!this.#isStopping) this.#spawn(running.part, { isReady: true, restartedAt: [] })
  }

  async stopAll(): Promise<void> {
    this.#isStopping = true
    const groups = [...new Set([...this.#running.values()].map(({ part }) => part.stopGroup))].sort((a, b) => a - b)
    for (const group of groups) {
      const members = [...this.#running.values()].filter(({ part }) => part.stopGroup === group)
      await Promise.all(members.map(({ child }) => child.stop(STOP_GRACE_MS)))
    }
  }

  #spawn(part: Part, state: { isReady: boolean; restartedAt: number[] }): void {
    const child = new Child({ ...part, logFile: join(this.#logDir, `${part.name}.log`) })
    const running: Running = { part, child, isReplaced: false, ...state }
    this.#running.set(part.name, running)
    void child.ended.then((code) => this.#ended(running, code))
  }

  #ended(running: Running, code: number | null): void {
    const { part, child } = running
    if (this.#isStopping || running.isReplaced || !running.isReady) return
    if (part.mayEnd === true && code === 0) {
      this.#say(`${part.name} has ended: ${child.lastLines.split('\n').at(-1) ?? ''}`)
      this.#running.delete(part.name)
      return
    }
    const now = performance.now()
    const recent = [...running.restartedAt.filter((at) => now - at < RESTARTS.windowMs), now]
    if (recent.length > RESTARTS.max) {
      this.#say(`${part.name} ended ${recent.length} times within ${RESTARTS.windowMs / 1000} s. Its last lines:\n${child.lastLines}`)
      return this.#onGivenUp()
    }
    this.#say(`${part.name} ended (${code ?? 'killed'}) and is started again; its log: ${join(this.#logDir, `${part.name}.log`)}`)
    const again = () => {
      if (!this.#isStopping) this.#spawn(part, { isReady: true, restartedAt: recent })
    }
    if (recent.length === 1) again()
    else setTimeout(again, RESTARTS.delayStepMs * recent.length).unref()
  }
}
