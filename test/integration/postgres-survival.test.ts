import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isProcessAlive } from '../../apps/admin/src/server/postgres/data-dir-lock.ts'
import { clusterFolder } from '../../apps/admin/src/server/postgres/embedded.ts'
import { ControlPlaneProcess, makeControlPlaneDir, removeControlPlaneDir } from './harness/control-plane-process.ts'
import { until } from './harness/node-process.ts'

const dataDir = makeControlPlaneDir()
const pidFile = join(clusterFolder(dataDir), 'postmaster.pid')
let running: ControlPlaneProcess

const restart = async () => {
  running = await ControlPlaneProcess.start({ dataDir })
}
const names = async () => (await (await running.api()).query('services.list', { sort: { field: 'name', order: 'asc' } })).items.map(({ name }) => name)
const write = async (name: string) => (await running.api()).mutate('services.create', { value: { name, host: 'a.test' } })

beforeAll(restart)
afterAll(async () => {
  await running.stop()
  removeControlPlaneDir(dataDir)
})

describe('what was acknowledged is there after', () => {
  test('an orderly stop, which leaves no PostgreSQL behind', async () => {
    await write('a')
    const pid = running.postgresPid
    await running.stop({ keepData: true })
    expect(running.postgresPid).toBeNull()
    expect(isProcessAlive(pid ?? 0)).toBe(false)
    await restart()
    expect(await names()).toEqual(['a'])
  })

  test('SIGKILL of the control plane alone: its PostgreSQL is adopted', async () => {
    await write('b')
    const pid = running.postgresPid
    await running.kill()
    await restart()
    expect(running.postgresPid).toBe(pid)
    await running.line('adopted the PostgreSQL')
    expect(await names()).toEqual(['a', 'b'])
  })

  test('SIGKILL of both at once: the stale pid file is no hindrance', async () => {
    await write('c')
    await running.killAll()
    expect(readFileSync(pidFile, 'utf8')).toMatch(/^\d+\n/)
    await restart()
    expect(await names()).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['of a process that has nothing to do with it', ['-e', 'setInterval(() => {}, 1000)']],
    ['of one that has postgres in its words', ['-e', 'setInterval(() => {}, 1000)', '/usr/lib/postgres']],
  ])('a pid file that names the number %s', async (_, words) => {
    await running.killAll()
    const stranger = spawn(process.execPath, words, { stdio: 'ignore' })
    const lines = readFileSync(pidFile, 'utf8').split('\n')
    writeFileSync(pidFile, [stranger.pid, ...lines.slice(1)].join('\n'))
    try {
      await restart()
      expect(await names()).toEqual(['a', 'b', 'c'])
      expect(stranger.exitCode).toBeNull()
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  test('SIGKILL of PostgreSQL alone: the API says that the database is away, and the next start has everything', async () => {
    const api = await running.api()
    await running.killPostgres()
    const failure = await api.failure(api.query('services.list'))
    expect([failure.code, failure.status, failure.message]).toEqual(['SERVICE_UNAVAILABLE', 503, expect.stringContaining('database does not answer')])
    const ready = await fetch(`${running.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reason: expect.stringContaining('database') }])
    expect((await fetch(`${running.url}/livez`)).status).toBe(200)
    await running.stop({ keepData: true })
    await restart()
    expect(await names()).toEqual(['a', 'b', 'c'])
  })

  test('SIGTERM in the middle of the start: nothing is left behind', async () => {
    await running.stop({ keepData: true })
    const { code } = await ControlPlaneProcess.startAndStop({ dataDir })
    expect(code).toBe(0)
    await until('PostgreSQL to be gone', () => (running.postgresPid === null ? true : null))
    await restart()
    expect(await names()).toEqual(['a', 'b', 'c'])
  })
})

test('a cluster whose making was killed in the middle is made anew', async () => {
  const other = makeControlPlaneDir()
  const unfinished = `${clusterFolder(other)}.unfinished`
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(join(unfinished, 'PG_VERSION'), '18\n')
  const controlPlane = await ControlPlaneProcess.start({ dataDir: other })
  expect((await (await controlPlane.api()).query('workspace.current')).revision).toBe(0)
  await controlPlane.stop()
  rmSync(other, { recursive: true, force: true })
})

test('a database that is stopped does not hang the API: a call fails in time, readiness sooner', async () => {
  const api = await running.api()
  const pid = running.postgresPid ?? 0
  const children = running.postgresBackends()
  for (const each of [pid, ...children]) process.kill(each, 'SIGSTOP')
  try {
    const started = performance.now()
    const ready = await fetch(`${running.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reason: 'the database does not answer' }])
    expect(performance.now() - started).toBeLessThan(5_000)
    const failure = await api.failure(api.query('services.list'))
    expect([failure.code, failure.status]).toEqual(['SERVICE_UNAVAILABLE', 503])
    expect(performance.now() - started).toBeLessThan(25_000)
  } finally {
    for (const each of [pid, ...children]) process.kill(each, 'SIGCONT')
  }
  await until('the API to work again', () =>
    api.query('services.list').then(
      () => true,
      () => null,
    ),
  )
  await write('d')
  expect(await names()).toEqual(['a', 'b', 'c', 'd'])
})
