import { createSecureContext, type SecureContext } from 'node:tls'
import { PersistentMap } from '@sluice/shared/persistent-map'
import type { Issue } from '@sluice/shared/snapshot'
import type { KeyPairs } from '../pipeline/compiled.ts'
import { EntityIndex } from './entity-index.ts'
import type { ChangeSet, TableEntry } from './entity-table.ts'
import { changeMap, type Steps } from './slices.ts'

const texts = (...values: unknown[]) => values.filter((value): value is string => typeof value === 'string')

interface Usable {
  context: SecureContext
  pair: KeyPairs
}

function useCertificate({ entity }: TableEntry<'certificate'>): Usable | Issue {
  const pair = { cert: texts(entity.cert, entity.cert_alt), key: texts(entity.key, entity.key_alt) }
  try {
    return { context: createSecureContext(pair), pair }
  } catch (error) {
    return { path: `certificates[${entity.id}].key`, message: `certificate and key cannot be used: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Certificates of a revision by server name; one that OpenSSL refuses is an issue. */
export class Certificates {
  readonly #usable: PersistentMap<Usable>
  readonly #byName: EntityIndex<'sni'>

  private constructor(usable: PersistentMap<Usable>, byName: EntityIndex<'sni'>) {
    this.#usable = usable
    this.#byName = byName
  }

  static empty(): Certificates {
    return new Certificates(
      PersistentMap.empty(),
      EntityIndex.by<'sni'>(({ name }) => [name.toLowerCase()]),
    )
  }

  *with(changes: ChangeSet): Steps<{ certificates: Certificates; issues: Issue[] }> {
    if (!changes.touches('certificate', 'sni')) return { certificates: this, issues: [] }
    const issues: { position: number; issue: Issue }[] = []
    const usable: [string, Usable | undefined][] = []
    for (const { before, after } of changes.of('certificate')) {
      if (after === null) usable.push([(before as TableEntry).entity.id, undefined])
      else {
        const used = useCertificate(after)
        if ('context' in used) usable.push([after.entity.id, used])
        else issues.push({ position: after.position, issue: used })
      }
      yield
    }
    const certificates = new Certificates(yield* changeMap(this.#usable, usable), yield* this.#byName.with(changes.of('sni')))
    return { certificates, issues: issues.sort((a, b) => a.position - b.position).map(({ issue }) => issue) }
  }

  /** The certificate of the SNI `*`, for clients that send no server name. */
  get fallback(): KeyPairs | null {
    return this.#named('*')?.pair ?? null
  }

  /** The exact name, then a wildcard for its first label, then one for its last, then `*`. */
  find(servername: string): SecureContext | null {
    const name = servername.toLowerCase().replace(/\.$/, '')
    const labels = name.split('.')
    const found = this.#named(name) ?? this.#named(['*', ...labels.slice(1)].join('.')) ?? this.#named([...labels.slice(0, -1), '*'].join('.')) ?? this.#named('*')
    return found?.context ?? null
  }

  /** Of names that differ in case only the last counts. */
  #named(name: string): Usable | null {
    const sni = this.#byName.get(name).at(-1)
    return sni === undefined ? null : (this.#usable.get(sni.entity.certificate.id) ?? null)
  }
}
