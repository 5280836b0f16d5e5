import type { Route } from '@sluice/shared/entities/route'
import { matchesOf } from './matches.ts'

const METHODS_SHOWN = 3

/** Methods, host and path of a route in one line. */
export function RouteMatches({ route }: { route: Pick<Route, 'methods' | 'hosts' | 'paths' | 'headers' | 'snis'> }) {
  const { methods, host, path, more } = matchesOf(route)
  return (
    <span className="matches">
      {methods.slice(0, METHODS_SHOWN).map((method) => (
        <span className="m" key={method}>
          {method}
        </span>
      ))}
      {methods.length > METHODS_SHOWN && <span className="small i3">+{methods.length - METHODS_SHOWN}</span>}
      {(host !== null || path !== null) && (
        <span className="mono trunc">
          {host !== null && <span className={path === null ? undefined : 'i3'}>{host}</span>}
          {path}
        </span>
      )}
      {more.length > 0 && <span className="small i3 trunc">{more.join(', ')}</span>}
    </span>
  )
}
