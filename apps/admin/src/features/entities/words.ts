import { ENTITIES, type EntityType } from '@sluice/shared/entities/registry'
import type { Noun } from '../../ui/data-table/words.ts'

/** What people call a type: `{ one: 'consumer group', many: 'consumer groups' }`. */
export function nounOf(type: EntityType): Noun {
  if (type === 'keyauth_credential') return { one: 'key', many: 'keys' }
  if (type === 'sni') return { one: 'SNI', many: 'SNIs' }
  return { one: type.replaceAll('_', ' '), many: ENTITIES[type].plural.replaceAll('_', ' ') }
}

const WITH_PAGES: ReadonlySet<string> = new Set<EntityType>(['service', 'route', 'upstream', 'consumer', 'plugin'])

/** The page of an entity, or null where it has none of its own. */
export function hrefOf(type: string, id: string): string | null {
  return WITH_PAGES.has(type) ? `/${ENTITIES[type as EntityType].plural}/${id}` : null
}

/** `route orders and 2 targets`: what stands in the way, counted by type, a single one by its name. */
export function listDependents(items: readonly { type: string; label: string | null }[]): string {
  const groups = new Map<string, string[]>()
  for (const { type, label } of items) groups.set(type, [...(groups.get(type) ?? []), label ?? ''])
  const texts = [...groups].map(([type, labels]) => {
    const noun = nounOf(type as EntityType)
    return labels.length === 1 ? `${noun.one} ${labels[0]}`.trim() : `${labels.length} ${noun.many}`
  })
  return texts.length <= 1 ? (texts[0] ?? '') : `${texts.slice(0, -1).join(', ')} and ${texts[texts.length - 1]}`
}
