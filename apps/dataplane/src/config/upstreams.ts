import { parseTarget } from '@sluice/shared/entities/upstream'
import { PersistentMap } from '@sluice/shared/persistent-map'
import { type Balancer, type RingState, WeightedRing } from '../balancer/ring.ts'
import { makeTarget, type Target } from '../balancer/target.ts'
import type { CompiledUpstream } from '../pipeline/compiled.ts'
import { EntityIndex } from './entity-index.ts'
import type { ChangeSet, TableEntry } from './entity-table.ts'
import { changeMap, type Steps } from './slices.ts'

/** An upstream whose ring is made at its first use: making it forgets the state of targets that are gone, which an update that is given up must not. */
class TurningUpstream implements CompiledUpstream {
  readonly hostHeader: string | null
  readonly #name: string
  readonly #targets: readonly Target[]
  readonly #rings: Map<string, RingState>
  #balancer: Balancer | null = null

  constructor({ entity }: TableEntry<'upstream'>, targets: readonly Target[], rings: Map<string, RingState>) {
    this.hostHeader = entity.host_header
    this.#name = entity.name
    this.#targets = targets
    this.#rings = rings
  }

  get balancer(): Balancer {
    if (this.#balancer === null) {
      const state = this.#rings.get(this.#name) ?? new Map<string, number>()
      this.#rings.set(this.#name, state)
      this.#balancer = new WeightedRing(this.#targets, state)
    }
    return this.#balancer
  }
}

/** The upstreams of a revision by name. Never changes: `with` gives another one. */
export class Upstreams {
  readonly byName: PersistentMap<CompiledUpstream>
  readonly #targets: EntityIndex<'target'>

  private constructor(byName: PersistentMap<CompiledUpstream>, targets: EntityIndex<'target'>) {
    this.byName = byName
    this.#targets = targets
  }

  static empty(): Upstreams {
    return new Upstreams(
      PersistentMap.empty(),
      EntityIndex.by<'target'>(({ upstream }) => [upstream.id]),
    )
  }

  *with(changes: ChangeSet, rings: Map<string, RingState>): Steps<Upstreams> {
    if (!changes.touches('upstream', 'target')) return this
    const targets = yield* this.#targets.with(changes.of('target'))
    const gone: [string, undefined][] = []
    const touched = new Set<string>()
    for (const { before, after } of changes.of('upstream')) {
      if (before !== null) gone.push([before.entity.name, undefined])
      if (after !== null) touched.add(after.entity.id)
    }
    for (const { before, after } of changes.of('target')) for (const entry of [before, after]) if (entry !== null) touched.add(entry.entity.upstream.id)
    const come: [string, CompiledUpstream][] = []
    for (const id of touched) {
      const upstream = changes.table.get('upstream', id)
      if (upstream !== null) come.push([upstream.entity.name, new TurningUpstream(upstream, addressesOf(targets.get(id)), rings)])
      yield
    }
    return new Upstreams(yield* changeMap(this.byName, [...gone, ...come]), targets)
  }
}

function addressesOf(targets: readonly TableEntry<'target'>[]): Target[] {
  return targets.flatMap(({ entity }) => {
    const address = parseTarget(entity.target)
    return address === null ? [] : [makeTarget(address.host, address.port, entity.weight)]
  })
}
