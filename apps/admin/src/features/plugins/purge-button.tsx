'use client'

import { useMutation } from '@tanstack/react-query'
import { Eraser } from 'lucide-react'
import { toast } from 'sonner'
import { useTRPC } from '../../trpc/client.ts'
import { readFailure } from '../../trpc/failure.ts'
import { announceProblem } from '../entities/receipt.tsx'

/** Empties the cache of a plugin on all nodes that are connected. It fills again by itself, so nobody is asked first. */
export function PurgeButton({ pluginId }: { pluginId: string }) {
  const trpc = useTRPC()
  const purge = useMutation(
    trpc.caches.purge.mutationOptions({
      onSuccess: () => toast('The nodes that are connected forget what this plugin kept.'),
      onError: (error) => announceProblem(readFailure(error).message),
    }),
  )
  return (
    <button type="button" className="btn" disabled={purge.isPending} onClick={() => purge.mutate({ plugin_id: pluginId })}>
      <Eraser className="i" aria-hidden="true" />
      Empty the cache
    </button>
  )
}
