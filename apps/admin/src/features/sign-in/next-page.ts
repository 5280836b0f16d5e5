/** Where to go after signing in: a page of this dashboard, never another site. */
export function nextPage(wanted: string | null): string {
  if (wanted === null || !wanted.startsWith('/') || /^\/[/\\]/.test(wanted) || /\p{Cc}/u.test(wanted)) return '/'
  return wanted
}
