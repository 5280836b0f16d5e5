import { ENTITIES, type EntityType } from '@sluice/shared/entities/registry'
import type * as z from 'zod'

/** How a field rests: `ref` as `<field>_id`, `list` as a PostgreSQL array, `json` as jsonb, `text` and `scalar` as columns of their own kind. */
export type ColumnKind = 'ref' | 'list' | 'json' | 'text' | 'scalar'

interface Definition {
  type: string
  innerType?: z.core.$ZodType
  in?: z.core.$ZodType
}

function kindOf(schema: z.core.$ZodType, isNullable: boolean): ColumnKind {
  const definition = schema._zod.def as Definition
  if (definition.innerType !== undefined) return kindOf(definition.innerType, isNullable || definition.type === 'nullable')
  if (definition.in !== undefined) return kindOf(definition.in, isNullable)
  if (definition.type === 'array') return isNullable ? 'json' : 'list'
  if (definition.type === 'object' || definition.type === 'record') return 'json'
  return definition.type === 'string' || definition.type === 'enum' ? 'text' : 'scalar'
}

function columnsOf(type: EntityType): ReadonlyMap<string, ColumnKind> {
  const { schema, refs } = ENTITIES[type]
  const entries = Object.entries(schema.shape as Record<string, z.core.$ZodType>)
  return new Map(entries.map(([field, fieldSchema]) => [field, Object.hasOwn(refs, field) ? ('ref' as const) : kindOf(fieldSchema, false)]))
}

/** The columns of every entity, derived from its schema; prisma/schema.prisma says the same, which a test holds together. */
export const COLUMNS: Readonly<Record<EntityType, ReadonlyMap<string, ColumnKind>>> = Object.fromEntries(
  (Object.keys(ENTITIES) as EntityType[]).map((type) => [type, columnsOf(type)]),
) as Record<EntityType, ReadonlyMap<string, ColumnKind>>
