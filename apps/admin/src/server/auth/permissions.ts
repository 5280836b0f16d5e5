import type { SignedIn } from './operators.ts'

/** What an operator may want to do. */
export type Permission = 'read' | 'write_configuration' | 'manage_nodes'

/**
 * The one place where permissions are checked. Every operator may do everything in this version; roles will be decided here and
 * nowhere else.
 */
export function isAllowed(operator: SignedIn, permission: Permission): boolean {
  return operator.id !== '' && ['read', 'write_configuration', 'manage_nodes'].includes(permission)
}
