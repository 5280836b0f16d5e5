import recorded from './data/router-http.json' with { type: 'json' }

export interface RoutingCase {
  id: string
  about: string
  table: string
  flavors: string[]
  via: 'exec' | 'select'
  blackbox: boolean
  request: { method?: string; path: string; host?: string; headers?: Record<string, string | string[]>; scheme?: string; sni?: string }
  expect: {
    route: string | null
    upstream_uri?: string
    stripped_prefix?: string
    upstream_host?: string
    uri_captures?: Record<string, string | false>
    upstream?: { host?: string; port?: number; path?: string }
    upstream_scheme?: string
  }
}

/** The recorded cases of our flavour. */
export function routingCases(): RoutingCase[] {
  return (recorded.cases as RoutingCase[]).filter((entry) => entry.flavors.includes('traditional_compatible'))
}

/** A recorded route table; where it holds an id twice the later route gets another one, since ids are unique here. */
export function routingTable(name: string): Record<string, unknown>[] {
  const table = (recorded.tables as unknown as Record<string, Record<string, unknown>[]>)[name] ?? []
  const seen = new Set<unknown>()
  return table.map((route, index) => {
    const id = seen.has(route.id) ? `00000000-0000-4000-8000-${String(index).padStart(12, '0')}` : route.id
    seen.add(id)
    return { ...route, id, recorded_id: route.id }
  })
}
