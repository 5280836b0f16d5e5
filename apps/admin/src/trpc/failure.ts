import type { Issue } from '@sluice/shared/snapshot'

export interface Dependent {
  type: string
  id: string
  label: string | null
  on_delete: 'refuse' | 'cascade'
}

/** What went wrong with a call, in the terms of the API; every field is there, empty where it does not apply. */
export interface Failure {
  code: string
  message: string
  issues: Issue[]
  /** The entity as it is now, where it changed since it was read. */
  current: Record<string, unknown> | null
  dependents: Dependent[]
  retryAfterS: number | null
  requestId: string | null
}

const UNREACHABLE = 'The control plane does not answer. Nodes keep serving; nothing was changed.'

function field(source: unknown, name: string): unknown {
  return typeof source === 'object' && source !== null ? (source as Record<string, unknown>)[name] : undefined
}

function issuesOf(value: unknown): Issue[] {
  if (!Array.isArray(value)) return []
  return value.filter((issue): issue is Issue => typeof field(issue, 'path') === 'string' && typeof field(issue, 'message') === 'string')
}

/** Reads an error of the tRPC client; one without `data` never reached the control plane. */
export function readFailure(error: unknown): Failure {
  const data = field(error, 'data')
  const code = field(data, 'code')
  const current = field(field(data, 'conflict'), 'current')
  const dependents = field(data, 'dependents')
  const items = Array.isArray(dependents) ? dependents : field(dependents, 'items')
  const retry = field(data, 'retry_after_s')
  const requestId = field(data, 'request_id')
  return {
    code: typeof code === 'string' ? code : 'UNREACHABLE',
    message: typeof code === 'string' ? String(field(error, 'message')) : UNREACHABLE,
    issues: issuesOf(field(data, 'issues')),
    current: typeof current === 'object' && current !== null ? (current as Record<string, unknown>) : null,
    dependents: Array.isArray(items) ? (items as Dependent[]) : [],
    retryAfterS: typeof retry === 'number' ? retry : null,
    requestId: typeof requestId === 'string' ? requestId : null,
  }
}
