'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { useWorkspace } from '../../trpc/workspace.tsx'
import { sectionOf } from './sections.ts'

const CrumbContext = createContext<{ leaf: string | null; setLeaf: (leaf: string | null) => void }>({ leaf: null, setLeaf: () => {} })

export function CrumbProvider({ children }: { children: ReactNode }) {
  const [leaf, setLeaf] = useState<string | null>(null)
  return <CrumbContext value={{ leaf, setLeaf }}>{children}</CrumbContext>
}

/** Names the page in the bar above it and in the browser's tab; the page's own heading stays with the page. */
export function useCrumb(leaf: string | null): void {
  const { setLeaf } = useContext(CrumbContext)
  useEffect(() => {
    setLeaf(leaf)
    if (leaf !== null) document.title = `${leaf} · Sluice`
    return () => setLeaf(null)
  }, [leaf, setLeaf])
}

export function Crumb() {
  const { leaf } = useContext(CrumbContext)
  const { workspace } = useWorkspace()
  const section = sectionOf(usePathname())
  return (
    <nav className="crumb" aria-label="Breadcrumb">
      <span className="hide-m">{workspace?.name ?? 'default'}</span>
      {section !== null && (
        <>
          <span className="sep hide-m">/</span>
          {leaf === null ? (
            <b>{section.label}</b>
          ) : (
            <Link href={section.href} className="hide-m">
              {section.label}
            </Link>
          )}
        </>
      )}
      {leaf !== null && (
        <>
          <span className="sep hide-m">/</span>
          <b className="trunc">{leaf}</b>
        </>
      )}
    </nav>
  )
}
