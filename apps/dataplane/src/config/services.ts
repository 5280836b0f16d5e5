import { createHash } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Entity } from '@sluice/shared/entities/registry'
import { PersistentMap } from '@sluice/shared/persistent-map'
import { makeTarget } from '../balancer/target.ts'
import type { CompiledService } from '../pipeline/compiled.ts'
import type { UpstreamTls } from '../upstream/pools.ts'
import { EntityIndex } from './entity-index.ts'
import type { ChangeSet, EntityTable, TableEntry } from './entity-table.ts'
import { changeMap, type Steps } from './slices.ts'

const OVER_TLS: ReadonlySet<string> = new Set(['https', 'grpcs'])

function compileTls(service: Entity<'service'>, table: EntityTable): (servername: string) => UpstreamTls {
  const trusted = (service.ca_certificates ?? [])
    .flatMap((id) => table.get('ca_certificate', id) ?? [])
    .sort((a, b) => a.position - b.position)
    .map(({ entity }) => entity.cert)
  const client = service.client_certificate === null ? null : (table.get('certificate', service.client_certificate.id)?.entity ?? null)
  const verify = service.tls_verify ?? true
  const isOwn = trusted.length > 0 || client !== null
  const context = isOwn
    ? createSecureContext({ ...(trusted.length > 0 ? { ca: trusted } : {}), ...(client === null ? {} : { cert: client.cert, key: client.key as string }) })
    : null
  const settings = createHash('sha256')
    .update(JSON.stringify([verify, trusted, client?.cert ?? null]))
    .digest('hex')
  return (servername) => ({ verify, servername, context, identity: settings })
}

/** A service as requests need it; `undefined` where it is disabled. */
function compileService(service: Entity<'service'>, table: EntityTable): CompiledService | undefined {
  if (!service.enabled) return undefined
  return {
    id: service.id,
    name: service.name,
    host: service.host,
    port: service.port,
    target: makeTarget(service.host, service.port, 1),
    path: service.path,
    scheme: OVER_TLS.has(service.protocol) ? 'https' : 'http',
    protocol: service.protocol.startsWith('grpc') ? 'h2' : 'http1',
    retries: service.retries,
    connectTimeoutMs: service.connect_timeout,
    readTimeoutMs: service.read_timeout,
    writeTimeoutMs: service.write_timeout,
    tls: OVER_TLS.has(service.protocol) ? compileTls(service, table) : null,
  }
}

/** The enabled services of a revision by id. Never changes: `with` gives another one. */
export class Services {
  readonly byId: PersistentMap<CompiledService>
  /** Services by the certificates that they use. */
  readonly #users: EntityIndex<'service'>

  private constructor(byId: PersistentMap<CompiledService>, users: EntityIndex<'service'>) {
    this.byId = byId
    this.#users = users
  }

  static empty(): Services {
    return new Services(
      PersistentMap.empty(),
      EntityIndex.by<'service'>(({ client_certificate, ca_certificates }) => [...(client_certificate === null ? [] : [client_certificate.id]), ...(ca_certificates ?? [])]),
    )
  }

  *with(changes: ChangeSet): Steps<Services> {
    if (!changes.touches('service', 'certificate', 'ca_certificate')) return this
    const users = yield* this.#users.with(changes.of('service'))
    const touched = new Set(changes.of('service').map(({ before, after }) => ((after ?? before) as TableEntry).entity.id))
    for (const type of ['certificate', 'ca_certificate'] as const) {
      for (const { before, after } of changes.of(type)) for (const { entity } of users.get(((after ?? before) as TableEntry).entity.id)) touched.add(entity.id)
    }
    const compiled: [string, CompiledService | undefined][] = []
    for (const id of touched) {
      const service = changes.table.get('service', id)
      compiled.push([id, service === null ? undefined : compileService(service.entity, changes.table)])
      yield
    }
    return touched.size === 0 ? this : new Services(yield* changeMap(this.byId, compiled), users)
  }
}
