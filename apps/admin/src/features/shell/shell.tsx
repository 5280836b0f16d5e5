'use client'

import type { ReactNode } from 'react'
import { useWorkspace } from '../../trpc/workspace.tsx'
import { Logo } from '../../ui/logo.tsx'
import { ThemeSwitch } from '../../ui/theme/theme-switch.tsx'
import { Account } from './account.tsx'
import { ConnectionBanner, ConnectionWord } from './connection.tsx'
import { Crumb, CrumbProvider } from './crumb.tsx'
import { Drawer } from './drawer.tsx'
import { Keyboard } from './keyboard.tsx'
import { Navigation } from './navigation.tsx'
import { RevisionChip } from './revision-chip.tsx'
import { TabBar } from './tab-bar.tsx'

function Sidebar() {
  const { workspace } = useWorkspace()
  return (
    <aside className="side" aria-label="Sidebar">
      <div className="ws">
        <Logo />
        <span className="grow">
          <span className="name" style={{ display: 'block' }}>
            Sluice
          </span>
          <span className="env" style={{ display: 'block' }}>
            {workspace?.name ?? 'default'}
          </span>
        </span>
      </div>
      <Navigation />
      <Account />
    </aside>
  )
}

/** The frame of every page after sign-in: where one is, what serves, and whether what is shown is fresh. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <CrumbProvider>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="app">
        <Sidebar />
        <div>
          <header className="top">
            <Drawer />
            <Crumb />
            <div className="end">
              <RevisionChip />
              <ConnectionWord />
              <Keyboard />
              <ThemeSwitch />
            </div>
          </header>
          <ConnectionBanner />
          <main id="main" tabIndex={-1}>
            {children}
          </main>
        </div>
      </div>
      <TabBar />
    </CrumbProvider>
  )
}
