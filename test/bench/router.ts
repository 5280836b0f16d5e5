import { compileRouter } from '@sluice/shared/routing/compile'
import type { RouteRequest, RouterRoute } from '@sluice/shared/routing/matcher'

/** Prints the time per match for tables of 10 to 50,000 routes: `node test/bench/router.ts`. Half of the routes have a host of their own, every tenth a method. */

const TABLES = [10, 1_000, 10_000, 50_000]
const MATCHES_PER_ROUND = 100_000
const ROUNDS = 11

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

for (const size of TABLES) {
  const router = compileRouter(Array.from({ length: size }, (_, index) => routeOf(index)))
  const requests = Array.from({ length: 4_096 }, (_, index) => requestOf((index * 7_919) % size))
  const round = () => {
    const start = process.hrtime.bigint()
    for (let index = 0; index < MATCHES_PER_ROUND; index += 1) if (router.match(requests[index & 4_095] as RouteRequest) === null) throw new Error('no route')
    return Number(process.hrtime.bigint() - start) / MATCHES_PER_ROUND
  }
  round()
  const times = Array.from({ length: ROUNDS }, round).sort((a, b) => a - b)
  const at = (share: number) => (times[Math.floor(share * (times.length - 1))] as number).toFixed(0)
  console.log(`${String(size).padStart(6)} routes: median ${at(0.5)} ns per match, fastest ${at(0)}, slowest ${at(1)} (${ROUNDS} rounds of ${MATCHES_PER_ROUND})`)
}
