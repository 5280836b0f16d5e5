import { randomUUID } from 'node:crypto'
import { initTRPC, TRPCError } from '@trpc/server'
import * as z from 'zod'
import type { NodeTokens } from '../auth/node-tokens.ts'
import { AuthError, type Operators, type SignedIn } from '../auth/operators.ts'
import { isAllowed, type Permission } from '../auth/permissions.ts'
import type { Domain } from '../domain/domain.ts'
import { DomainError, type DomainErrorCode, isDatabaseAway } from '../domain/errors.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Traffic } from '../fleet/traffic.ts'
import type { Actor } from '../store/changes.ts'

/** What procedures work with. */
export interface ApiParts {
  domain: Domain
  operators: Operators
  nodeTokens: NodeTokens
  fleet: Fleet
  traffic: Traffic
  publicUrl: string
  now: () => number
  /** Ends the sockets of a node that may not be connected any more. */
  disconnectNode: (id: string) => void
  log: (fields: Record<string, unknown>, message: string) => void
}

export interface ApiContext {
  parts: ApiParts
  requestId: string
  operator: SignedIn | null
  sessionToken: string | null
  /** Address of the TCP peer. */
  address: string
  setSession(token: string | null): void
}

const CODES: Record<DomainErrorCode, TRPCError['code']> = {
  invalid: 'BAD_REQUEST',
  unique: 'CONFLICT',
  conflict: 'CONFLICT',
  dependents: 'PRECONDITION_FAILED',
  not_found: 'NOT_FOUND',
}
const AUTH_CODES: Record<AuthError['code'], TRPCError['code']> = {
  wrong_password: 'UNAUTHORIZED',
  throttled: 'TOO_MANY_REQUESTS',
  bad_link: 'FORBIDDEN',
  invalid: 'BAD_REQUEST',
  set_up_already: 'FORBIDDEN',
}

/** What a caller is told of an error; one that it knows nothing of stays as it is. */
export function toTrpcError(cause: unknown): unknown {
  if (cause instanceof DomainError) return new TRPCError({ code: CODES[cause.code], message: cause.message, cause })
  if (cause instanceof AuthError) return new TRPCError({ code: AUTH_CODES[cause.code], message: cause.message, cause })
  if (isDatabaseAway(cause)) return new TRPCError({ code: 'SERVICE_UNAVAILABLE', message: 'The database does not answer. Nodes keep serving; try again in a moment.', cause })
  return cause
}

function detailsOf(cause: unknown) {
  if (cause instanceof DomainError) {
    const { issues, current, yours, dependents } = cause.details
    return { issues, dependents, conflict: current === undefined ? undefined : { current, yours } }
  }
  if (cause instanceof AuthError) {
    return { issues: cause.field === null ? undefined : [{ path: cause.field, message: cause.message }], retry_after_s: cause.retryAfterS ?? undefined }
  }
  if (cause instanceof z.ZodError) return { issues: cause.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })) }
  return {}
}

const t = initTRPC.context<ApiContext>().create({
  // A silent stream looks the same as a dead one: the ping tells them apart.
  sse: { ping: { enabled: true, intervalMs: 5_000 }, client: { reconnectAfterInactivityMs: 15_000 } },
  errorFormatter({ shape, error, ctx }) {
    const isOurs = error.code === 'INTERNAL_SERVER_ERROR'
    // What went wrong inside is for the log, which has the same request id; the caller is told that id.
    const message = isOurs ? `Something went wrong in the control plane. Its log says more under ${ctx?.requestId ?? 'this time'}.` : shape.message
    const { stack: _, ...data } = shape.data as Record<string, unknown> & { stack?: string }
    return { ...shape, message, data: { ...(data as typeof shape.data), stack: undefined, request_id: ctx?.requestId ?? null, ...detailsOf(error.cause) } }
  },
})

const translated = t.procedure.use(async ({ next }) => {
  const result = await next()
  if (result.ok) return result
  const error = toTrpcError(result.error.cause)
  if (error instanceof TRPCError && error !== result.error) throw error
  return result
})

export const router = t.router
/** Needs no session: signing in, and the two links. */
export const publicProcedure = translated

/** Needs a session, and this permission. */
export function operatorProcedure(permission: Permission) {
  return translated.use(({ ctx, next }) => {
    const { operator } = ctx
    if (operator === null) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in first; the session has ended.' })
    if (!isAllowed(operator, permission)) throw new TRPCError({ code: 'FORBIDDEN', message: `This operator may not do that (${permission}).` })
    const actor: Actor = { kind: 'operator', id: operator.id, name: operator.name }
    return next({ ctx: { ...ctx, operator, actor } })
  })
}

export const newRequestId = () => randomUUID()
