import { cpus, release, totalmem } from 'node:os'
import type { Pace, Row, Table } from '../measuring/rounds.ts'
import type { Peer } from '../peers/peer.ts'
import { NOT_MEASURED } from '../scenarios/scenarios.ts'
import { baseOf, labelOf, ratios, type Spread, spreadOf } from './figures.ts'

export interface Run {
  tables: Table[]
  peers: Peer[]
  pace: Pace
  /** What was asked of the script and left out, with the reason. */
  skipped: string[]
  loadVersions: string[]
  /** Which sources of Sluice were measured. */
  revision: string
  isQuick: boolean
}

const shown = ({ median, min, max }: Spread, digits: number) => `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`

function line(table: Table, row: Row): string {
  const label = labelOf(table, row)
  if (row.failure !== null) return `| ${label} | no figure: ${row.failure.replace(/\s+/g, ' ').replace(/\|/g, '/')} | | | | |`
  const ratio = ratios(row, baseOf(table))
  const cost = spreadOf(row.rounds.map(({ microsecondsPerRequest }) => microsecondsPerRequest))
  const rate = spreadOf(row.rounds.map(({ perSecond }) => perSecond))
  const p99 = spreadOf(row.rounds.map(({ p99Ms }) => p99Ms))
  const cells = [ratio && shown(ratio, 2), cost && shown(cost, 1), rate && Math.round(rate.median).toLocaleString('en'), p99?.median.toFixed(1), row.memoryMebibytes.toFixed(0)]
  return `| ${label} | ${cells.map((cell) => cell || '–').join(' | ')} |`
}

/** Ratios that are not to nginx: to the same work in Lua, and of many routes to few. */
function further(table: Table): string[] {
  const lua = table.rows.find(({ name }) => name === 'nginx + Lua')
  const own = table.rows.find(({ name }) => name === 'Sluice')
  const toLua = own && ratios(own, lua)
  const growth = ['nginx', 'Sluice'].flatMap((name) => {
    const rows = table.rows.filter((row) => row.name === name)
    const [few, many] = rows
    const spread = many && ratios(many, few)
    return spread ? [`${name} at ${many.routes.toLocaleString('en')} routes costs ${shown(spread, 2)} × what it costs at ${few?.routes}.`] : []
  })
  return [...(toLua ? [`Sluice costs ${shown(toLua, 2)} × nginx + Lua.`] : []), ...growth]
}

export function tableText(table: Table): string {
  const head = ['| proxy | CPU per request, nginx = 1 | µs per request | requests/s | p99 ms | memory MiB |', '|---|---|---|---|---|---|']
  const notes = further(table)
  return [`### ${table.scenario.title}`, '', ...head, ...table.rows.map((row) => line(table, row)), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

const METHOD = ({ pace }: Run) => `## Method

- Each proxy with all of its processes and threads is pinned to core 1 (\`taskset\`), one worker where it has workers. The load generator (\`wrk\`, one thread) and the
  origin (nginx) are on core 0. Connections are kept on both sides, except where a title says so.
- The figure is user and system time of the proxy's processes (\`/proc\`) by completed requests. All proxies of a table run at the same time;
  ${pace.rounds} rounds of ${pace.secondsPerRound} s, in each of them every proxy once, after ${pace.warmSeconds} s that do not count. The ratio is taken round by round; the tables
  have its median, and the lowest and the highest round in brackets.
- Ratios within one run count. Other work shares the two cores of the machine, so times, rates and p99 differ from run to run and are no
  measure of what a proxy can do; the brackets show how far the rounds were apart.
- A proxy at full load on its core and one that waits for the load generator are compared by what a request costs, not by how many there were.
- Seven request fields, nine with a POST, eight on a new connection; eight response fields, ten with 100 KiB. The origin reads the body of a POST whole before it answers.
- Features on: Sluice with \`key-auth\` and \`rate-limiting\` (per consumer, per minute, with its header fields); nginx + Lua with the consumers in a Lua
  table, a counter in shared memory and three \`RateLimit\` fields; nginx in that table has the routes and neither keys nor a limit. The limit is never reached. Of many
  routes and consumers all are configured; 5,000 different requests, evenly spread over them, are sent in turn.
- Varnish passes every request. Caddy, HAProxy and nginx log nothing. Sluice runs with \`SLUICE_WORKERS=1\` and \`SLUICE_ACCESS_LOG=off\`.
- TLS: 1.2 and 1.3, session tickets in all of them, no session cache in nginx and HAProxy.
- Memory is the proportional set size of all processes right after the load.`

export function documentOf(run: Run, charts: { file: string; title: string }[]): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor'
  const versions = run.peers.filter(({ version }) => version !== null).map(({ name, version }) => `${name} ${version}`)
  const left = [...run.skipped, ...NOT_MEASURED]
  return `# Benchmarks

Measured by \`npm run bench -- peers${run.isQuick ? ' --quick' : ''}\` on ${new Date().toISOString().slice(0, 10)}; the script writes this file. These are figures as measured on one machine and promise nothing.

${charts.map(({ file, title }) => `![${title}](images/${file})`).join('\n\n')}

## Figures

${run.tables.map(tableText).join('\n\n')}

${METHOD(run)}

## Versions

${[...versions, run.revision, ...run.loadVersions, `Node.js ${process.version}`].join(' · ')}

${processor}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}.

## Left out

${left.map((entry) => `- ${entry}`).join('\n')}
`
}
