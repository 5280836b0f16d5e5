import * as z from 'zod'
import { ENTITY_TYPES, type EntityType } from './entities/registry.ts'

/** One entity in a snapshot. `entity` is parsed by the node with the schema of its type; the hub passes on what was stored. */
export interface SnapshotEntity {
  type: EntityType
  entity: { id: string } & Record<string, unknown>
}

/** The complete configuration of a workspace as one immutable document. */
export interface Snapshot {
  revision: number
  hash: string
  entities: SnapshotEntity[]
}

export const snapshotEntitySchema = z.strictObject({
  type: z.enum(ENTITY_TYPES as [EntityType, ...EntityType[]]),
  entity: z.looseObject({ id: z.uuid() }),
})

export const snapshotSchema = z.strictObject({
  revision: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  entities: z.array(snapshotEntitySchema),
})

/** Something wrong in a document: where (dotted path such as `plugins[14].config.minute`) and what to write instead. */
export interface Issue {
  path: string
  message: string
}

/** Writes a zod path the way people write it: `services[0].routes[2].paths`. */
export function formatIssuePath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : text === '' ? String(part) : `.${String(part)}`
  return text
}
