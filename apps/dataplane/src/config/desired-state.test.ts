import { randomUUID } from 'node:crypto'
import { contentHash } from '@sluice/shared/content-hash'
import type { DeltaChange } from '@sluice/shared/protocol'
import type { Snapshot, SnapshotEntity } from '@sluice/shared/snapshot'
import { describe, expect, test } from 'vitest'
import { DesiredState } from './desired-state.ts'

const group = (name: string, id: string = randomUUID()): SnapshotEntity => ({ type: 'consumer_group', entity: { id, name, tags: [] } })
const snapshotOf = (entities: SnapshotEntity[], revision = 1): Snapshot => ({ revision, hash: contentHash(entities), entities })
const upsert = (entry: SnapshotEntity): DeltaChange => ({ op: 'upsert', ...entry })
const remove = ({ type, entity }: SnapshotEntity): DeltaChange => ({ op: 'delete', type, id: entity.id })

async function load(entities: SnapshotEntity[]): Promise<DesiredState> {
  const result = await DesiredState.load(snapshotOf(entities))
  if (!result.ok) throw new Error(result.reason)
  return result.state
}

/** Applies and answers what there is then. */
function apply(state: DesiredState, changes: DeltaChange[], after: SnapshotEntity[]): Snapshot {
  const prepared = state.prepare({ base: state.revision, revision: state.revision + 1, hash: contentHash(after), changes })
  if (!prepared.ok) throw new Error(prepared.reason)
  prepared.commit()
  return state.snapshot()
}

test('a snapshot whose content is not what its hash says is not taken', async () => {
  const result = await DesiredState.load({ ...snapshotOf([group('a')]), hash: 'f'.repeat(64) })
  expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('content hash of the snapshot') })
})

test('a snapshot in which an entity occurs twice is not taken, whatever its hash', async () => {
  const twice = group('a')
  expect(await DesiredState.load(snapshotOf([twice, twice]))).toMatchObject({ ok: false })
})

describe('a delta', () => {
  const [a, b, c] = [group('a'), group('b'), group('c')]
  const renamed = group('renamed', b.entity.id)

  test.each<[string, DeltaChange[], SnapshotEntity[]]>([
    ['adds', [upsert(c)], [a, b, c]],
    ['replaces in place', [upsert(renamed)], [a, renamed]],
    ['deletes', [remove(a)], [b]],
    ['does several at once', [upsert(c), upsert(renamed), remove(a)], [renamed, c]],
    ['deletes what came and went since the base', [remove(c)], [a, b]],
    ['adds and deletes the same', [upsert(c), remove(c)], [a, b]],
    ['changes nothing', [], [a, b]],
  ])('%s', async (_, changes, after) => {
    const state = await load([a, b])
    const result = apply(state, changes, after)
    expect(result.entities).toEqual(after)
    expect(state.hash).toBe(contentHash(after))
    expect(state.revision).toBe(2)
  })

  test('from another base is not taken', async () => {
    const state = await load([a])
    expect(state.prepare({ base: 5, revision: 6, hash: contentHash([a, b]), changes: [upsert(b)] })).toEqual({
      ok: false,
      reason: 'the delta starts from revision 5; this node has 1',
    })
  })

  test('whose outcome is not what its hash says is not taken and changes nothing', async () => {
    const state = await load([a])
    expect(state.prepare({ base: 1, revision: 2, hash: contentHash([a, c]), changes: [upsert(b)] })).toMatchObject({ ok: false })
    expect(state.snapshot()).toEqual(snapshotOf([a]))
  })

  test('that is prepared and then refused leaves everything as it was', async () => {
    const state = await load([a, b])
    expect(state.prepare({ base: 1, revision: 2, hash: contentHash([b]), changes: [remove(a)] }).ok).toBe(true)
    expect(state.snapshot()).toEqual(snapshotOf([a, b]))
  })
})

test('deltas end where a fresh snapshot would, after many random edits', async () => {
  let seed = 7
  const chance = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed % below
  }
  const model = new Map<string, SnapshotEntity>()
  const state = await load([])
  for (let round = 0; round < 200; round += 1) {
    const known = [...model.values()]
    const picked = known[chance(Math.max(1, known.length))]
    const change = picked === undefined || chance(3) === 0 ? upsert(group(`g${round}`)) : chance(2) === 0 ? upsert(group(`r${round}`, picked.entity.id)) : remove(picked)
    if (change.op === 'delete') model.delete(change.id)
    else model.set(change.entity.id, { type: change.type, entity: change.entity })
    apply(state, [change], [...model.values()])
  }
  expect(state.snapshot().entities).toEqual([...model.values()])
  expect((await DesiredState.load(state.snapshot())).ok).toBe(true)
})
