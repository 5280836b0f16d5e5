'use client'

import { labelOf } from '@sluice/shared/entities/label'
import type { EntityType } from '@sluice/shared/entities/registry'
import Link from 'next/link'
import { useEntity, useEntityList } from '../../trpc/entities.ts'
import { formatCount } from '../../ui/format.ts'
import { hrefOf } from './words.ts'

/** The name behind an id. With `link` it leads to the page of the entity; the first cell of a row must stay without. */
export function EntityName({ type, id, link = false }: { type: EntityType; id: string; link?: boolean }) {
  const { data } = useEntity(type, id)
  const name = data === undefined ? id.slice(0, 8) : labelOf(type, data)
  const href = link ? hrefOf(type, id) : null
  if (href === null) return <span>{name}</span>
  return (
    <Link className="link" href={href} prefetch={false}>
      {name}
    </Link>
  )
}

/** How many entities of a type there are under a condition, such as the routes of one service. */
export function EntityCount({ type, where }: { type: EntityType; where: Record<string, string> }) {
  const { data } = useEntityList(type, { where, limit: 1 })
  return <>{data === undefined ? '–' : formatCount(data.total)}</>
}

/** Tags of a row; each leads to the list narrowed to it. */
export function Tags({ tags, href }: { tags: readonly string[]; href: string }) {
  if (tags.length === 0) return null
  return (
    <span className="tags">
      {tags.map((tag) => (
        <Link className="tag" key={tag} href={`${href}?tag=${encodeURIComponent(tag)}`} prefetch={false}>
          {tag}
        </Link>
      ))}
    </span>
  )
}
