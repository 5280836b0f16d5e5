import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeDataDir, NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'

let origin: Origin
const nodes: NodeProcess[] = []

beforeEach(async () => {
  origin = await Origin.start('origin')
})
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
  await origin.stop()
})

async function startNode(options: Parameters<typeof NodeProcess.start>[0] = {}): Promise<NodeProcess> {
  const node = await NodeProcess.start(options)
  nodes.push(node)
  return node
}

const gateway = (path: string) => ({ _format_version: '3.0', services: [{ name: 'a', url: origin.url, routes: [{ name: 'a', paths: [path] }] }] })
const statusOf = async (node: NodeProcess, path: string) => (await fetch(`${node.proxy}${path}`)).status

describe('a standalone node', () => {
  test('serves its file, and a changed file without a restart', async () => {
    const node = await startNode({ config: JSON.stringify(gateway('/one')) })
    expect(await statusOf(node, '/one')).toBe(200)
    expect(await statusOf(node, '/two')).toBe(404)
    writeFileSync(node.configFile, JSON.stringify(gateway('/two')))
    await until('the changed file to be served', async () => ((await statusOf(node, '/two')) === 200 ? true : null))
    expect(await statusOf(node, '/one')).toBe(404)
  })

  test('keeps the former configuration when the changed file is wrong, and says where', async () => {
    const node = await startNode({ config: JSON.stringify(gateway('/one')) })
    writeFileSync(node.configFile, '_format_version: "3.0"\nservices: [{name: a, host: a.test, retries: -1}]')
    await node.line('services[0].retries')
    expect(await statusOf(node, '/one')).toBe(200)
  })

  test('is not ready until it has a configuration', async () => {
    const node = await startNode()
    const before = await fetch(`${node.status}/readyz`)
    expect(before.status).toBe(503)
    expect(await before.json()).toMatchObject({ reason: 'no configuration yet' })
    expect(await statusOf(node, '/one')).toBe(503)
    expect((await node.postConfig(gateway('/one'))).status).toBe(201)
    expect((await fetch(`${node.status}/readyz`)).status).toBe(200)
    expect(await statusOf(node, '/one')).toBe(200)
  })

  test('answers a wrong document with the issues, and changes nothing', async () => {
    const node = await startNode()
    const good = await node.postConfig(gateway('/one'))
    const bad = await node.postConfig({ ...gateway('/two'), plugins: [{ name: 'cors', config: { orgins: ['*'] } }, { name: 'nonsense' }] })
    expect(bad.status).toBe(400)
    expect(bad.body.issues).toEqual(expect.arrayContaining([{ path: 'plugins[0].config.orgins', message: 'unknown field "orgins"' }]))
    expect(bad.body.issues?.map(({ path }) => path)).toContain('plugins[1].name')
    expect(await statusOf(node, '/one')).toBe(200)
    const status = (await (await fetch(`${node.status}/status`)).json()) as { hash: string }
    expect(status.hash).toBe(good.body.hash)
  })

  test('refuses by name what it cannot do', async () => {
    const node = await startNode()
    const answer = await node.postConfig({ _format_version: '3.0', upstreams: [{ name: 'u', algorithm: 'least-connections' }] })
    expect(answer.status).toBe(400)
    expect(answer.body.issues?.[0]).toMatchObject({ path: 'upstreams[u].algorithm' })
  })

  test('refuses a POST that a web page could have sent', async () => {
    const node = await startNode()
    const answer = await fetch(`${node.status}/config`, {
      method: 'POST',
      headers: { origin: 'http://evil.test', 'content-type': 'application/json' },
      body: JSON.stringify(gateway('/one')),
    })
    expect(answer.status).toBe(403)
    expect((await fetch(`${node.status}/readyz`)).status).toBe(503)
  })
})

describe('the last good configuration', () => {
  test('is served after a kill', async () => {
    const first = await startNode()
    const { body } = await first.postConfig(gateway('/one'))
    await first.kill()
    const second = await startNode({ dataDir: first.dataDir })
    expect(await statusOf(second, '/one')).toBe(200)
    const status = (await (await fetch(`${second.status}/status`)).json()) as { hash: string }
    expect(status.hash).toBe(body.hash)
  })

  test('does not hold what it says in plain', async () => {
    const node = await startNode()
    await node.postConfig(gateway('/a-path-to-look-for'))
    const file = await until('the file', () => {
      try {
        return readFileSync(join(node.dataDir, 'last-good'))
      } catch {
        return null
      }
    })
    expect(file.includes('a-path-to-look-for')).toBe(false)
  })

  test('is left out when it is truncated, with a message, and the node still starts', async () => {
    const first = await startNode()
    await first.postConfig(gateway('/one'))
    await first.stop({ keepData: true })
    truncateSync(join(first.dataDir, 'last-good'), 80)
    const second = await startNode({ dataDir: first.dataDir })
    await second.line('was truncated, altered, or written with another node.key')
    expect((await fetch(`${second.status}/readyz`)).status).toBe(503)
    expect((await second.postConfig(gateway('/one'))).status).toBe(201)
  })
})

describe('a node that cannot start says why', () => {
  test('a taken port is named with the setting to change', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    const { code, output } = await NodeProcess.startAndFail({ env: { SLUICE_PROXY_LISTEN: `127.0.0.1:${port}` } })
    await new Promise((resolve) => holder.close(resolve))
    expect(code).toBe(1)
    expect(output).toContain(`127.0.0.1:${port} is taken already`)
    expect(output).toContain('SLUICE_PROXY_LISTEN')
  })

  test.each([
    ['an unknown name', { SLUICE_PROXY_LISTENS: '127.0.0.1:1' }, 'SLUICE_PROXY_LISTENS is not a setting'],
    ['a malformed address', { SLUICE_PROXY_LISTEN: '8000' }, 'must be address:port'],
    ['a malformed number', { SLUICE_WORKERS: 'many' }, 'SLUICE_WORKERS must be a whole number'],
    ['a malformed list', { SLUICE_TRUSTED_IPS: '10.0.0.0/40' }, 'SLUICE_TRUSTED_IPS: "10.0.0.0/40" is not an address or CIDR'],
    ['a setting of a later version', { SLUICE_REDIS_URL: 'redis://localhost' }, 'SLUICE_REDIS_URL is not supported'],
  ])('%s', async (_, env, message) => {
    const { code, output } = await NodeProcess.startAndFail({ env: env as Record<string, string> })
    expect(code).toBe(1)
    expect(output).toContain(message)
  })

  test('a wrong file is refused with the path of the fault', async () => {
    const { code, output } = await NodeProcess.startAndFail({ config: '_format_version: "3.0"\nroutes: [{paths: [/], service: nobody}]' })
    expect(code).toBe(1)
    expect(output).toContain('routes[0].service: there is no service "nobody"')
  })

  test('a data directory in use is refused', async () => {
    const node = await startNode()
    const { output } = await NodeProcess.startAndFail({ dataDir: node.dataDir })
    expect(output).toContain('is used by another node')
  })

  test('a process that ended without cleaning up does not hold the data directory', async () => {
    const dataDir = makeDataDir()
    writeFileSync(join(dataDir, 'lock'), '4194300')
    const node = await startNode({ dataDir })
    expect((await fetch(`${node.status}/livez`)).status).toBe(200)
  })
})
