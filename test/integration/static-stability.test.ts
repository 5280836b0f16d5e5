import { expect, test } from 'vitest'
import type { ApiClient } from './harness/api-client.ts'
import { ControlPlaneProcess, removeControlPlaneDir } from './harness/control-plane-process.ts'
import { joinNode, nodeStatus, startNodeFor, untilServing, untilStatus } from './harness/linked-node.ts'
import { markMs } from './harness/marks.ts'
import { type NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { SteadyLoad } from './harness/steady-load.ts'

const REQUESTS_PER_SECOND = 100
const RESTART_MS_MAX = markMs(2_000, 20_000)
/** Longest delay between two attempts of a node, and some time to apply. */
const RECONNECT_MS_MAX = 75_000

interface Kept {
  names: string[]
  revision: number
}

/** A service with one route under its name. */
async function createService(api: ApiClient, name: string, port: number): Promise<number> {
  const { item } = await api.mutate('services.create', { value: { name, host: '127.0.0.1', port } })
  return (await api.mutate('routes.create', { value: { name, paths: [`/${name}`], service: { id: item.id } } })).revision
}

/** Creates services until the control plane is gone; `kept` has those that it acknowledged. */
async function editUntilItDies(api: ApiClient, port: number, kept: Kept): Promise<void> {
  for (let index = 0; ; index += 1) {
    try {
      kept.revision = await createService(api, `edit-${index}`, port)
      kept.names.push(`edit-${index}`)
    } catch {
      return
    }
  }
}

/** Time from the start of a node's process to its first answer. */
async function restart(node: NodeProcess, hubUrl: string, name: string): Promise<{ again: NodeProcess; ms: number }> {
  const at = performance.now()
  const again = await startNodeFor(hubUrl, name, { dataDir: node.dataDir })
  await until('the first answer', async () => ((await fetch(`${again.proxy}/base`)).status === 200 ? true : null))
  return { again, ms: performance.now() - at }
}

test('with the control plane and its database killed, nodes serve on, a restarted one serves its last good, and everything acknowledged is there afterwards', async () => {
  const origin = await Origin.start('origin')
  const first = await ControlPlaneProcess.start()
  const { dataDir, port, hubUrl } = first
  let controlPlane = first
  const nodes = [await joinNode(first, 'node-1'), await joinNode(first, 'node-2')]
  const loads: SteadyLoad[] = []
  try {
    const api = await first.api()
    const base = await createService(api, 'base', origin.port)
    await Promise.all(nodes.map((node) => untilServing(node, base)))
    loads.push(...nodes.map((node) => new SteadyLoad({ urls: [`${node.proxy}/base`], perSecond: REQUESTS_PER_SECOND })))

    const kept: Kept = { names: [], revision: 0 }
    const edits = editUntilItDies(api, origin.port, kept)
    await until('some edits', () => (kept.names.length >= 5 ? true : null), 60_000)
    await first.killAll()
    await edits
    await Promise.all(nodes.map((node) => untilStatus(node, 'the loss', ({ link }) => link === 'connecting')))
    const before = loads.map((load) => load.succeeded)
    await until(
      'both to serve on without the control plane',
      () => (loads.every((load, index) => load.succeeded > (before[index] ?? 0) + 2 * REQUESTS_PER_SECOND) ? true : null),
      60_000,
    )
    const killedWith = await nodeStatus(nodes[0] as NodeProcess)
    const firstLoad = await loads[0]?.stop()
    expect(firstLoad?.failures).toEqual({})

    const [victim] = nodes as [NodeProcess]
    await victim.kill()
    const { again, ms } = await restart(victim, hubUrl, 'node-1')
    nodes[0] = again
    console.log(`a node that was killed serves its last good configuration ${ms.toFixed(0)} ms after its start, with the control plane away`)
    expect(await nodeStatus(again)).toMatchObject({ revision: killedWith.revision, hash: killedWith.hash, link: 'connecting' })
    expect((await fetch(`${again.status}/readyz`)).status).toBe(200)

    controlPlane = await ControlPlaneProcess.start({ dataDir, port })
    const apiAfter = await controlPlane.api()
    const names = (await apiAfter.query('services.list', { limit: 500 })).items.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['base', ...kept.names]))
    const revision = await createService(apiAfter, 'afterwards', origin.port)
    expect(revision).toBeGreaterThan(kept.revision)
    const statuses = await Promise.all(nodes.map((node) => untilServing(node, revision, RECONNECT_MS_MAX)))
    expect(new Set(statuses.map(({ hash }) => hash)).size).toBe(1)
    const [newest] = (await apiAfter.query('revisions.list', { limit: 1 })).items
    expect(newest).toMatchObject({ number: revision, content_hash: statuses[0]?.hash })
    for (const node of nodes) for (const name of ['base', 'afterwards', ...kept.names]) expect([name, (await fetch(`${node.proxy}/${name}`)).status]).toEqual([name, 200])
    const secondLoad = await loads[1]?.stop()
    console.log(`requests during kill, absence and return: ${(firstLoad?.sent ?? 0) + (secondLoad?.sent ?? 0)}, failed ${JSON.stringify(secondLoad?.failures)}`)
    expect(secondLoad?.failures).toEqual({})
    expect(ms).toBeLessThanOrEqual(RESTART_MS_MAX)
  } finally {
    await Promise.all(loads.map((load) => load.stop()))
    await Promise.all(nodes.map((node) => node.stop()))
    await controlPlane.stop()
    await origin.stop()
    removeControlPlaneDir(dataDir)
  }
}, 300_000)
