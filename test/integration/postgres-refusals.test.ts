import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createStore } from '../../apps/admin/src/server/store/client.ts'
import { migrate } from '../../apps/admin/src/server/store/migrate.ts'
import { ensureWorkspace } from '../../apps/admin/src/server/store/workspaces.ts'
import { ControlPlaneProcess, makeControlPlaneDir, removeControlPlaneDir, sharedControlPlane } from './harness/control-plane-process.ts'

const shared = sharedControlPlane()
const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations')
const SECRET = { SLUICE_SECRET_KEY: 'for tests alone and in no way secret' }

describe('a control plane does not start, and says what to do', () => {
  const refused = async (options: Parameters<typeof ControlPlaneProcess.startAndFail>[0]) => {
    const { code, output } = await ControlPlaneProcess.startAndFail(options)
    expect(code).toBe(1)
    expect(output).not.toMatch(/^\s+at /m)
    return output
  }

  test('on a data directory that another one uses', async () => {
    const output = await refused({ dataDir: shared.process.dataDir })
    expect(output).toContain(`is used by another control plane (process ${shared.process.pid})`)
    expect(output).toContain('DATABASE_URL')
    expect((await shared.api.query('workspace.current')).name).toBe('default')
  })

  test('on a port that is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const output = await refused({ databaseUrl: await shared.process.createDatabase('taken_port'), port })
    expect(output).toContain(`127.0.0.1:${port} is taken already`)
    expect(output).toContain('SLUICE_ADMIN_LISTEN')
    other.close()
  })

  test.each<[string, (url: URL) => void, string]>([
    [
      'where nothing listens',
      (url) => {
        url.port = '1'
      },
      'nothing listens at 127.0.0.1:1',
    ],
    [
      'with a wrong password',
      (url) => {
        url.password = 'wrong'
      },
      'refuses the user sluice with this password',
    ],
    [
      'of a database that is none',
      (url) => {
        url.pathname = '/nothing'
      },
      'has no database nothing',
    ],
  ])('with a DATABASE_URL %s', async (_, change, message) => {
    const url = new URL(shared.process.databaseUrl)
    const password = url.password
    change(url)
    const output = await refused({ databaseUrl: url.href })
    expect(output).toContain('DATABASE_URL cannot be used')
    expect(output).toContain(message)
    expect(output).not.toContain(password)
  })

  test('with another secret key than that of the database, naming the variable', async () => {
    const databaseUrl = await shared.process.createDatabase('other_key')
    const first = await ControlPlaneProcess.start({ databaseUrl, env: SECRET })
    await first.stop()
    const output = await refused({ databaseUrl, env: { SLUICE_SECRET_KEY: 'another one, just as long as the first' } })
    expect(output).toContain('SLUICE_SECRET_KEY')
    const without = await refused({ databaseUrl })
    expect(without).toContain('SLUICE_SECRET_KEY')
  })

  test('with a migration that was edited after it was applied', async () => {
    const databaseUrl = await shared.process.createDatabase('edited')
    const folder = mkdtempSync(join(tmpdir(), 'sluice-migrations-'))
    cpSync(MIGRATIONS, folder, { recursive: true })
    const applied = await migrate(databaseUrl, folder)
    appendFileSync(join(folder, applied[0] ?? '', 'migration.sql'), '\n-- more')
    await expect(migrate(databaseUrl, folder)).rejects.toThrow(/was edited after it was applied; restore the file/)
    rmSync(folder, { recursive: true, force: true })
  })

  test('on a database of a newer version', async () => {
    const databaseUrl = await shared.process.createDatabase('newer')
    const folder = mkdtempSync(join(tmpdir(), 'sluice-migrations-'))
    cpSync(MIGRATIONS, folder, { recursive: true })
    mkdirSync(join(folder, '99999999999999_newer'))
    writeFileSync(join(folder, '99999999999999_newer', 'migration.sql'), 'SELECT 1;')
    await migrate(databaseUrl, folder)
    await expect(migrate(databaseUrl, MIGRATIONS)).rejects.toThrow(/newer Sluice; start that version/)
    rmSync(folder, { recursive: true, force: true })
  })

  test.each<[string, Record<string, string>, string]>([
    ['an unknown setting', { SLUICE_ADMIN_LITSEN: '1' }, 'SLUICE_ADMIN_LITSEN is not a setting'],
    ['an address that is none', { SLUICE_ADMIN_LISTEN: '3000' }, 'address:port'],
    ['a short secret key', { SLUICE_SECRET_KEY: 'short' }, 'at least 32 characters'],
    ['a weak first password', { SLUICE_BOOTSTRAP_PASSWORD: 'password1234' }, 'SLUICE_BOOTSTRAP_PASSWORD'],
    ['half of the first operator', { SLUICE_BOOTSTRAP_PASSWORD: '' }, 'come together'],
  ])('with %s', async (name, env, message) => {
    const databaseUrl = await shared.process.createDatabase(`settings ${name}`)
    expect(await refused({ databaseUrl, env: { ...SECRET, ...env } })).toContain(message)
  })
})

describe('migrations', () => {
  test('that fail leave nothing, and the next start tries again', async () => {
    const databaseUrl = await shared.process.createDatabase('failing')
    const folder = mkdtempSync(join(tmpdir(), 'sluice-migrations-'))
    mkdirSync(join(folder, '1_bad'))
    const file = join(folder, '1_bad', 'migration.sql')
    writeFileSync(file, 'CREATE TABLE kept (id int); SELECT nonsense;')
    await expect(migrate(databaseUrl, folder)).rejects.toThrow(/migration 1_bad failed and was rolled back/)
    writeFileSync(file, 'CREATE TABLE kept (id int);')
    expect(await migrate(databaseUrl, folder)).toEqual(['1_bad'])
    rmSync(folder, { recursive: true, force: true })
  })

  test('are followed by one workspace, however many control planes make it at the same moment', async () => {
    const databaseUrl = await shared.process.createDatabase('one_workspace')
    await migrate(databaseUrl)
    const stores = Array.from({ length: 8 }, () => createStore(databaseUrl))
    // Connected, so that they are at it at the same time.
    await Promise.all(stores.map(({ db }) => db.workspace.count()))
    const made = await Promise.all(stores.map(({ db }) => ensureWorkspace(db)))
    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    await Promise.all(stores.map((store) => store.close()))
  })

  test('are applied once by two control planes that start at the same moment, which then see each other’s writes', async () => {
    const databaseUrl = await shared.process.createDatabase('two_at_once')
    const [one, two] = await Promise.all([0, 1].map(() => ControlPlaneProcess.start({ databaseUrl, env: SECRET })))
    if (one === undefined || two === undefined) throw new Error('both start')
    try {
      const applied = [one, two].filter(({ output }) => output.includes('migrated the database'))
      expect(applied).toHaveLength(1)
      expect(await one.sql('SELECT id FROM operator')).toHaveLength(1)
      const [first, second] = [await one.api(), await two.api()]
      const { item } = await first.mutate('services.create', { value: { name: 'shared', host: 'a.test' } })
      expect(await second.query('services.get', { id: item.id })).toEqual(item)
      expect(readFileSync(join(MIGRATIONS, 'migration_lock.toml'), 'utf8')).toContain('postgresql')
    } finally {
      await Promise.all([one.stop(), two.stop()])
    }
  })
})

test('a lock that a killed control plane left is taken over', async () => {
  const dataDir = makeControlPlaneDir()
  writeFileSync(join(dataDir, 'lock'), '999999999')
  const controlPlane = await ControlPlaneProcess.start({ dataDir })
  expect(readFileSync(join(dataDir, 'lock'), 'utf8')).toBe(String(controlPlane.pid))
  await controlPlane.stop()
  removeControlPlaneDir(dataDir)
})
