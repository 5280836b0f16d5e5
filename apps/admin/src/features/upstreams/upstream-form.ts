import type { FormSection } from '../../ui/schema-form/sections.ts'

export const UPSTREAM_SECTIONS: readonly FormSection[] = [
  { title: 'Upstream', fields: ['name', 'tags'] },
  { title: 'Balancing', note: 'nodes balance by weighted round-robin', fields: ['algorithm', 'host_header'] },
  {
    title: 'Hashing',
    note: 'for consistent-hashing',
    folded: true,
    fields: [
      'hash_on',
      'hash_on_header',
      'hash_on_cookie',
      'hash_on_cookie_path',
      'hash_on_query_arg',
      'hash_on_uri_capture',
      'hash_fallback',
      'hash_fallback_header',
      'hash_fallback_query_arg',
      'hash_fallback_uri_capture',
      'slots',
    ],
  },
  { title: 'Health checks', note: 'kept as in Kong; nodes do not check yet', folded: true, fields: ['healthchecks'] },
]

export const UPSTREAM_SUMMARY = {
  title: 'An upstream',
  text: 'A named group of targets over which requests are balanced. A service sends its requests here by having this name as its host.',
}

/** What is valid as configuration, but not what the nodes can do. */
export function upstreamAdvice(draft: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  if ((draft.algorithm ?? 'round-robin') === 'round-robin') return {}
  return { algorithm: `Nodes balance by round-robin only. A node rejects a revision with ${String(draft.algorithm)} and keeps serving the one before.` }
}
