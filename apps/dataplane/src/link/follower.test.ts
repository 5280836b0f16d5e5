import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentHash } from '@sluice/shared/content-hash'
import { LINK_LIMITS } from '@sluice/shared/protocol'
import type { Issue } from '@sluice/shared/snapshot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Configuration } from '../config/configuration.ts'
import { LastGoodFile, loadNodeKey } from '../config/last-good.ts'
import type { ConfigUpdate } from '../config/update-bytes.ts'
import { Follower } from './follower.ts'
import type { Offer } from './session.ts'

type Verdict = { ok: true } | { ok: false; issues: Issue[] }

let dataDir: string

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-follower-'))
})
// The last good file may still be on its way into the folder.
afterEach(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 }))

/** A follower whose workers say what the test says, when it says so. */
function setUp() {
  const asked: { update: ConfigUpdate; answer: (verdict: Verdict) => void }[] = []
  const said: unknown[] = []
  const failures: string[] = []
  const configuration = new Configuration({
    apply: (update, onDecided) =>
      new Promise((resolve) => {
        asked.push({
          update,
          answer: (verdict) => {
            if (verdict.ok) onDecided()
            resolve(verdict)
          },
        })
      }),
    lastGood: new LastGoodFile(dataDir, loadNodeKey(dataDir)),
    onWriteError: (error) => failures.push(error.message),
  })
  const follower = new Follower(configuration, { onApplied: () => {}, onRejected: () => {}, onResync: () => {} })
  const origin = { send: (answer: unknown) => void said.push(answer), fail: (reason: string) => void failures.push(reason) }
  const question = async (index: number) => {
    await expect.poll(() => asked.length).toBeGreaterThan(index)
    return asked[index] as (typeof asked)[number]
  }
  return { configuration, follower, origin, asked, said, failures, question }
}

const EMPTY = contentHash([])
const empty = (base: number, revision: number): Offer => ({ kind: 'delta', delta: { base, revision, hash: EMPTY, changes: [] }, receivedAtMs: performance.now() })

/** A follower that serves an empty configuration as revision 1. */
async function serving() {
  const parts = setUp()
  const applied = parts.configuration.applySnapshot({ revision: 1, hash: EMPTY, entities: [] })
  ;(await parts.question(0)).answer({ ok: true })
  await applied
  return parts
}

test('applied is said only when the workers serve it', async () => {
  const { follower, origin, said, question } = await serving()
  follower.offer(empty(1, 2), origin)
  const { answer } = await question(1)
  expect(said).toEqual([])
  answer({ ok: true })
  await expect.poll(() => said).toEqual([{ type: 'applied', revision: 2, hash: EMPTY, apply_ms: expect.any(Number) }])
})

test('of what comes while one is applied only the newest is tried', async () => {
  const { follower, origin, said, asked, question } = await serving()
  follower.offer(empty(1, 2), origin)
  const first = await question(1)
  for (const revision of [3, 4, 5]) follower.offer(empty(2, revision), origin)
  first.answer({ ok: true })
  ;(await question(2)).answer({ ok: true })
  await expect.poll(() => said).toMatchObject([{ revision: 2 }, { revision: 5 }])
  expect(asked.length).toBe(3)
})

describe('a refusal', () => {
  test('leaves what was served, and the next delta starts from there', async () => {
    const { configuration, follower, origin, said, question } = await serving()
    follower.offer(empty(1, 2), origin)
    ;(await question(1)).answer({ ok: false, issues: [{ path: 'upstreams[u].algorithm', message: 'no' }] })
    await expect.poll(() => said).toEqual([{ type: 'rejected', revision: 2, issues: [{ path: 'upstreams[u].algorithm', message: 'no' }] }])
    expect(configuration.served?.revision).toBe(1)
    follower.offer(empty(1, 3), origin)
    ;(await question(2)).answer({ ok: true })
    await expect.poll(() => said[1]).toMatchObject({ type: 'applied', revision: 3 })
  })

  test('is told within what the wire takes', async () => {
    const { follower, origin, said, question } = await serving()
    follower.offer(empty(1, 2), origin)
    ;(await question(1)).answer({ ok: false, issues: new Array(1_000).fill({ path: 'p'.repeat(5_000), message: 'm'.repeat(5_000) }) })
    await expect.poll(() => said.length).toBe(1)
    const { issues } = said[0] as { issues: Issue[] }
    expect(issues.length).toBe(LINK_LIMITS.issuesMax)
    expect(issues[0]).toEqual({ path: 'p'.repeat(1024), message: 'm'.repeat(2048) })
  })

  test('is not told once the node is stopping: its workers are going', async () => {
    const { follower, origin, said, question } = await serving()
    follower.offer(empty(1, 2), origin)
    const { answer } = await question(1)
    follower.stop()
    answer({ ok: false, issues: [{ path: '', message: 'a worker ended' }] })
    follower.offer(empty(1, 3), origin)
    await new Promise((resolve) => setImmediate(resolve))
    expect(said).toEqual([])
  })
})

test('a delta that does not fit asks for the whole and is not tried', async () => {
  const { follower, origin, said, asked } = await serving()
  follower.offer(empty(7, 8), origin)
  await expect.poll(() => said).toMatchObject([{ type: 'resync' }])
  expect(asked.length).toBe(1)
})

test('the last good file has what is served, also when revisions come while it is written', async () => {
  const { configuration, follower, origin, said, question, failures } = await serving()
  for (let revision = 2; revision <= 6; revision += 1) {
    follower.offer(empty(revision - 1, revision), origin)
    ;(await question(revision - 1)).answer({ ok: true })
    await expect.poll(() => said.length).toBe(revision - 1)
  }
  await configuration.saved()
  expect(configuration.readLastGood()).toEqual({ revision: 6, hash: EMPTY, entities: [] })
  expect(failures).toEqual([])
})

test('a data directory that is gone costs the file, not the revision', async () => {
  const { configuration, follower, origin, said, question, failures } = await serving()
  await configuration.saved()
  rmSync(dataDir, { recursive: true })
  follower.offer(empty(1, 2), origin)
  ;(await question(1)).answer({ ok: true })
  await expect.poll(() => said).toMatchObject([{ type: 'applied', revision: 2 }])
  await configuration.saved()
  expect(failures.join()).toContain('ENOENT')
})
