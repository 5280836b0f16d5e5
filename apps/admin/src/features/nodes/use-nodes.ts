'use client'

import { useSubscription } from '@trpc/tanstack-react-query'
import { useState } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { type Failure, readFailure } from '../../trpc/failure.ts'
import { useVisible } from '../../trpc/visible.ts'
import type { ShownNode } from './node-words.ts'

export interface NodesFeed {
  /** Null until the first answer. The last one stays while the stream is away. */
  nodes: readonly ShownNode[] | null
  failure: Failure | null
  retry: () => void
}

/** All nodes as they change. */
export function useNodes(): NodesFeed {
  const trpc = useTRPC()
  const visible = useVisible()
  const [nodes, setNodes] = useState<readonly ShownNode[] | null>(null)
  const { error, status, reset } = useSubscription(trpc.nodes.watch.subscriptionOptions(undefined, { enabled: visible, onData: setNodes }))
  return { nodes, failure: status === 'error' ? readFailure(error) : null, retry: reset }
}
