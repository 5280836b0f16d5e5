import { openFiles, residentBytes } from '../integration/harness/process-figures.ts'

const MIB = 1024 * 1024
const SAMPLE_INTERVAL_MS = 1_000

export interface Sample {
  /** Seconds since the traffic began. */
  at: number
  /** Resident memory of the node, in MiB. */
  residentMebibytes: number
  /** JavaScript heap in use of its workers, in MiB. It falls with each collection. */
  heapMebibytes: number
  openFiles: number
  connections: number
}

/** The columns that must be level, with what they may grow by. */
export const FIGURES = {
  residentMebibytes: { title: 'Resident memory', unit: 'MiB', allowance: 32 },
  heapMebibytes: { title: 'JavaScript heap of the workers, after collections', unit: 'MiB', allowance: 16 },
  openFiles: { title: 'Open file descriptors', unit: '', allowance: 25 },
} as const

export type Figure = keyof typeof FIGURES

export interface Level {
  figure: Figure
  /** In the second quarter: the first belongs to caches and the compiler. */
  before: number
  /** In the last quarter. */
  after: number
  highest: number
  isLevel: boolean
}

/** Looks at a node once a second. */
export class Sampler {
  readonly samples: Sample[] = []
  readonly #pid: number
  readonly #status: string
  readonly #startedAt = performance.now()
  readonly #timer: NodeJS.Timeout

  constructor(node: { pid: number; status: string }) {
    this.#pid = node.pid
    this.#status = node.status
    this.#timer = setInterval(() => void this.#sample().catch(() => undefined), SAMPLE_INTERVAL_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #sample(): Promise<void> {
    const text = await (await fetch(`${this.#status}/metrics`)).text()
    this.samples.push({
      at: (performance.now() - this.#startedAt) / 1000,
      residentMebibytes: residentBytes(this.#pid) / MIB,
      heapMebibytes: gauge(text, 'sluice_worker_heap_bytes') / MIB,
      openFiles: openFiles(this.#pid),
      connections: gauge(text, 'sluice_connections'),
    })
  }
}

function gauge(metrics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)
}

/** The value below which a share of the samples lies. */
function quantile(samples: readonly Sample[], figure: Figure, share: number): number {
  const sorted = samples.map((sample) => sample[figure]).sort((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
}

/** Heaps are compared by their low points, which is what collections leave; the others by their medians. */
export function levelsOf(samples: readonly Sample[]): Level[] {
  const quarter = (number: number) => samples.slice(Math.floor(((number - 1) * samples.length) / 4), Math.floor((number * samples.length) / 4))
  return (Object.keys(FIGURES) as Figure[]).map((figure) => {
    const share = figure === 'heapMebibytes' ? 0.1 : 0.5
    const before = quantile(quarter(2), figure, share)
    const after = quantile(quarter(4), figure, share)
    return { figure, before, after, highest: quantile(samples, figure, 1), isLevel: after - before <= FIGURES[figure].allowance }
  })
}
