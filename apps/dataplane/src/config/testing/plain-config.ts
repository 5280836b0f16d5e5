import { createHash } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { PLUGIN_ORDER } from '@sluice/plugins/order'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { checkEntities } from '@sluice/shared/declarative/check'
import type { Entity, EntityType } from '@sluice/shared/entities/registry'
import type { RouteRequest } from '@sluice/shared/routing/matcher'
import { naiveMatch } from '@sluice/shared/routing/testing/naive-router'
import type { Issue, SnapshotEntity } from '@sluice/shared/snapshot'
import { unsupportedIssues } from '../unsupported.ts'

/** What is asked of a configuration, to see what it does. */
export interface Questions {
  requests: readonly RouteRequest[]
  consumers: readonly { id: string; groups: readonly string[] }[]
  /** Keys that clients send. */
  keys: readonly string[]
  servernames: readonly string[]
  upstreams: readonly string[]
}

/**
 * What a list of entities means, worked out anew from the whole list in the plainest way, as a second opinion on the editions of a node: it
 * knows no indexes, no order of work and nothing of what was there before.
 */
export class PlainConfig {
  readonly issues: readonly Issue[]
  readonly #entities: readonly SnapshotEntity[]

  constructor(given: readonly SnapshotEntity[]) {
    const checked = checkEntities(structuredClone(given) as SnapshotEntity[], PLUGIN_SCHEMAS)
    this.#entities = checked.ok ? checked.entities : []
    this.issues = checked.ok
      ? [...this.#entities.flatMap((entry) => unsupportedIssues({ ...(entry as SnapshotEntity & { entity: Entity }), position: 0 })), ...this.#badKeys()]
      : checked.issues
  }

  /** What a node with this configuration answers. */
  answers(questions: Questions): unknown {
    return {
      routes: questions.requests.map((request) => this.#route(request, questions)),
      global: this.#chain({ route: null, service: null }, null),
      keys: questions.keys.map((key) => this.#owner(key)),
      certificates: questions.servernames.map((name) => this.#certificate(name)),
      fallback: this.#named('*'),
      upstreams: questions.upstreams.map((name) => this.#upstream(name)),
    }
  }

  #all<T extends EntityType>(type: T): Entity<T>[] {
    return this.#entities.filter((entry) => entry.type === type).map(({ entity }) => entity as Entity<T>)
  }

  #find<T extends EntityType>(type: T, id: string | undefined): Entity<T> | undefined {
    return this.#all(type).find((entity) => entity.id === id)
  }

  #badKeys(): Issue[] {
    return this.#all('certificate').flatMap(({ id, cert, key }) => {
      try {
        createSecureContext({ cert, key: key as string })
        return []
      } catch (error) {
        return [{ path: `certificates[${id}].key`, message: `certificate and key cannot be used: ${(error as Error).message}` }]
      }
    })
  }

  #route(request: RouteRequest, { consumers }: Questions): unknown {
    const routes = this.#all('route').filter(({ service }) => service === null || this.#find('service', service.id)?.enabled === true)
    const id = naiveMatch(routes, request)
    const route = routes.find((one) => one.id === id)
    if (route === undefined) return null
    const place = { route: route.id, service: route.service?.id ?? null }
    return {
      id,
      name: route.name,
      protocols: route.protocols,
      stripPath: route.strip_path,
      service: this.#service(route.service?.id),
      base: this.#chain(place, null),
      chains: consumers.map((consumer) => this.#chain(place, consumer)),
    }
  }

  #service(id: string | undefined): unknown {
    const service = this.#find('service', id)
    if (service === undefined) return null
    const trusted = this.#all('ca_certificate').filter((authority) => service.ca_certificates?.includes(authority.id))
    const client = this.#find('certificate', service.client_certificate?.id)
    const settings = JSON.stringify([service.tls_verify ?? true, trusted.map(({ cert }) => cert), client?.cert ?? null])
    return {
      id: service.id,
      name: service.name,
      host: service.host,
      retries: service.retries,
      tls: service.protocol === 'https' ? createHash('sha256').update(settings).digest('hex') : null,
    }
  }

  /** Kong's order of scopes, of which the best of each plugin name runs; of two groups the alphabetically first. */
  #chain(place: { route: string | null; service: string | null }, consumer: { id: string; groups: readonly string[] } | null): string[] {
    const ranks = ['crs', 'grs', 'cr', 'cs', 'gr', 'gs', 'rs', 'c', 'g', 'r', 's', '']
    const rank = (plugin: Entity<'plugin'>) => {
      const who = plugin.consumer !== null ? 'c' : plugin.consumer_group !== null ? 'g' : ''
      return ranks.indexOf(`${who}${plugin.route === null ? '' : 'r'}${plugin.service === null ? '' : 's'}`)
    }
    const group = (plugin: Entity<'plugin'>) => this.#find('consumer_group', plugin.consumer_group?.id)?.name ?? ''
    const applies = (plugin: Entity<'plugin'>) =>
      plugin.enabled &&
      (plugin.route === null || plugin.route.id === place.route) &&
      (plugin.service === null || plugin.service.id === place.service) &&
      (plugin.consumer === null || plugin.consumer.id === consumer?.id) &&
      (plugin.consumer_group === null || consumer?.groups.includes(plugin.consumer_group.id) === true)
    const candidates = this.#all('plugin').filter(applies)
    candidates.sort((a, b) => rank(a) - rank(b) || (group(a) < group(b) ? -1 : group(a) > group(b) ? 1 : 0))
    return PLUGIN_ORDER.flatMap(({ name }) => candidates.find((plugin) => plugin.name === name)?.id ?? [])
  }

  #owner(key: string): unknown {
    const stored = `sha256:${createHash('sha256').update(key).digest('hex')}`
    const credential = this.#all('keyauth_credential').find((one) => one.key === stored)
    const consumer = this.#find('consumer', credential?.consumer.id)
    if (credential === undefined || consumer === undefined) return null
    const acls = this.#all('acl').filter((acl) => acl.consumer.id === consumer.id)
    const { id, username, custom_id, groups } = consumer
    return { credential: credential.id, consumer: { id, username, custom_id, acl_groups: acls.map(({ group }) => group), groups } }
  }

  #certificate(servername: string): string | null {
    const labels = servername.split('.')
    return this.#named(servername) ?? this.#named(['*', ...labels.slice(1)].join('.')) ?? this.#named([...labels.slice(0, -1), '*'].join('.')) ?? this.#named('*')
  }

  #named(name: string): string | null {
    const sni = this.#all('sni').findLast((one) => one.name.toLowerCase() === name)
    return this.#find('certificate', sni?.certificate.id)?.cert ?? null
  }

  #upstream(name: string): unknown {
    const upstream = this.#all('upstream').find((one) => one.name === name)
    if (upstream === undefined) return null
    const targets = this.#all('target').filter((target) => target.upstream.id === upstream.id && target.weight > 0)
    return { hostHeader: upstream.host_header, targets: targets.map(({ target, weight }) => `${target} ${weight}`) }
  }
}
