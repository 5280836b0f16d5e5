import type { FormSection } from '../../ui/schema-form/sections.ts'

export const ROUTE_SECTIONS: readonly FormSection[] = [
  { title: 'Route', fields: ['name', 'service', 'tags'] },
  { title: 'Which requests', note: 'at least one is needed', fields: ['paths', 'hosts', 'methods', 'headers'] },
  { title: 'On the way', fields: ['strip_path', 'preserve_host', 'protocols', 'https_redirect_status_code'] },
]

export const ROUTE_CHOICES = { methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] }

export const ROUTE_SUMMARY = {
  title: 'A route',
  text: 'Says which requests belong to a service. All of its conditions must hold, and one value of each is enough. Where several routes match, the one with more conditions wins, then the longer path.',
}

const SERVED: ReadonlySet<unknown> = new Set(['http', 'https'])

/** What is valid as configuration, but not what the nodes can do. */
export function routeAdvice(draft: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const protocols = Array.isArray(draft.protocols) ? draft.protocols : []
  const advice: Record<string, string> = {}
  if (protocols.length > 0 && !protocols.some((protocol) => SERVED.has(protocol))) {
    advice.protocols = `Nodes serve http and https so far. A node rejects a revision with a route for ${protocols.join(', ')} alone and keeps serving the one before.`
  }
  if (draft.service === null) advice.service = 'Without a service only a plugin such as request-termination can answer; all other requests get 503.'
  return advice
}
