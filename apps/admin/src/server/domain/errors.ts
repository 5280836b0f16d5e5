import type { Issue } from '@sluice/shared/snapshot'

export { isDatabaseAway } from '../store/client.ts'

export interface Dependent {
  type: string
  id: string
  label: string
  on_delete: 'refuse' | 'cascade'
}

export type DomainErrorCode = 'invalid' | 'not_found' | 'conflict' | 'dependents' | 'unique'

interface Details {
  issues?: Issue[]
  current?: Record<string, unknown>
  yours?: Record<string, unknown>
  dependents?: Dependent[]
}

/** A rule refused an act. Nothing was written. */
export class DomainError extends Error {
  readonly code: DomainErrorCode
  readonly details: Details

  constructor(code: DomainErrorCode, message: string, details: Details = {}) {
    super(message)
    this.name = 'DomainError'
    this.code = code
    this.details = details
  }
}

export function invalid(issues: Issue[]): DomainError {
  const [first] = issues
  return new DomainError('invalid', first === undefined ? 'is not valid' : `${first.path === '' ? '' : `${first.path}: `}${first.message}`, { issues })
}
