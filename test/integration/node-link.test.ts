import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { sharedControlPlane } from './harness/control-plane-process.ts'
import { joinNode, nodeStatus, startNodeFor, untilServing, untilStatus } from './harness/linked-node.ts'
import { type NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'

const shared = sharedControlPlane()
const nodes: NodeProcess[] = []
const origins: Origin[] = []

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
  await Promise.all(origins.splice(0).map((origin) => origin.stop()))
  await shared.clear()
})

function keep(node: NodeProcess): NodeProcess {
  nodes.push(node)
  return node
}

async function startOrigin(name: string): Promise<Origin> {
  const origin = await Origin.start(name)
  origins.push(origin)
  return origin
}

/** A service with one route, over the API; answers the revision that holds both. */
async function createService(name: string, origin: Origin): Promise<number> {
  const { api } = shared
  const service = await api.mutate('services.create', { value: { name, host: '127.0.0.1', port: origin.port } })
  const route = await api.mutate('routes.create', { value: { name, paths: [`/${name}`], service: { id: service.item.id } } })
  return route.revision
}

describe('joining', () => {
  test('a join token makes a node that serves what is created in the control plane', async () => {
    const node = keep(await joinNode(shared.process, 'joins'))
    const revision = await createService('orders', await startOrigin('orders'))
    const status = await untilServing(node, revision)
    expect(status).toMatchObject({ link: 'connected', link_reason: null, rejected: null })
    const answer = await fetch(`${node.proxy}/orders`)
    expect([answer.status, await answer.text()]).toEqual([200, 'orders'])
    expect((await shared.api.query('nodes.list')).find(({ name }) => name === 'joins')).toMatchObject({ state: 'connected', revision: status.revision, hash: status.hash, lag: 0 })
  })

  test('the credential is for the node alone to read, and is enough afterwards', async () => {
    const first = keep(await joinNode(shared.process, 'keeps'))
    await untilStatus(first, 'the link', ({ link }) => link === 'connected')
    const file = join(first.dataDir, 'credential')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}$/)
    expect(readdirSync(first.dataDir)).not.toContain('credential.pending')
    await first.stop({ keepData: true })
    const second = keep(await startNodeFor(shared.process.hubUrl, 'keeps', { dataDir: first.dataDir }))
    await untilStatus(second, 'the link', ({ link }) => link === 'connected')
    expect(second.output).not.toContain(readFileSync(file, 'utf8'))
  })

  test('a node that has joined starts although its token is used up and its file gone', async () => {
    const first = keep(await joinNode(shared.process, 'restarts'))
    await untilStatus(first, 'the link', ({ link }) => link === 'connected')
    await first.stop({ keepData: true })
    const env = { SLUICE_JOIN_TOKEN_FILE: join(first.dataDir, 'no-such-file') }
    const second = keep(await startNodeFor(shared.process.hubUrl, 'restarts', { dataDir: first.dataDir, env }))
    await untilStatus(second, 'the link', ({ link }) => link === 'connected')
  })
})

test('what a node carries shows in the control plane, the canary apart', async () => {
  const { api } = shared
  const node = keep(await joinNode(shared.process, 'tells'))
  const [stable, fresh] = [await startOrigin('stable'), await startOrigin('fresh')]
  await createService('split', stable)
  const service = (await api.query('services.list', { search: 'split' })).items[0]
  const config = { percentage: 100, hash: 'none', upstream_host: '127.0.0.1', upstream_port: fresh.port }
  const plugin = await api.mutate('plugins.create', { value: { name: 'canary', service: { id: service?.id }, config } })
  await untilServing(node, plugin.revision)
  expect(await (await fetch(`${node.proxy}/split`)).text()).toBe('fresh')
  const [seen] = await until('a cell of the canary', async () => {
    const rows = await shared.process.sql<{ cell: { series: { service: string; variant: string; requests: number }[] } }>('SELECT cell FROM telemetry_cell')
    const series = rows.flatMap(({ cell }) => cell.series).filter((entry) => entry.service === service?.id)
    return series.length > 0 ? series : null
  })
  expect(seen).toMatchObject({ variant: 'canary', requests: 1 })
  expect((await api.query('nodes.list')).find(({ name }) => name === 'tells')).toMatchObject({ connections: expect.any(Number), rss_bytes: expect.any(Number) })
})

describe('a token that cannot be used is refused with what to do, and the node does not hammer', () => {
  test.each([
    ['unknown', async () => 'sluice_join_nobodyhasthis', 'bad_token', 'Take a new token'],
    [
      'expired',
      async () => {
        const token = await shared.process.joinToken('late')
        await shared.process.sql("UPDATE join_token SET expires_at = now() - interval '1 second'")
        return token
      },
      'expired_token',
      'Take a new one',
    ],
    [
      'used',
      async () => {
        const token = await shared.process.joinToken()
        const first = keep(await startNodeFor(shared.process.hubUrl, 'first', { token }))
        await untilStatus(first, 'the link', ({ link }) => link === 'connected')
        return token
      },
      'used_token',
      'take a new one',
    ],
  ])('%s', async (_, makeToken, code, advice) => {
    const node = keep(await startNodeFor(shared.process.hubUrl, 'refused', { token: await makeToken() }))
    const status = await untilStatus(node, 'the refusal', ({ link }) => link === 'refused')
    expect(status.link_reason).toContain(advice)
    const line = await node.line(`"code":"${code}"`)
    // The next attempt is far away: nothing changes until somebody acts.
    expect((JSON.parse(line) as { again_in_ms: number }).again_in_ms).toBeGreaterThanOrEqual(500)
    expect((await fetch(`${node.status}/readyz`)).status).toBe(503)
    expect(await nodeStatus(node)).toMatchObject({ link: 'refused', revision: null })
  })
})
