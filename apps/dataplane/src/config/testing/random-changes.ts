import { createHash } from 'node:crypto'
import type { EntityType } from '@sluice/shared/entities/registry'
import type { DeltaChange } from '@sluice/shared/protocol'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import fc from 'fast-check'

/** How many entities of each kind there may be: few, so that changes meet. */
const COUNTS = {
  ca_certificate: 2,
  certificate: 2,
  sni: 3,
  upstream: 2,
  target: 4,
  service: 3,
  route: 5,
  consumer_group: 3,
  consumer: 3,
  keyauth_credential: 4,
  acl: 3,
  plugin: 8,
} as const satisfies Partial<Record<EntityType, number>>
type Kind = keyof typeof COUNTS
const KINDS = Object.keys(COUNTS) as Kind[]

export const idOf = (kind: Kind, index: number) => `${String(KINDS.indexOf(kind)).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`
/** The key of credential `index`, as a client sends it. */
export const keyOf = (index: number) => `key-${index}`
const storedKey = (index: number) => `sha256:${createHash('sha256').update(keyOf(index)).digest('hex')}`

export interface KeyPair {
  cert: string
  key: string
}

/** How values are chosen: with faults for changes, and without for the configuration that they start from. */
class Chooser {
  readonly #fault: number

  constructor(hasFaults: boolean) {
    this.#fault = hasFaults ? 1 : 0
  }

  /** Mostly what fits entity `index` alone, at times what may belong to another one. */
  own(prefix: string, index: number): fc.Arbitrary<string> {
    return fc.oneof({ weight: 8, arbitrary: fc.constant(`${prefix}${index}`) }, { weight: 2 * this.#fault, arbitrary: fc.nat(3).map((other) => `${prefix}${other}`) })
  }

  /** A reference, seldom to one that is never there. */
  ref(kind: Kind): fc.Arbitrary<{ id: string }> {
    return fc
      .oneof({ weight: 30, arbitrary: fc.nat(COUNTS[kind] - 1) }, { weight: this.#fault, arbitrary: fc.constant<number>(COUNTS[kind]) })
      .map((index) => ({ id: idOf(kind, index) }))
  }

  ids(kind: Kind): fc.Arbitrary<string[]> {
    return fc.uniqueArray(
      this.ref(kind).map(({ id }) => id),
      { maxLength: 3 },
    )
  }

  seldom<T>(usual: T, other: T): fc.Arbitrary<T> {
    return fc.oneof({ weight: 40, arbitrary: fc.constant(usual) }, { weight: this.#fault, arbitrary: fc.constant(other) })
  }
}

const maybe = <T>(value: fc.Arbitrary<T>, freq = 1) => fc.option(value, { nil: null, freq })
const some = <T>(values: readonly T[], minLength = 1) => fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength: 2 })

type Fields = fc.Arbitrary<Record<string, unknown>>
type FieldsOf = (index: number, chooser: Chooser, pairs: readonly KeyPair[]) => Fields

const FIELDS: Record<Kind, FieldsOf> = {
  ca_certificate: (_, __, pairs) => fc.record({ cert: fc.constantFrom(...pairs).map(({ cert }) => cert) }),
  certificate: (_, chooser, pairs) =>
    fc.record({ pair: fc.constantFrom(...pairs), isUsable: chooser.seldom(true, false) }).map(({ pair: { cert, key }, isUsable }) => ({ cert, key: isUsable ? key : 'no key' })),
  sni: (index, chooser) => fc.record({ name: chooser.own('', index).map((text) => ['*', 'a.test', 'A.test', '*.a.test'][Number(text)]), certificate: chooser.ref('certificate') }),
  upstream: (index, chooser) =>
    fc.record({ name: chooser.own('u', index), host_header: maybe(fc.constantFrom('x.test', 'y.test')), algorithm: chooser.seldom('round-robin', 'least-connections') }),
  target: (index, chooser) => fc.record({ upstream: chooser.ref('upstream'), target: chooser.own('10.0.0.', index).map((host) => `${host}:80`), weight: fc.nat(3) }),
  service: (index, chooser) =>
    fc.record({
      name: chooser.own('s', index),
      host: fc.constantFrom('u0', 'u1', 'h.test'),
      enabled: fc.boolean(),
      retries: fc.nat(3),
      protocol: index === 0 ? chooser.seldom('http', 'grpc') : chooser.seldom('https', 'http'),
      ...(index === 0 ? {} : { client_certificate: maybe(chooser.ref('certificate')), ca_certificates: maybe(chooser.ids('ca_certificate')) }),
    }),
  route: (index, chooser) =>
    fc.record({
      name: chooser.own('r', index),
      service: maybe(chooser.ref('service'), 5),
      hosts: maybe(some(['a.test', 'b.test', '*.a.test'])),
      paths: some(['/', '/a', '/a/b', '/b', '~/a/\\d', '~/(?<w>[a-z]+)']),
      methods: maybe(some(['GET', 'POST'])),
      protocols: fc.boolean().chain((isBoth) => chooser.seldom(isBoth ? ['http', 'https'] : ['https'], ['tcp'])),
      regex_priority: fc.nat(2),
      strip_path: fc.boolean(),
    }),
  consumer_group: (index, chooser) => fc.record({ name: fc.tuple(fc.constantFrom('a', 'z'), chooser.own('g', index)).map((parts) => parts.join('')) }),
  consumer: (index, chooser) => fc.record({ username: maybe(chooser.own('c', index), 5), custom_id: fc.constant(`custom-${index}`), groups: chooser.ids('consumer_group') }),
  keyauth_credential: (index, chooser) =>
    fc.record({ consumer: chooser.ref('consumer'), key: chooser.own('', index).map((text) => storedKey(Number(text))), ttl: chooser.seldom<number | null>(null, 60) }),
  acl: (index, chooser) => fc.record({ consumer: chooser.ref('consumer'), group: chooser.own('acl', index) }),
  plugin: (index, chooser) =>
    fc
      .record({
        scopes: fc.record({
          service: maybe(chooser.ref('service')),
          route: maybe(chooser.ref('route')),
          consumer: maybe(chooser.ref('consumer')),
          consumer_group: maybe(chooser.ref('consumer_group')),
        }),
        enabled: fc.boolean(),
        minute: chooser.seldom(5, -1),
      })
      .map(({ scopes, enabled, minute }) =>
        index % 2 === 0 ? { name: 'rate-limiting', ...scopes, enabled, config: { minute } } : { name: 'request-termination', ...scopes, enabled },
      ),
}

const entityOf = (kind: Kind, index: number, chooser: Chooser, pairs: readonly KeyPair[]): fc.Arbitrary<SnapshotEntity> =>
  FIELDS[kind](index, chooser, pairs).map((fields) => ({ type: kind, entity: { id: idOf(kind, index), ...fields } }))

const places = KINDS.flatMap((kind) => Array.from({ length: COUNTS[kind] }, (_, index) => ({ kind, index })))

/** True for the first plugin of each name and scope. */
function isFirstOfScope({ type, entity }: SnapshotEntity, at: number, all: readonly SnapshotEntity[]): boolean {
  const scope = ({ name, service, route, consumer, consumer_group }: SnapshotEntity['entity']) => JSON.stringify([name, service, route, consumer, consumer_group])
  return type !== 'plugin' || all.findIndex((other) => other.type === 'plugin' && scope(other.entity) === scope(entity)) === at
}

/** A whole configuration that can be served. */
export function randomEntities(pairs: readonly KeyPair[]): fc.Arbitrary<SnapshotEntity[]> {
  const chooser = new Chooser(false)
  return fc.tuple(...places.map(({ kind, index }) => entityOf(kind, index, chooser, pairs))).map((all) => all.filter(isFirstOfScope))
}

/** One change of any entity, good or not. */
export function randomChange(pairs: readonly KeyPair[]): fc.Arbitrary<DeltaChange> {
  const chooser = new Chooser(true)
  return fc
    .constantFrom(...places)
    .chain(({ kind, index }) =>
      fc.oneof(
        { weight: 4, arbitrary: entityOf(kind, index, chooser, pairs).map((entry): DeltaChange => ({ op: 'upsert', ...entry })) },
        { weight: 1, arbitrary: fc.constant<DeltaChange>({ op: 'delete', type: kind, id: idOf(kind, index) }) },
      ),
    )
}
