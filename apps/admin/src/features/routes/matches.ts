import type { Route } from '@sluice/shared/entities/route'

type Matched = Pick<Route, 'methods' | 'hosts' | 'paths' | 'headers' | 'snis'>

export interface Matches {
  methods: readonly string[]
  /** The first host and the first path as one would write them in an address. */
  host: string | null
  path: string | null
  /** What else is asked for: `2 more paths`, `header x-beta`. */
  more: readonly string[]
}

const more = (values: readonly string[] | null, noun: string): string[] => {
  const count = (values?.length ?? 0) - 1
  return count <= 0 ? [] : [`${count} more ${count === 1 ? noun : `${noun}s`}`]
}

/** Which requests a route takes, short enough for a row. */
export function matchesOf({ methods, hosts, paths, headers, snis }: Matched): Matches {
  const names = Object.keys(headers ?? {})
  return {
    methods: methods ?? [],
    host: hosts?.[0] ?? null,
    path: paths?.[0] ?? null,
    more: [
      ...more(hosts, 'host'),
      ...more(paths, 'path'),
      ...(names.length === 0 ? [] : [`${names.length === 1 ? 'header' : 'headers'} ${names.join(', ')}`]),
      ...(snis === null || snis.length === 0 ? [] : [`SNI ${snis.join(', ')}`]),
    ],
  }
}
