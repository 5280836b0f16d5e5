import { join } from 'node:path'
import { adjustContentHash, entityHash } from '@sluice/shared/content-hash'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { FakeHub, snapshotOf } from '../../integration/harness/fake-hub.ts'
import { ONE_EACH } from '../measuring/processes.ts'
import type { Circumstances } from '../measuring/rounds.ts'
import type { Subject } from '../measuring/steady.ts'
import { reloadNginx } from '../peers/nginx.ts'
import { type Peer, routePrefix, type Serving, type Work } from '../peers/peer.ts'
import { startSluice } from '../peers/sluice.ts'
import { steadySection } from '../report/steady-table.ts'
import { scenario } from './scenarios.ts'

const ROUTES = 10_000
const CHANGED = 10
const INTERVAL_MS = 1_000
const WORK = scenario('reload', 'Reload', { routeCounts: [1, ROUTES] })

const workFor = (name: string, originPort: number, { folder, certificate }: Circumstances): Work => ({
  scenario: WORK,
  routes: ROUTES,
  workers: 1,
  cores: ONE_EACH.proxy,
  originPort,
  folder: join(folder, WORK.id, name),
  certificate,
})

interface Changing {
  change(routes: number[], edit: number): void
  /** Fails where the proxy did not take the changes of a round: it would show a load without any. */
  check(): void
  stop(): Promise<void>
}

/** Every second the next routes are changed, spread over all of them. */
function subjectOf(serving: Serving, { change, check, stop }: Changing): Subject {
  let timer: NodeJS.Timeout | undefined
  let edit = 0
  const next = () => {
    edit += 1
    change(
      Array.from({ length: CHANGED }, (_, index) => (edit * 31 + index * 97) % ROUTES),
      edit,
    )
  }
  return {
    port: serving.port,
    routes: ROUTES,
    begin: () => {
      next()
      timer = setInterval(next, INTERVAL_MS)
    },
    end() {
      clearInterval(timer)
      check()
    },
    async stop() {
      clearInterval(timer)
      await stop()
    },
  }
}

async function startNginx(peer: Peer, work: Work): Promise<Subject> {
  const serving = await peer.start(work)
  const edits = new Map<number, number>()
  const change = (routes: number[], edit: number) => {
    for (const route of routes) edits.set(route, edit)
    reloadNginx(work, serving, edits)
  }
  const check = () => {
    if (serving.launched.output.includes('[emerg]')) throw new Error(serving.launched.output.trim().slice(-200))
  }
  return subjectOf(serving, { change, check, stop: () => serving.launched.stop() })
}

const idOf = (kind: number, index: number) => `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`

function routeOf(index: number, edit: number): SnapshotEntity {
  const paths = edit === 0 ? [routePrefix(index)] : [routePrefix(index), `/edit-${edit}${routePrefix(index)}`]
  return { type: 'route', entity: { id: idOf(2, index), name: `route-${index}`, service: { id: idOf(1, 0) }, paths, strip_path: false } }
}

/** A node on a hub of this script, as it hangs on a control plane: a change is a delta of ten routes. */
async function startNode(work: Work): Promise<Subject> {
  const hub = await FakeHub.start()
  const starting = startSluice(work, { env: { SLUICE_CONTROL_PLANE: hub.url, SLUICE_JOIN_TOKEN: 'sluice_join_for_the_bench' } })
  const service: SnapshotEntity = { type: 'service', entity: { id: idOf(1, 0), host: '127.0.0.1', port: work.originPort } }
  const entities = [service, ...Array.from({ length: ROUTES }, (_, index) => routeOf(index, 0))]
  // Where the hub waits in vain, that is what is said.
  starting.catch(() => {})
  const link = await hub.connection(0, 60_000)
  await link.welcome()
  let { revision, hash } = snapshotOf(1, entities)
  link.sendSnapshot({ revision, hash, entities })
  const serving = await starting
  const change = (routes: number[], edit: number) => {
    const base = revision
    revision += 1
    const changes = routes.map((index) => {
      const after = routeOf(index, edit)
      const before = entities[index + 1] as SnapshotEntity
      hash = adjustContentHash(hash, { removed: entityHash('route', before.entity), added: entityHash('route', after.entity) })
      entities[index + 1] = after
      return { op: 'upsert' as const, ...after }
    })
    link.send({ type: 'delta', base, revision, hash, changes })
  }
  let applied = 1
  const check = () => {
    const before = applied
    for (const message of link.messages) if (message.type === 'applied') applied = Math.max(applied, message.revision)
    if (applied === before) throw new Error(`the node has applied nothing since revision ${before}`)
  }
  const stop = async () => {
    await serving.launched.stop()
    await hub.stop()
  }
  return subjectOf(serving, { change, check, stop })
}

export const reloadSection = steadySection({
  id: 'reload',
  title: `While ${CHANGED} of ${ROUTES.toLocaleString('en')} routes change every second`,
  chapter: 'Changes under load',
  calm: 'no changes',
  disturbed: 'with changes',
  note: 'Sluice gets each change as a delta from a hub, as from its control plane; nginx has its file written anew and reloads (SIGHUP).',
  subjects: (circumstances, originPort) =>
    circumstances.peers.flatMap((peer) => {
      const work = workFor(peer.name, originPort, circumstances)
      if (peer.name === 'Sluice') return [{ name: peer.name, start: () => startNode(work) }]
      return peer.name === 'nginx' ? [{ name: peer.name, start: () => startNginx(peer, work) }] : []
    }),
})
