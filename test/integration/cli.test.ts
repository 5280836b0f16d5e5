import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ControlPlaneProcess, makeControlPlaneDir, OPERATOR, removeControlPlaneDir, sharedControlPlane } from './harness/control-plane-process.ts'

const shared = sharedControlPlane()

const DOCUMENT = {
  _format_version: '3.0',
  upstreams: [{ name: 'orders-v1', tags: ['demo'], targets: [{ target: '127.0.0.1:9001', weight: 50 }] }],
  services: [
    {
      name: 'orders',
      host: 'orders-v1',
      tags: ['demo'],
      routes: [{ name: 'orders', paths: ['/orders'], strip_path: false, tags: ['demo'] }],
      plugins: [{ name: 'rate-limiting', config: { minute: 60 } }],
    },
  ],
  consumers: [{ username: 'shop', keyauth_credentials: [{ key: 'a-key-of-the-shop' }] }],
}

function writeDocument(document: unknown, name = 'gateway.json'): string {
  const file = join(shared.process.dataDir, name)
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document))
  return file
}

async function run(...args: string[]): Promise<string> {
  const { code, output } = await shared.process.command(...args)
  expect(output).not.toContain(' at ')
  expect(code, output).toBe(0)
  return output.trim()
}

test('a join token goes to a file that only its owner may read, and into the history without its text', async () => {
  const file = join(shared.process.dataDir, 'join-token')
  writeFileSync(file, 'of a former start', { mode: 0o644 })
  expect(await run('join-token', '--name', 'edge-1', '--out', file)).toBe('')
  const token = readFileSync(file, 'utf8').trim()
  expect(token).toMatch(/^sluice_join_\S{40,}$/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const acts = await shared.process.sql<{ actor_name: string; op: string; label: string }>(`SELECT actor_name, op, label FROM change WHERE entity_type = 'join_token'`)
  expect(acts).toEqual([{ actor_name: 'system', op: 'create', label: 'edge-1' }])
  const rows = await shared.process.sql('SELECT * FROM join_token')
  expect(JSON.stringify(rows)).not.toContain(token)
})

test('without a file a join token is the one line that is printed', async () => {
  expect(await run('join-token')).toMatch(/^sluice_join_\S+$/)
})

test('a reset link ends every session, works once, and sets the password', async () => {
  const session = await shared.process.api()
  const printed = await run('reset-password', OPERATOR.email.toUpperCase())
  const { port } = new URL(shared.process.url)
  expect(printed).toContain(`http://localhost:${port}/reset-password?token=`)
  expect(await session.query('session.current')).toBeNull()

  const token = /token=(\S+)/.exec(printed)?.[1]
  const visitor = shared.process.anonymous()
  await visitor.mutate('session.resetPassword', { token, password: 'a new long password' })
  await visitor.signIn(OPERATOR.email, 'a new long password')
  const again = await visitor.failure(visitor.mutate('session.resetPassword', { token, password: 'yet another password' }))
  expect(again.message).toContain('was used or has expired')
  expect((await visitor.failure(visitor.signIn(OPERATOR.email, OPERATOR.password))).status).toBe(401)
  await shared.api.signIn(OPERATOR.email, 'a new long password')
})

test('a second reset link ends the first one', async () => {
  const tokenOf = (printed: string) => /token=(\S+)/.exec(printed)?.[1]
  const first = tokenOf(await run('reset-password', OPERATOR.email))
  const second = tokenOf(await run('reset-password', OPERATOR.email))
  const visitor = shared.process.anonymous()
  expect((await visitor.failure(visitor.mutate('session.resetPassword', { token: first, password: OPERATOR.password }))).message).toContain('was used or has expired')
  await visitor.mutate('session.resetPassword', { token: second, password: OPERATOR.password })
  await shared.api.signIn(OPERATOR.email, OPERATOR.password)
})

test('what is exported and imported again is the same workspace, and writes nothing', async () => {
  await shared.clear()
  expect(await run('import', writeDocument(DOCUMENT), '--message', 'bring the orders in')).toMatch(/^revision \d+: 7 created, 0 updated, 0 deleted$/)
  const file = join(shared.process.dataDir, 'exported.yaml')
  await run('export', '--out', file)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  expect(text).not.toContain('a-key-of-the-shop')
  expect(parse(text)).toMatchObject({ _format_version: '3.0', _transform: false })
  expect(await run('import', file)).toBe('nothing was written: the workspace is like the document already')

  const before = await shared.api.query('workspace.current')
  await shared.clear()
  await run('import', file)
  expect((await shared.api.query('workspace.current')).content_hash).toBe(before.content_hash)
})

test('a dry run says what an import would write, and writes nothing', async () => {
  await shared.clear()
  const before = await shared.api.query('workspace.current')
  const said = await run('import', writeDocument(DOCUMENT), '--dry-run')
  expect(said).toContain('would be: 7 created, 0 updated, 0 deleted')
  expect(said).toContain('+ service orders')
  expect(await shared.api.query('workspace.current')).toEqual(before)
})

test('an import for an empty workspace leaves one alone that has a history', async () => {
  await run('import', writeDocument(DOCUMENT))
  await shared.clear()
  const before = await shared.api.query('workspace.current')
  expect(await run('import', writeDocument(DOCUMENT), '--only-if-empty')).toBe('nothing was imported: the workspace has a history already')
  expect(await shared.api.query('workspace.current')).toEqual(before)
})

test('a document with faults is refused with the path of each, and nothing is written', async () => {
  const before = await shared.api.query('workspace.current')
  const faulty = {
    _format_version: '3.0',
    services: [
      { name: 'orders', host: 'orders', port: 700_000 },
      { name: 'no-host', retry: 3 },
    ],
  }
  const { code, output } = await shared.process.command('import', writeDocument(faulty))
  expect(code).toBe(1)
  expect(output).toContain('services[0].port: ')
  expect(output).toContain('services[1].retry: ')
  expect(output).not.toContain(' at ')
  expect(await shared.api.query('workspace.current')).toEqual(before)
})

test('the demo goes with all that hangs on it, in one revision, and nothing else does', async () => {
  await shared.clear()
  await run('import', writeDocument(DOCUMENT))
  expect(await run('remove-demo')).toMatch(/^revision \d+: 5 removed$/)
  expect((await shared.api.query('workspace.current')).counts).toMatchObject({ services: 0, routes: 0, upstreams: 0, targets: 0, plugins: 0, consumers: 1, keyauth_credentials: 1 })
  expect(await run('remove-demo')).toBe('nothing was removed: nothing carries the tag demo')
})

test('a route of the operator on a demo service keeps the demo until it is said otherwise', async () => {
  await shared.clear()
  await run('import', writeDocument(DOCUMENT))
  const { items } = await shared.api.query<{ items: { id: string }[] }>('services.list', {})
  await shared.api.mutate('routes.create', { value: { name: 'own', paths: ['/own'], service: { id: items[0]?.id } } })
  const refused = await shared.process.command('remove-demo')
  expect(refused).toEqual({ code: 1, output: 'what carries the tag demo is used by route own; delete or move these first\n' })
  expect((await shared.api.query('workspace.current')).counts).toMatchObject({ services: 1, routes: 2 })
  expect(await run('remove-demo', '--with-dependents')).toMatch(/^revision \d+: 6 removed$/)
  expect((await shared.api.query('workspace.current')).counts).toMatchObject({ services: 0, routes: 0 })
})

test.each([
  [['frobnicate'], 'unknown command "frobnicate"; there are: join-token, reset-password, import, export, remove-demo'],
  [['join-token', '--nam', 'x'], 'unknown option --nam; there are: --name, --out'],
  [['join-token', 'edge-1'], 'does not know what to do with edge-1'],
  [['reset-password', 'nobody@example.com'], 'there is no operator nobody@example.com'],
  [['import'], 'say which file: import FILE'],
  [['import', '/nowhere/gateway.yaml'], '/nowhere/gateway.yaml cannot be read (ENOENT)'],
])('%j ends with a sentence and code 1', async (args, sentence) => {
  const { code, output } = await shared.process.command(...args)
  expect(output.trim().split('\n')).toHaveLength(1)
  expect(output).toContain(sentence)
  expect(code).toBe(1)
})

test('help lists every command', async () => {
  const said = await run('help')
  for (const name of ['join-token', 'reset-password', 'import', 'export', 'remove-demo']) expect(said).toContain(name)
})

test('commands work without a control plane too, and leave no PostgreSQL behind', async () => {
  const dataDir = makeControlPlaneDir()
  const first = await ControlPlaneProcess.start({ dataDir })
  await first.stop({ keepData: true })
  const { code, output } = await first.command('export')
  expect(code, output).toBe(0)
  expect(output).toContain('_format_version: "3.0"')
  expect(first.postgresPid).toBeNull()
  removeControlPlaneDir(dataDir)
})

test('a directory that npm start has filled means its control plane', async () => {
  const whole = makeControlPlaneDir()
  const controlPlane = await ControlPlaneProcess.start({ dataDir: join(whole, 'control-plane') })
  const { code, output } = await controlPlane.command('join-token', '--data-dir', whole)
  expect(code, output).toBe(0)
  expect(await controlPlane.sql('SELECT id FROM join_token')).toHaveLength(1)
  await controlPlane.stop()
  removeControlPlaneDir(whole)
})
