import { performance } from 'node:perf_hooks'
import type { DeltaChange } from '@sluice/shared/protocol'
import type { SnapshotEntity } from '@sluice/shared/snapshot'
import { StagedConfig } from '../../../apps/dataplane/src/config/staged.ts'
import { type ConfigUpdate, encodeDelta, encodeSnapshot } from '../../../apps/dataplane/src/config/update-bytes.ts'
import { headOf, rowOf } from '../report/figures.ts'
import { entry, environment, HASH, idOf } from './environment.ts'
import { isQuick, tell } from './tell.ts'

/**
 * For how long a worker is blocked while it takes a snapshot, and deltas of ten entities of each kind on top of it: `node test/bench/inside/delta.ts`.
 * A block is the longest time in which nothing else of the thread had a turn, collection of garbage included.
 */

const ROUTES = isQuick ? 5_000 : 50_000
const ROUTES_PER_SERVICE = 10
const ENTITIES = 10
const DELTAS = isQuick ? 20 : 200

let edit = 0

/** Entity `index` of each kind; every call gives it another content. */
const KINDS: Record<string, (index: number) => SnapshotEntity> = {
  service: (index) => entry('service', idOf(1, index), { name: `service-${index}`, host: `upstream-${index}`, retries: edit++ % 5 }),
  route: (index) =>
    entry('route', idOf(2, index), {
      name: `route-${index}`,
      service: { id: idOf(1, Math.floor(index / ROUTES_PER_SERVICE)) },
      hosts: index % 2 === 0 ? [`h${index % 1000}.example.test`] : null,
      paths: [`/api/${index}/v${edit++ % 3}`],
    }),
  upstream: (index) => entry('upstream', idOf(3, index), { name: `upstream-${index}`, host_header: `h${edit++}.test` }),
  target: (index) => entry('target', idOf(4, index), { upstream: { id: idOf(3, index) }, target: '127.0.0.1:8000', weight: edit++ % 100 }),
  consumer: (index) => entry('consumer', idOf(5, index), { username: `consumer-${index}`, custom_id: `c${edit++}` }),
  keyauth_credential: (index) =>
    entry('keyauth_credential', idOf(6, index), { consumer: { id: idOf(5, index) }, key: `sha256:${String(index).padStart(64, '0')}`, tags: [`t${edit++}`] }),
  'plugin of a route': (index) => entry('plugin', idOf(7, index), { name: 'rate-limiting', route: { id: idOf(2, index) }, config: { minute: 1 + (edit++ % 1000) } }),
  'global plugin': (index) =>
    entry('plugin', idOf(8, index), { name: ['correlation-id', 'cors', 'key-auth'][index % 3], enabled: index < 3, tags: [`t${edit++}`], instance_name: `g${index}` }),
}
const COUNTS: Record<string, number> = { 'plugin of a route': ROUTES / 10, 'global plugin': 3, route: ROUTES, consumer: ROUTES, keyauth_credential: ROUTES }

/** Longest gap between two turns of the event loop while `work` runs, and how long it took. */
async function measure(work: () => Promise<unknown>): Promise<Block> {
  let blockMs = 0
  let isRunning = true
  let last = performance.now()
  const tick = () => {
    const now = performance.now()
    blockMs = Math.max(blockMs, now - last)
    last = now
    if (isRunning) setImmediate(tick)
  }
  await new Promise<void>((resolve) => setImmediate(resolve))
  last = performance.now()
  const startedAt = last
  setImmediate(tick)
  await work()
  const totalMs = performance.now() - startedAt
  isRunning = false
  await new Promise<void>((resolve) => setImmediate(resolve))
  return { blockMs, totalMs }
}

const staged = new StagedConfig(environment)
let ticket = 0

async function apply(update: ConfigUpdate): Promise<void> {
  ticket += 1
  const result = await staged.prepare(ticket, update)
  if (result?.ok !== true) throw new Error(JSON.stringify(result))
  if (staged.commit(ticket) === null) throw new Error('nothing was prepared')
}

interface Block {
  blockMs: number
  totalMs: number
}

function line(name: string, all: Block[]): string {
  const sorted = all.map(({ blockMs }) => blockMs).sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] as number).toFixed(2)
  return rowOf([name, at(0.5), at(0.99), at(1), Math.max(...all.map(({ totalMs }) => totalMs)).toFixed(1)])
}

const entities = Object.entries(KINDS).flatMap(([kind, make]) => Array.from({ length: COUNTS[kind] ?? ROUTES / ROUTES_PER_SERVICE }, (_, index) => make(index)))
const snapshot = encodeSnapshot({ revision: 1, hash: HASH, entities })
const wholes: Block[] = []
for (let round = 0; round < 3; round += 1) wholes.push(await measure(() => apply(snapshot)))
const lines = [line('the whole', wholes)]

for (const [kind, make] of Object.entries(KINDS)) {
  const all: Block[] = []
  const count = COUNTS[kind] ?? ROUTES / ROUTES_PER_SERVICE
  const size = Math.min(ENTITIES, count)
  for (let round = 0; round < DELTAS; round += 1) {
    const changes = Array.from({ length: size }, (_, index): DeltaChange => ({ op: 'upsert', ...make((round * 7 + index * 13) % count) }))
    const delta = encodeDelta({ base: 1, revision: 2, hash: HASH, changes })
    all.push(await measure(() => apply(delta)))
  }
  lines.push(line(`${size} × ${kind.replace('_', ' ')}`, all))
}
tell({
  lines: [
    ...headOf(['change', 'block, median ms', 'p99 ms', 'longest ms', 'longest until prepared ms']),
    ...lines,
    '',
    `${entities.length.toLocaleString('en')} entities, ${ROUTES.toLocaleString('en')} of them routes; the whole is ${(snapshot.bytes.byteLength / 1e6).toFixed(1)} MB as JSON. ${DELTAS} deltas of each kind.`,
  ],
  bars: [],
})
