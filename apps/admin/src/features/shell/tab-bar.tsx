'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { SECTIONS, sectionOf } from './sections.ts'

const ON_A_PHONE = ['/', '/services', '/routes', '/plugins', '/nodes']

/** The five sections a thumb reaches; the drawer has the others. */
export function TabBar() {
  const current = sectionOf(usePathname())
  return (
    <nav className="tabbar" aria-label="Sections">
      {SECTIONS.filter((section) => ON_A_PHONE.includes(section.href)).map((section) => {
        const Icon = section.icon
        return (
          <Link key={section.href} href={section.href} aria-current={section === current ? 'page' : undefined}>
            <Icon className="i" aria-hidden="true" />
            {section.label}
          </Link>
        )
      })}
    </nav>
  )
}
