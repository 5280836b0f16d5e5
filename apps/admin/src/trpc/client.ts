'use client'

import { createTRPCContext } from '@trpc/tanstack-react-query'
import type { AppRouter } from '../server/api/router.ts'

/** The API as typed hooks: `useTRPC()` for options of queries, mutations and subscriptions, `useTRPCClient()` for plain calls. */
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()
