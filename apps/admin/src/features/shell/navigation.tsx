'use client'

import { TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useWorkspace } from '../../trpc/workspace.tsx'
import { formatCount } from '../../ui/format.ts'
import { SECTION_GROUPS, type Section, sectionOf } from './sections.ts'

function Badge({ section }: { section: Section }) {
  const { workspace } = useWorkspace()
  if (workspace === null) return null
  if (section.href === '/nodes') {
    if (workspace.nodes_rejected === 0) return <span className="n">{formatCount(workspace.nodes_total)}</span>
    return (
      <span className="n warn">
        <TriangleAlert className="i s" aria-hidden="true" />
        {workspace.nodes_rejected} rejected
      </span>
    )
  }
  const count = section.count === null ? undefined : workspace.counts[section.count]
  return count === undefined ? null : <span className="n">{formatCount(count)}</span>
}

/** The sections as links; `onGo` lets a drawer close itself. */
export function Navigation({ onGo }: { onGo?: () => void }) {
  const current = sectionOf(usePathname())
  return (
    <nav aria-label="Main">
      {SECTION_GROUPS.map((group) => (
        <div className="nav" key={group.title ?? ''}>
          {group.title !== null && <h2>{group.title}</h2>}
          {group.sections.map((section) => {
            const Icon = section.icon
            return (
              <Link key={section.href} href={section.href} aria-current={section === current ? 'page' : undefined} onClick={onGo}>
                <Icon className="i" aria-hidden="true" />
                <span>{section.label}</span>
                <Badge section={section} />
              </Link>
            )
          })}
        </div>
      ))}
    </nav>
  )
}
