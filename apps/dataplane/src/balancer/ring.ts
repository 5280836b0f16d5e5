import type { Target } from './target.ts'

/** Chooses a target for each attempt. */
export interface Balancer {
  /** A target that is not among `tried` where there is one; null where no target may take traffic. */
  next(tried: ReadonlySet<Target>): Target | null
  readonly targets: readonly Target[]
}

/** State of the turning, kept over configuration changes for targets that stay. */
export type RingState = Map<string, number>

const keyOf = (target: Target) => target.address

/** Smooth weighted round-robin, as nginx: each turn adds its weight to every target, the greatest is chosen and gives back the sum. Weight 0 takes nothing. */
export class WeightedRing implements Balancer {
  readonly targets: readonly Target[]
  readonly #state: RingState

  constructor(targets: readonly Target[], state: RingState) {
    this.targets = targets.filter((target) => target.weight > 0)
    this.#state = state
    const present = new Set(this.targets.map(keyOf))
    for (const key of state.keys()) if (!present.has(key)) state.delete(key)
  }

  next(tried: ReadonlySet<Target>): Target | null {
    const fresh = this.targets.filter((target) => !tried.has(target))
    const candidates = fresh.length > 0 ? fresh : this.targets
    let best: Target | null = null
    let bestScore = Number.NEGATIVE_INFINITY
    let sum = 0
    for (const target of candidates) {
      const score = (this.#state.get(keyOf(target)) ?? 0) + target.weight
      this.#state.set(keyOf(target), score)
      sum += target.weight
      if (score > bestScore) {
        best = target
        bestScore = score
      }
    }
    if (best !== null) this.#state.set(keyOf(best), bestScore - sum)
    return best
  }
}
