import { ENTITIES, type EntityType } from './registry.ts'

/** What people call an entity: its label field, else what it is nearest to, else its id. */
export function labelOf(type: EntityType, entity: { id: string } & Record<string, unknown>): string {
  const { label } = ENTITIES[type]
  const named = label === null ? null : entity[label]
  if (typeof named === 'string' && named !== '') return named
  if (type === 'consumer' && typeof entity.custom_id === 'string') return entity.custom_id
  if (type === 'route' && Array.isArray(entity.paths) && entity.paths.length > 0) return String(entity.paths[0])
  if (type === 'service') return String(entity.host)
  return `${type.replaceAll('_', ' ')} ${entity.id.slice(0, 8)}`
}
