import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ApiClient } from './harness/api-client.ts'
import { ControlPlaneProcess, makeControlPlaneDir } from './harness/control-plane-process.ts'
import { joinNode, untilServing, untilStatus } from './harness/linked-node.ts'
import { type NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'

let controlPlane: ControlPlaneProcess
let api: ApiClient
let origin: Origin
const nodes: NodeProcess[] = []

beforeAll(async () => {
  controlPlane = await ControlPlaneProcess.start()
  api = await controlPlane.api()
  origin = await Origin.start('origin')
})
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
  await api.mutate('declarative.import', { text: '_format_version: "3.0"\n', dry_run: false })
})
afterAll(async () => {
  await controlPlane.stop()
  await origin.stop()
})

function keep(node: NodeProcess): NodeProcess {
  nodes.push(node)
  return node
}

/** A service with one route under its name; answers the revision that holds both. */
async function createService(client: ApiClient, name: string): Promise<number> {
  const { item } = await client.mutate('services.create', { value: { name, host: '127.0.0.1', port: origin.port } })
  const { revision } = await client.mutate('routes.create', { value: { name, paths: [`/${name}`], service: { id: item.id } } })
  return revision
}

const statusOf = async (node: NodeProcess, path: string) => (await fetch(`${node.proxy}${path}`)).status
const shown = async (name: string) => (await api.query('nodes.list')).find((node) => node.name === name)

describe('two control planes on one database', () => {
  let second: ControlPlaneProcess

  beforeAll(async () => {
    second = await ControlPlaneProcess.start({
      databaseUrl: controlPlane.databaseUrl,
      dataDir: makeControlPlaneDir(),
      env: { SLUICE_SECRET_KEY_FILE: `${controlPlane.dataDir}/secret.key` },
    })
  })
  afterAll(async () => second?.stop())

  test('emptying a cache at either reaches the nodes of both', async () => {
    const [a, b] = [keep(await joinNode(controlPlane, 'cache-at-first')), keep(await joinNode(second, 'cache-at-second'))]
    await createService(api, 'kept')
    const { item, revision } = await api.mutate('plugins.create', { value: { name: 'proxy-cache', config: { content_type: ['*/*'] } } })
    const stateAt = async (node: NodeProcess) => (await fetch(`${node.proxy}/kept`)).headers.get('x-cache-status')
    for (const node of [a, b]) {
      await untilServing(node, revision)
      expect([await stateAt(node), await stateAt(node)]).toEqual(['Miss', 'Hit'])
    }
    for (const client of [api, await second.api()]) {
      await client.mutate('caches.purge', { plugin_id: item.id })
      for (const node of [a, b]) await until('the node to forget', async () => ((await stateAt(node)) === 'Miss' ? true : null))
      expect([await stateAt(a), await stateAt(b)]).toEqual(['Hit', 'Hit'])
    }
    const other = await api.mutate('plugins.create', { value: { name: 'cors', config: {} } })
    await expect(api.mutate('caches.purge', { plugin_id: other.item.id })).rejects.toThrow('This plugin is cors, not proxy-cache')
  })

  test('an edit at either reaches the nodes of both, and both know both nodes', async () => {
    const [a, b] = [keep(await joinNode(controlPlane, 'at-first')), keep(await joinNode(second, 'at-second'))]
    const secondApi = await second.api()
    for (const [client, name] of [
      [api, 'made-at-first'],
      [secondApi, 'made-at-second'],
    ] as const) {
      const revision = await createService(client, name)
      const [one, other] = [await untilServing(a, revision), await untilServing(b, revision)]
      expect(one.hash).toBe(other.hash)
      expect([await statusOf(a, `/${name}`), await statusOf(b, `/${name}`)]).toEqual([200, 200])
      for (const reader of [api, secondApi]) {
        await until(`revision ${revision} to be applied by both`, async () => {
          const { nodes: count, applied } = await reader.query('revisions.get', { number: revision })
          return count === 2 && applied === 2 ? true : null
        })
        const states = (await reader.query('nodes.list')).map(({ name: node, state }) => [node, state])
        expect(states).toEqual(
          expect.arrayContaining([
            ['at-first', 'connected'],
            ['at-second', 'connected'],
          ]),
        )
      }
    }
  })

  test('a node that is revoked at one is cut off by the other within five seconds, and serves on', async () => {
    const node = keep(await joinNode(second, 'revoked-elsewhere'))
    const revision = await createService(api, 'kept')
    await untilServing(node, revision)
    const { id } = (await shown('revoked-elsewhere')) ?? { id: '' }
    const at = performance.now()
    await api.mutate('nodes.revoke', { id })
    const status = await untilStatus(node, 'the refusal', ({ link }) => link === 'refused')
    expect(performance.now() - at).toBeLessThan(5_000)
    expect(status.link_reason).toContain('revoked')
    await createService(api, 'unseen')
    expect([await statusOf(node, '/kept'), await statusOf(node, '/unseen')]).toEqual([200, 404])
  })
})

describe('a hub that goes', () => {
  test('and comes back is found again, and what was edited meanwhile arrives', async () => {
    const second = await ControlPlaneProcess.start({ databaseUrl: controlPlane.databaseUrl, env: { SLUICE_SECRET_KEY_FILE: `${controlPlane.dataDir}/secret.key` } })
    const node = keep(await joinNode(second, 'comes-back'))
    await untilServing(node, await createService(api, 'before'))
    const { port, dataDir } = second
    await second.kill()
    await untilStatus(node, 'the loss', ({ link }) => link === 'connecting')
    const revision = await createService(api, 'meanwhile')
    expect(await statusOf(node, '/before')).toBe(200)
    const again = await ControlPlaneProcess.start({ databaseUrl: controlPlane.databaseUrl, dataDir, port, env: { SLUICE_SECRET_KEY_FILE: `${controlPlane.dataDir}/secret.key` } })
    try {
      await untilServing(node, revision, 70_000)
      expect(await statusOf(node, '/meanwhile')).toBe(200)
      expect((await shown('comes-back'))?.state).toBe('connected')
    } finally {
      await again.stop()
    }
  })
})

describe('a revision that a node refuses', () => {
  test('leaves the old one serving, is shown with the path of the fault, and the next good one clears it', async () => {
    const node = keep(await joinNode(controlPlane, 'particular'))
    const good = await createService(api, 'stays')
    await untilServing(node, good)

    const { item, revision: bad } = await api.mutate('upstreams.create', { value: { name: 'u', algorithm: 'least-connections' } })
    const status = await untilStatus(node, 'the refusal', ({ rejected }) => rejected !== null)
    expect(status).toMatchObject({ link: 'connected', revision: good, rejected: { revision: bad, issues: [{ path: 'upstreams[u].algorithm' }] } })
    await node.line('revision rejected')
    expect(await statusOf(node, '/stays')).toBe(200)

    const seen = await until('the refusal at the control plane', async () => {
      const state = await shown('particular')
      return state?.rejected ? state : null
    })
    expect(seen).toMatchObject({
      state: 'connected',
      revision: good,
      lag: 1,
      rejected: { revision: bad, issues: [{ path: 'upstreams[u].algorithm', message: expect.stringContaining('round-robin') }] },
    })
    expect(await api.query('revisions.get', { number: bad })).toMatchObject({ applied: 0, rejected: 1 })

    const { revision: mended } = await api.mutate('upstreams.update', { id: item.id, revision: bad, value: { algorithm: 'round-robin' } })
    expect(await untilServing(node, mended)).toMatchObject({ rejected: null })
    await until('the refusal to be gone', async () => ((await shown('particular'))?.rejected === null ? true : null))
    expect(await statusOf(node, '/stays')).toBe(200)
  })
})

describe('a node that was revoked', () => {
  test('is cut off within five seconds, serves on, and joins again with a new token', async () => {
    const node = keep(await joinNode(controlPlane, 'revoked'))
    await untilServing(node, await createService(api, 'here'))
    const { id } = (await shown('revoked')) ?? { id: '' }
    const at = performance.now()
    await api.mutate('nodes.revoke', { id })
    await untilStatus(node, 'the refusal', ({ link }) => link === 'refused')
    expect(performance.now() - at).toBeLessThan(5_000)
    expect(await statusOf(node, '/here')).toBe(200)

    await node.stop({ keepData: true })
    const again = keep(await joinNode(controlPlane, 'revoked', { dataDir: node.dataDir }))
    await untilStatus(again, 'the link', ({ link }) => link === 'connected')
    expect((await shown('revoked'))?.state).toBe('connected')
  })
})
