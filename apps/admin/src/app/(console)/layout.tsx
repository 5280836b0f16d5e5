import { type ReactNode, Suspense } from 'react'
import { Shell } from '../../features/shell/shell.tsx'
import { WorkspaceProvider } from '../../trpc/workspace.tsx'

export default function ConsoleLayout({ children }: { children: ReactNode }) {
  return (
    <WorkspaceProvider>
      <Shell>
        <Suspense>{children}</Suspense>
      </Shell>
    </WorkspaceProvider>
  )
}
