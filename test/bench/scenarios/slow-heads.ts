import { join } from 'node:path'
import { Generator } from '../measuring/generator.ts'
import { ONE_EACH } from '../measuring/processes.ts'
import type { Circumstances } from '../measuring/rounds.ts'
import type { Subject } from '../measuring/steady.ts'
import { CONNECTIONS_MAX, type Peer, routePrefix } from '../peers/peer.ts'
import { steadySection } from '../report/steady-table.ts'
import { scenario } from './scenarios.ts'

const NAMES = ['nginx', 'Sluice', 'HAProxy']
const HEADS = Math.min(5_000, CONNECTIONS_MAX - 200)
const OPEN_MS = 30_000
const WORK = scenario('slow-heads', 'Half-sent heads')

async function start(peer: Peer, originPort: number, { folder, certificate }: Circumstances): Promise<Subject> {
  const own = join(folder, WORK.id, peer.name)
  const serving = await peer.start({ scenario: WORK, routes: 1, workers: 1, cores: ONE_EACH.proxy, originPort, folder: own, certificate })
  await serving.launched.settled()
  const heads = new Generator('connections', ONE_EACH.load, { port: serving.port, path: `${routePrefix(0)}1k`, kind: 'half-head' })
  const hold = async (hold: number) => {
    heads.send({ hold })
    const { held } = await heads.next<{ held: number }>(OPEN_MS)
    if (held < hold * 0.99) throw new Error(`only ${held} of ${hold} half-sent heads are open`)
  }
  return {
    port: serving.port,
    routes: 1,
    begin: () => hold(HEADS),
    end: () => hold(0),
    async stop() {
      heads.stop()
      await serving.launched.stop()
    },
  }
}

/** Slowloris: whoever never ends a head must not cost the others their answers. */
export const slowHeadsSection = steadySection({
  id: 'slow-heads',
  title: `Beside ${HEADS.toLocaleString('en')} half-sent heads`,
  chapter: 'Slow clients',
  calm: 'alone',
  disturbed: `beside ${HEADS.toLocaleString('en')} heads`,
  note: 'All of the heads are open before a round begins, and where the proxy closes one (after 10 s in all of them) another takes its place.',
  subjects: (circumstances, originPort) =>
    circumstances.peers.filter(({ name }) => NAMES.includes(name)).map((peer) => ({ name: peer.name, start: () => start(peer, originPort, circumstances) })),
})
