'use client'

import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTRPCClient } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { useWorkspace } from '../../trpc/workspace.tsx'
import { announceProblem } from '../entities/receipt.tsx'
import { documentName } from './document.ts'

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

/** Saves the whole configuration in Kong's declarative format as a file. */
export function ExportButton({ children }: { children: ReactNode }) {
  const client = useTRPCClient()
  const { workspace } = useWorkspace()
  const download = useMutation({
    mutationFn: () => client.declarative.export.query(),
    onSuccess: ({ text }) => save(documentName(workspace), text),
    onError: (error) => announceProblem(`Not exported. ${readFailure(error).message}`),
  })
  return (
    <button type="button" className="btn" disabled={download.isPending} title="Sealed secrets are left out." onClick={() => download.mutate()}>
      {children}
    </button>
  )
}
