import { Gauge, History, type LucideIcon, Network, Package, Plug, Route, Server, User } from 'lucide-react'

export interface Section {
  href: string
  label: string
  icon: LucideIcon
  /** Key of the workspace's counts, or null where a number says nothing. */
  count: string | null
}

/** The sidebar: what there is to see, in groups. The first group has no title. */
export const SECTION_GROUPS: readonly { title: string | null; sections: readonly Section[] }[] = [
  { title: null, sections: [{ href: '/', label: 'Overview', icon: Gauge, count: null }] },
  {
    title: 'Configuration',
    sections: [
      { href: '/services', label: 'Services', icon: Package, count: 'services' },
      { href: '/routes', label: 'Routes', icon: Route, count: 'routes' },
      { href: '/upstreams', label: 'Upstreams', icon: Network, count: 'upstreams' },
      { href: '/consumers', label: 'Consumers', icon: User, count: 'consumers' },
      { href: '/plugins', label: 'Plugins', icon: Plug, count: 'plugins' },
    ],
  },
  {
    title: 'Operations',
    sections: [
      { href: '/nodes', label: 'Nodes', icon: Server, count: null },
      { href: '/revisions', label: 'Revisions', icon: History, count: null },
    ],
  },
]

export const SECTIONS: readonly Section[] = SECTION_GROUPS.flatMap((group) => group.sections)

/** The section that a page belongs to; pages below it count too. */
export function sectionOf(pathname: string): Section | null {
  const inside = SECTIONS.find((section) => section.href !== '/' && (pathname === section.href || pathname.startsWith(`${section.href}/`)))
  return inside ?? (pathname === '/' ? (SECTIONS[0] ?? null) : null)
}
