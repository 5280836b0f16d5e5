import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { clusterFolder } from '../../apps/admin/src/server/postgres/embedded.ts'
import { ControlPlaneProcess, makeControlPlaneDir, removeControlPlaneDir } from './harness/control-plane-process.ts'

const dataDirs: string[] = []

afterEach(() => {
  for (const dataDir of dataDirs.splice(0)) removeControlPlaneDir(dataDir)
})

function newDataDir(): string {
  const dataDir = makeControlPlaneDir()
  dataDirs.push(dataDir)
  return dataDir
}

test('a data directory that was removed is made anew, and what lay elsewhere is put aside', async () => {
  const dataDir = newDataDir()
  const first = await ControlPlaneProcess.start({ dataDir })
  await (await first.api()).mutate('services.create', { value: { name: 'former', host: 'former.internal' } })
  await first.stop({ keepData: true })
  const cluster = clusterFolder(dataDir)
  const liesElsewhere = !cluster.startsWith(dataDir)
  rmSync(dataDir, { recursive: true })

  const second = await ControlPlaneProcess.start({ dataDir })
  expect((await (await second.api()).query('workspace.current')).counts).toMatchObject({ services: 0 })
  await second.stop({ keepData: true })
  const aside = readdirSync(dirname(cluster)).filter((name) => name.startsWith('postgres.left-'))
  expect(aside).toHaveLength(liesElsewhere ? 1 : 0)
})

test('a cluster in its place without its password stops the start with a sentence', async () => {
  const dataDir = newDataDir()
  const first = await ControlPlaneProcess.start({ dataDir })
  await first.stop({ keepData: true })
  rmSync(join(dataDir, 'postgres.password'))
  const { code, output } = await ControlPlaneProcess.startAndFail({ dataDir })
  expect(code).toBe(1)
  expect(output).toContain('postgres.password')
  expect(output).toContain('restore it')
  expect(output).not.toMatch(/^ {4}at /m)
})
