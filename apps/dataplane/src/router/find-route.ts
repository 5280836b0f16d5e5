import type { RouteMatch, Router } from '@sluice/shared/routing/compile'
import { isUtf8 } from '@sluice/shared/routing/normalize'
import type { RequestHead } from '../exchange/exchange.ts'

/** The route of a request, by the pure router that the dashboard's tester runs too. */
export function findRoute(router: Router, head: RequestHead): RouteMatch | null {
  if (!isUtf8(head.path)) return null
  return router.match({
    method: head.method,
    path: head.path,
    host: head.host === '' ? null : head.host,
    header: (name) => head.headers.getAll(name),
    scheme: head.scheme,
    sni: head.sni,
  })
}
