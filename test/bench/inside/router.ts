import { compileRouter } from '@sluice/shared/routing/compile'
import type { RouteRequest, RouterRoute } from '@sluice/shared/routing/matcher'
import { headOf, rowOf, type Spread, shown, spreadOf } from '../report/figures.ts'
import { isQuick, tell, timed } from './tell.ts'

/** Time per match for tables of 10 to 50,000 routes: `node test/bench/inside/router.ts`. Half of the routes have a host of their own, every tenth a method. */

const TABLES = [10, 1_000, 10_000, 50_000]
const MATCHES_PER_ROUND = isQuick ? 10_000 : 100_000
const ROUNDS = isQuick ? 3 : 11

const routeOf = (index: number): RouterRoute => ({
  id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  methods: index % 10 === 0 ? ['GET', 'POST'] : null,
  hosts: index % 2 === 0 ? [`h${index % 1000}.example.test`] : null,
  paths: [`/api/${index}`],
  headers: null,
  snis: null,
  regex_priority: 0,
  strip_path: true,
})

const NO_VALUES: readonly string[] = []
const requestOf = (index: number): RouteRequest => ({
  method: 'GET',
  path: `/api/${index}/items/42`,
  host: `h${index % 1000}.example.test`,
  header: () => NO_VALUES,
  scheme: 'http',
  sni: null,
})

const measured = TABLES.map((size) => {
  const router = compileRouter(Array.from({ length: size }, (_, index) => routeOf(index)))
  const requests = Array.from({ length: 4_096 }, (_, index) => requestOf((index * 7_919) % size))
  const times = timed(ROUNDS, MATCHES_PER_ROUND, (index) => {
    if (router.match(requests[index & 4_095] as RouteRequest) === null) throw new Error('no route')
  })
  return { label: `${size.toLocaleString('en')} routes`, isOwn: true, spread: spreadOf(times) as Spread }
})
tell({ lines: [...headOf(['routes', 'CPU, ns per match']), ...measured.map(({ label, spread }) => rowOf([label, shown(spread, 0)]))], bars: measured })
