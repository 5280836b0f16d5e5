import { SESSION_LIMITS } from '../auth/operators.ts'

/** Over https the name carries `__Host-`, so that no other host or path can set it (RFC 6265bis 4.1.3.2). */
export function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-sluice_session' : 'sluice_session'
}

export function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value !== undefined && value !== '') return value
  }
  return null
}

/** Set-Cookie for a session, or what removes it. */
export function sessionCookie(token: string | null, isSecure: boolean): string {
  const maxAge = token === null ? 0 : Math.floor(SESSION_LIMITS.lifeMs / 1000)
  return `${cookieName(isSecure)}=${token ?? ''}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${isSecure ? '; Secure' : ''}`
}
