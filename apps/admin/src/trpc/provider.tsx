'use client'

import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client'
import { type ReactNode, useState } from 'react'
import * as z from 'zod'
import type { AppRouter } from '../server/api/router.ts'
import { TRPCProvider } from './client.ts'
import { readFailure } from './failure.ts'

// Zod compiles its checks with eval where it may; the content security policy forbids that, and the attempt alone is reported.
z.config({ jitless: true })

const URL = '/api/trpc'
/** Queries of one moment share a request; many of them make several, because a request line has a limit. */
const URL_LENGTH_MAX = 6_000
const ATTEMPTS_MAX = 2
/** An answer may be shown again without asking for this time; changes arrive by subscription anyway. */
const STALE_AFTER_MS = 5_000

const PAGES_WITHOUT_SESSION = ['/sign-in', '/set-up', '/reset-password']

/** A session that has ended sends the operator to sign in and back to where they were. */
function leaveWhenSignedOut(error: unknown): void {
  if (readFailure(error).code !== 'UNAUTHORIZED' || PAGES_WITHOUT_SESSION.includes(location.pathname)) return
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`)
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
    defaultOptions: {
      queries: { staleTime: STALE_AFTER_MS, retry: (count, error) => readFailure(error).code === 'UNREACHABLE' && count < ATTEMPTS_MAX },
      mutations: { onError: leaveWhenSignedOut },
    },
  })
}

function createApiClient() {
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ url: URL }),
        false: httpBatchLink({ url: URL, maxURLLength: URL_LENGTH_MAX }),
      }),
    ],
  })
}

export function ApiProvider({ children }: { children: ReactNode }) {
  const [queryClient] = useState(createQueryClient)
  const [client] = useState(createApiClient)
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  )
}
