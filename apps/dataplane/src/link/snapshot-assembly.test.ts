import { gzipSync } from 'node:zlib'
import { contentHash } from '@sluice/shared/content-hash'
import { LINK_LIMITS } from '@sluice/shared/protocol'
import type { Snapshot } from '@sluice/shared/snapshot'
import { describe, expect, test } from 'vitest'
import { BrokenSnapshotError, SnapshotAssembly } from './snapshot-assembly.ts'

const entities: Snapshot['entities'] = [{ type: 'consumer_group', entity: { id: '6f1c4b3e-8f0a-4a57-9c53-0b5f0e3f5a11', name: 'gold', tags: [] } }]
const snapshot: Snapshot = { revision: 7, hash: contentHash(entities), entities }

function frames(packed: Buffer, chunkBytes: number): Buffer[] {
  const chunks: Buffer[] = []
  for (let start = 0; start < packed.byteLength; start += chunkBytes) {
    const index = Buffer.alloc(4)
    index.writeUInt32BE(chunks.length)
    chunks.push(Buffer.concat([index, packed.subarray(start, start + chunkBytes)]))
  }
  return chunks
}

const json = Buffer.from(JSON.stringify(snapshot))
const announce = (more: Partial<SnapshotAssembly['announced']> = {}) =>
  new SnapshotAssembly({ type: 'snapshot', revision: 7, hash: snapshot.hash, bytes: json.byteLength, chunks: 1, encoding: 'gzip', ...more }, 0)

async function readAll(assembly: SnapshotAssembly, chunks: Buffer[]): Promise<Snapshot> {
  const last = chunks.map((chunk) => assembly.add(chunk))
  expect(last).toEqual(chunks.map((_, index) => index === chunks.length - 1))
  return assembly.read()
}

test.each([1, 3, 17, 1_000_000])('a snapshot in chunks of %d bytes is the snapshot again', async (chunkBytes) => {
  const chunks = frames(gzipSync(json), chunkBytes)
  expect(await readAll(announce({ chunks: chunks.length }), chunks)).toEqual(snapshot)
})

describe('what is not what was announced breaks the connection', () => {
  test('more bytes than are taken at all', () => {
    expect(() => announce({ bytes: LINK_LIMITS.snapshotBytesMax + 1 })).toThrow(BrokenSnapshotError)
  })

  test('a chunk out of its turn', () => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = frames(gzipSync(json), 40)
    expect(() => announce({ chunks: 2 }).add(second)).toThrow('chunk 1 came where 0 was due')
    const assembly = announce({ chunks: 3 })
    assembly.add(first)
    expect(() => assembly.add(first)).toThrow('chunk 0 came where 1 was due')
  })

  test.each([0, 4, LINK_LIMITS.chunkBytesMax + 5])('a chunk of %d bytes', (bytes) => {
    expect(() => announce().add(Buffer.alloc(bytes))).toThrow(BrokenSnapshotError)
  })

  test('chunks that have more bytes than such a snapshot can have are not collected', () => {
    const assembly = announce({ bytes: 1000, chunks: 4096 })
    const flood = frames(Buffer.alloc(10_000), 1000)
    expect(() => flood.map((chunk) => assembly.add(chunk))).toThrow('more bytes than the 1000 that were announced')
  })

  test('a bomb is not unpacked beyond what was announced', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
    const chunks = frames(bomb, LINK_LIMITS.chunkBytesMax)
    await expect(readAll(announce({ bytes: 100_000, chunks: chunks.length }), chunks)).rejects.toThrow(BrokenSnapshotError)
  })

  test.each([
    ['not gzip', Buffer.from('plainly not compressed'), json.byteLength, 'cannot be unpacked'],
    ['shorter than announced', gzipSync(Buffer.from('{}')), 50, 'has 2 bytes where 50 were announced'],
    ['not JSON', gzipSync(Buffer.from('{')), 1, 'not one of this protocol'],
    ['of another form', gzipSync(Buffer.from('{"a":1}')), 7, 'not one of this protocol'],
    ['another revision', gzipSync(Buffer.from(JSON.stringify({ ...snapshot, revision: 8 }))), json.byteLength, 'another one than was announced'],
  ])('%s', async (_, packed, bytes, message) => {
    await expect(readAll(announce({ bytes }), frames(packed, 1_000))).rejects.toThrow(message)
  })
})
