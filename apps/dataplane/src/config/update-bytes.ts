import type { DeltaChange } from '@sluice/shared/protocol'
import type { Snapshot } from '@sluice/shared/snapshot'
import type { Delta } from './desired-state.ts'

/**
 * What main hands to every worker: the verified content of a snapshot or a delta, shared, not cloned. JSON lines: first revision and hash,
 * then one entity or change each, so that a worker can read a large one bit by bit.
 */
export interface ConfigUpdate {
  kind: 'snapshot' | 'delta'
  bytes: SharedArrayBuffer
}

const NEWLINE = 0x0a

function encode(kind: ConfigUpdate['kind'], { revision, hash }: { revision: number; hash: string }, items: readonly unknown[]): ConfigUpdate {
  const lines = [{ revision, hash }, ...items].map((item) => `${JSON.stringify(item)}\n`)
  const bytes = new SharedArrayBuffer(lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0))
  const buffer = Buffer.from(bytes)
  let at = 0
  for (const line of lines) at += buffer.write(line, at)
  return { kind, bytes }
}

export const encodeSnapshot = (snapshot: Snapshot): ConfigUpdate => encode('snapshot', snapshot, snapshot.entities)
export const encodeDelta = (delta: Delta): ConfigUpdate => encode('delta', delta, delta.changes)

function* readLines(bytes: SharedArrayBuffer): Generator<unknown> {
  const buffer = Buffer.from(bytes)
  for (let from = 0; from < buffer.length; ) {
    const end = buffer.indexOf(NEWLINE, from)
    yield JSON.parse(buffer.toString('utf8', from, end))
    from = end + 1
  }
}

/** Reads an update: its head now, and its changes as they are asked for. Every entity of a snapshot is one that is put in. */
export function decodeUpdate({ kind, bytes }: ConfigUpdate): { revision: number; hash: string; changes: Iterable<DeltaChange> } {
  const lines = readLines(bytes)
  const head = lines.next().value as { revision: number; hash: string }
  return { ...head, changes: kind === 'delta' ? (lines as Generator<DeltaChange>) : upserts(lines as Generator<Snapshot['entities'][0]>) }
}

function* upserts(entities: Iterable<Snapshot['entities'][0]>): Generator<DeltaChange> {
  for (const entry of entities) yield { op: 'upsert', ...entry }
}
