import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { ApiClient } from './harness/api-client.ts'
import { until } from './harness/node-process.ts'
import { freeOffset, SECOND_START_MS_MAX, StartedSluice } from './harness/started-sluice.ts'

// Each test starts PostgreSQL, a control plane and two nodes, some of them twice.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 })

const cleanUp: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const undo of cleanUp.splice(0).toReversed()) await undo()
})

async function newSluice(args: string[] = []): Promise<StartedSluice> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-start-'))
  const sluice = new StartedSluice({ dataDir, offset: await freeOffset(), args })
  cleanUp.push(() => sluice.discard())
  return sluice
}

async function occupy(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  cleanUp.push(() => new Promise((resolve) => server.close(() => resolve())))
  return server
}

interface NodeStatus {
  revision: number
  hash: string
}

/** What both nodes say that they serve, once they say the same. */
function agreed(sluice: StartedSluice, revision: number): Promise<NodeStatus> {
  return until(`both nodes to serve revision ${revision}`, async () => {
    const [one, two] = await Promise.all([sluice.status<NodeStatus>('node-1'), sluice.status<NodeStatus>('node-2')])
    return one.revision === revision && two.revision === revision && one.hash === two.hash ? one : null
  })
}

test('a first start gives a link for the first operator, two nodes on one revision, and a demo that answers', async () => {
  const sluice = await newSluice()
  await sluice.start()
  const link = /http:\/\/localhost:(\d+)\/set-up\?token=(\S+)/.exec(sluice.output)
  expect(Number(link?.[1])).toBe(sluice.port(3000))
  const operator = new ApiClient(sluice.dashboard)
  await operator.mutate('session.setUp', { token: link?.[2], email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' })
  expect((await operator.query('workspace.current')).counts).toMatchObject({ services: 2, routes: 2, upstreams: 3, consumers: 1 })
  expect((await operator.query('nodes.list')).map(({ name, state }) => `${name} ${state}`)).toEqual(['node-1 connected', 'node-2 connected'])
  await agreed(sluice, 1)

  const key = readFileSync(join(sluice.dataDir, 'demo.key'), 'utf8').trim()
  for (const port of [sluice.port(8000), sluice.port(8010)]) {
    expect((await fetch(`http://127.0.0.1:${port}/payments/charges`)).status).toBe(401)
    expect((await fetch(`http://127.0.0.1:${port}/payments/charges`, { headers: { apikey: key } })).status).toBeOneOf([200, 500])
    const canary = await fetch(`http://127.0.0.1:${port}/orders/1`, { headers: { 'x-sluice-variant': 'always' } })
    expect((await canary.json()) as object).toMatchObject({ application: 'orders-v2' })
  }
  // Secrets of the start are for their owner, and the link is nowhere on disk.
  expect(statSync(join(sluice.dataDir, 'demo.key')).mode & 0o777).toBe(0o600)
  const logs = readdirSync(join(sluice.dataDir, 'logs')).map((name) => readFileSync(join(sluice.dataDir, 'logs', name), 'utf8'))
  expect(logs.join('')).not.toContain(link?.[2])
  expect(logs.join('')).not.toContain(key)
  expect(existsSync(join(sluice.dataDir, 'node-1', 'join-token'))).toBe(false)
})

test('Ctrl-C leaves no process, and the next start has everything that was there', async () => {
  const sluice = await newSluice(['--no-demo'])
  await sluice.start({ SLUICE_BOOTSTRAP_EMAIL: 'ada@example.com', SLUICE_BOOTSTRAP_PASSWORD: 'correct horse battery' })
  const operator = new ApiClient(sluice.dashboard)
  await until('the operator to be made', () => operator.signIn('ada@example.com', 'correct horse battery').catch(() => null))
  const { revision } = await operator.mutate<{ revision: number }>('services.create', { value: { name: 'kept', host: '127.0.0.1', port: 9 } })
  const before = await agreed(sluice, revision)
  const pids = sluice.family()
  expect(pids.length).toBeGreaterThan(3)
  expect(await sluice.stop('SIGINT')).toBe(0)
  expect(sluice.stillRunning(pids)).toEqual([])
  for (const port of [3000, 8000, 8010, 8100, 8110]) expect(await sluice.isFree(port)).toBe(true)

  const begun = performance.now()
  await sluice.start()
  expect(performance.now() - begun).toBeLessThan(SECOND_START_MS_MAX)
  expect(sluice.output).not.toContain('/set-up?token=')
  expect((await agreed(sluice, revision)).hash).toBe(before.hash)
  const again = new ApiClient(sluice.dashboard)
  await again.signIn('ada@example.com', 'correct horse battery')
  expect((await again.query('workspace.current')).counts).toMatchObject({ services: 1 })
})

test('what was removed of the demo does not come back, and its load ends', async () => {
  const sluice = await newSluice()
  await sluice.start()
  expect(await sluice.command('remove-demo')).toMatch(/^revision 2: \d+ removed\n$/)
  await agreed(sluice, 2)
  await until('the demo load to end', () => (sluice.output.includes('demo-load has ended') ? true : null), 30_000)
  await sluice.stop('SIGTERM')
  await sluice.start()
  await agreed(sluice, 2)
  expect((await fetch(`http://127.0.0.1:${sluice.port(8000)}/orders`)).status).toBe(404)
})

test('a data directory of the standalone demo is taken over and its file is left alone', async () => {
  const sluice = await newSluice(['--no-demo-load'])
  const file = join(sluice.dataDir, 'gateway.yaml')
  writeFileSync(file, '{"_format_version":"3.0","services":[]}')
  writeFileSync(join(sluice.dataDir, 'demo.key'), 'demo-of-the-former-version\n', { mode: 0o600 })
  await sluice.start()
  expect(sluice.output).toContain(`control-plane -- import ${file}`)
  const answer = await fetch(`http://127.0.0.1:${sluice.port(8000)}/payments/1`, { headers: { apikey: 'demo-of-the-former-version' } })
  expect(answer.status).toBeOneOf([200, 500])
  expect(existsSync(file)).toBe(true)
})

test('a killed control plane is started again while the nodes serve on', async () => {
  const sluice = await newSluice(['--no-demo-load'])
  await sluice.start()
  process.kill(sluice.pidOf('apps/admin/server.ts'), 'SIGKILL')
  expect((await fetch(`http://127.0.0.1:${sluice.port(8000)}/orders/1`)).status).toBeOneOf([200, 500])
  await until('the control plane to be back', async () => (sluice.output.includes('control-plane ended (killed)') && (await sluice.isReady()) ? true : null), 30_000)
  const pids = sluice.family()
  await sluice.stop('SIGTERM')
  expect(sluice.stillRunning(pids)).toEqual([])
})

test('children do not outlive a launcher that was killed', async () => {
  const sluice = await newSluice(['--no-demo'])
  await sluice.start()
  const pids = sluice.family()
  await sluice.stop('SIGKILL')
  await until('every child to have ended', () => (sluice.stillRunning(pids).length === 0 ? true : null), 30_000)
})

test.each([
  [3000, 'dashboard'],
  [8010, 'node-2 proxy'],
  [9002, 'demo origin ordersV2'],
])('a taken port %i stops the start with its name and how to choose others', async (port, label) => {
  const sluice = await newSluice()
  await occupy(sluice.port(port))
  expect(await sluice.startAndFail()).toBe(1)
  expect(sluice.output).toContain(`Taken already: ${sluice.port(port)} (${label})`)
  expect(sluice.output).toContain('SLUICE_PORT_OFFSET=100 npm start')
  expect(existsSync(join(sluice.dataDir, 'control-plane'))).toBe(false)
})

test.each([
  [['--no-demos'], {}, 'unknown option --no-demos; npm start takes --no-demo and --no-demo-load.'],
  [[], { SLUICE_PORT_OFFSET: 'ten' }, 'SLUICE_PORT_OFFSET must be a whole number from 0 to 50000, not "ten".'],
  [[], { SLUICE_NODE_NAME: 'edge' }, 'npm start does not take SLUICE_NODE_NAME'],
  [[], { SLUICE_BOOTSTRAP_EMAIL: 'ada@example.com' }, 'SLUICE_BOOTSTRAP_EMAIL and SLUICE_BOOTSTRAP_PASSWORD come together'],
])('start %j with %j ends with a sentence', async (args, env, sentence) => {
  const sluice = await newSluice(args)
  expect(await sluice.startAndFail(env)).toBe(1)
  expect(sluice.output).toContain(sentence)
  expect(sluice.output).not.toMatch(/^ {4}at /m)
})
