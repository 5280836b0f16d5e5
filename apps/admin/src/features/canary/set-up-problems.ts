import type { Issue } from '@sluice/shared/snapshot'

const FIELDS = ['upstream_host', 'upstream_port', 'hash', 'hash_header']

/** What to write instead, where the schema's own words would not say it. */
const WORDS: Record<string, string> = {
  upstream_host: 'Name the upstream or the host that the canary’s requests go to.',
  upstream_port: 'Write a port from 0 to 65,535, or leave it empty.',
  hash_header: 'Name the header, such as x-account.',
}

/** Issues by field of the form. The control plane's paths begin with `config`; what has no field stands above the form. */
export function problemsOf(issues: readonly Issue[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>()
  for (const { path, message } of issues) {
    const field = path.replace(/^config\./, '')
    if (FIELDS.includes(field)) problems.set(field, WORDS[field] ?? message)
    else problems.set('', path === '' ? message : `${path}: ${message}`)
  }
  return problems
}
