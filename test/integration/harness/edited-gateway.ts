import { adjustContentHash, entityHash } from '@sluice/shared/content-hash'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { type FakeConnection, snapshotOf } from './fake-hub.ts'

const COLOURS = ['blue', 'green'] as const
/** Routes that are edited and asked for; the others are there to be many. */
const HOT = 40

const idOf = (kind: number, index: number) => `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`

interface HotRoute {
  colour: number
  isPresent: boolean
  /** A longer prefix below it that leads to the other service. */
  isShadowed: boolean
}

/**
 * A gateway whose two services and forty of its many routes change again and again, and the answer that each revision gives to each of them.
 * An origin that answers with the path that it was asked for shows which one a request met.
 */
export class EditedGateway {
  readonly #port: number
  readonly #random: () => number
  readonly #entities = new Map<string, SnapshotEntity>()
  readonly #hot: HotRoute[] = Array.from({ length: HOT }, (_, index) => ({ colour: index % 2, isPresent: true, isShadowed: false }))
  /** By revision, then by hot route. */
  readonly #answers: string[][] = [[]]
  #pathVersion = 1
  #hash: string
  /** The newest revision that was sent. */
  sent = 1
  /** The newest that the node said it serves. */
  applied = 0

  constructor({ port, routes, random }: { port: number; routes: number; random: () => number }) {
    this.#port = port
    this.#random = random
    for (const index of COLOURS.keys()) this.#put(this.#service(index))
    for (let index = 0; index < routes; index += 1) this.#put(index < HOT ? this.#route(index) : this.#coldRoute(index))
    this.#hash = snapshotOf(1, [...this.#entities.values()]).hash
    this.#remember()
  }

  /** One of the routes that change. */
  anyHot(): number {
    return Math.floor(this.#random() * HOT)
  }

  pathOf(hot: number): string {
    return `/hot-${hot}/deep/x`
  }

  /** What a request may be answered that was sent when `from` was served and answered when `to` had been sent. */
  answersOf(hot: number, from: number, to: number): Set<string> {
    return new Set(this.#answers.slice(from, to + 1).map((answers) => answers[hot] ?? ''))
  }

  sendSnapshot(connection: FakeConnection): void {
    connection.sendSnapshot({ revision: 1, hash: this.#hash, entities: [...this.#entities.values()] })
  }

  /** Takes what the node says; true once it serves the last edit. A hub sends none before. Fails where it refused one. */
  isServed(connection: FakeConnection): boolean {
    for (const message of connection.messages.splice(0)) {
      if (message.type === 'applied') this.applied = message.revision
      else if (message.type === 'rejected' || message.type === 'resync') throw new Error(`at revision ${this.sent}: ${JSON.stringify(message)}`)
    }
    return this.sent === this.applied
  }

  /** One edit of one to three entities, which only count together. */
  edit(connection: FakeConnection): void {
    const kind = Math.floor(this.#random() * 4)
    const hot = this.anyHot()
    const route = this.#hot[hot] as HotRoute
    const touched: SnapshotEntity[] = []
    const gone: SnapshotEntity[] = []
    if (kind === 0) {
      this.#pathVersion += 1
      route.colour = 1 - route.colour
      touched.push(this.#service(0), this.#service(1))
      if (route.isPresent) touched.push(this.#route(hot))
      if (route.isShadowed) touched.push(this.#shadow(hot))
    } else if (kind === 1) {
      route.isPresent = !route.isPresent
      ;(route.isPresent ? touched : gone).push(this.#route(hot))
    } else if (kind === 2) {
      route.isShadowed = !route.isShadowed
      ;(route.isShadowed ? touched : gone).push(this.#shadow(hot))
    } else {
      const cold = this.#coldRoute(HOT + Math.floor(this.#random() * (this.#entities.size - HOT - 2 * HOT)))
      touched.push({ type: 'route', entity: { ...cold.entity, tags: [`edit-${this.sent}`] } })
    }
    this.#send(connection, touched, gone)
  }

  #send(connection: FakeConnection, touched: SnapshotEntity[], gone: SnapshotEntity[]): void {
    for (const { type, entity } of [...touched, ...gone]) {
      const before = this.#entities.get(entity.id)
      if (before !== undefined) this.#hash = adjustContentHash(this.#hash, { removed: entityHash(type, before.entity) })
    }
    for (const { entity } of gone) this.#entities.delete(entity.id)
    for (const fresh of touched) {
      this.#hash = adjustContentHash(this.#hash, { added: entityHash(fresh.type, fresh.entity) })
      this.#put(fresh)
    }
    const changes = [...touched.map((fresh) => ({ op: 'upsert' as const, ...fresh })), ...gone.map(({ type, entity }) => ({ op: 'delete' as const, type, id: entity.id }))]
    // From here on a request may meet it.
    this.sent += 1
    this.#remember()
    connection.send({ type: 'delta', base: this.sent - 1, revision: this.sent, hash: this.#hash, changes })
  }

  #remember(): void {
    this.#answers[this.sent] = this.#hot.map(({ colour, isPresent, isShadowed }) => {
      if (isShadowed) return `200 /${COLOURS[1 - colour]}-${this.#pathVersion}/x`
      return isPresent ? `200 /${COLOURS[colour]}-${this.#pathVersion}/deep/x` : '404'
    })
  }

  #put(fresh: SnapshotEntity): void {
    this.#entities.set(fresh.entity.id, fresh)
  }

  #service(colour: number): SnapshotEntity {
    const name = COLOURS[colour]
    return { type: 'service', entity: { id: idOf(1, colour), name, host: '127.0.0.1', port: this.#port, path: `/${name}-${this.#pathVersion}` } }
  }

  #route(hot: number): SnapshotEntity {
    return { type: 'route', entity: { id: idOf(2, hot), name: `hot-${hot}`, service: { id: idOf(1, this.#hot[hot]?.colour ?? 0) }, paths: [`/hot-${hot}/`] } }
  }

  #shadow(hot: number): SnapshotEntity {
    return { type: 'route', entity: { id: idOf(3, hot), name: `shadow-${hot}`, service: { id: idOf(1, 1 - (this.#hot[hot]?.colour ?? 0)) }, paths: [`/hot-${hot}/deep/`] } }
  }

  #coldRoute(index: number): SnapshotEntity {
    return { type: 'route', entity: { id: idOf(2, index), name: `cold-${index}`, service: { id: idOf(1, index % 2) }, paths: [`/cold-${index}/`] } }
  }
}
