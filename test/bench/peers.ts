import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeCertificate } from '../integration/harness/certificates.ts'
import { type Pace, runScenario, type Table } from './measuring/rounds.ts'
import { caddy, DEBIAN_PACKAGES, haproxy, varnish } from './peers/debian.ts'
import { nginx, nginxLua, versionOf } from './peers/nginx.ts'
import { npmPeers } from './peers/npm.ts'
import { sluice } from './peers/sluice.ts'
import { chartOf } from './report/chart.ts'
import { documentOf, type Run, tableText } from './report/document.ts'
import { SCENARIOS } from './scenarios/scenarios.ts'

/**
 * CPU per request of a node beside other proxies: `node test/bench/peers.ts [--quick] [--only get-1k,…]`.
 * A whole run writes docs/benchmarks.md and its charts; a quick or a partial one only prints.
 */

const DOCS = join(import.meta.dirname, '../../docs')
const WHOLE: Pace = { rounds: 5, secondsPerRound: 2, warmSeconds: 8 }
const QUICK: Pace = { rounds: 3, secondsPerRound: 1, warmSeconds: 2 }
const CHARTS = ['get-1k', 'features']

const begun = performance.now()
const say = (line: string) => console.log(`[${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s] ${line}`)

/** Why the comparison cannot run here, or null. */
function obstacle(): string | null {
  if (process.platform !== 'linux') return 'the peers are measured on Linux only: taskset and /proc are needed'
  const needed: [string, string | null][] = [
    ['nginx', nginx.version],
    ['wrk', versionOf('wrk', ['-v'], /wrk (\S+)/)],
    ['taskset', versionOf('taskset', ['--version'], /(\d[\d.]*)/)],
  ]
  const missing = needed.filter(([, version]) => version === null).map(([name]) => name)
  return missing.length === 0 ? null : `the peers need ${missing.join(', ')}: apt-get install ${DEBIAN_PACKAGES.join(' ')}`
}

async function compare(folder: string, options: { isQuick: boolean; only: string[] }): Promise<Run> {
  const pace = options.isQuick ? QUICK : WHOLE
  if (!options.isQuick) say('installing the gateways of npm into a temporary folder (about a minute)')
  const found = [nginx, sluice, haproxy, nginxLua, caddy, varnish, ...(options.isQuick ? [] : npmPeers(join(folder, 'npm')))]
  const skipped = found.filter(({ version }) => version === null).map(({ name, missing }) => `${name}: not on this machine (${missing}).`)
  if (options.isQuick) skipped.push('The gateways of npm: a quick run does not install them.')
  const peers = found.filter(({ version }) => version !== null)
  for (const line of skipped) say(`left out: ${line}`)
  const isWanted = (id: string, isInQuick: boolean) => (options.only.length > 0 ? options.only.includes(id) : !options.isQuick || isInQuick)
  const tables: Table[] = []
  const certificate = makeCertificate(['localhost', '127.0.0.1'])
  for (const scenario of SCENARIOS.filter(({ id, isInQuick }) => isWanted(id, isInQuick))) {
    try {
      const table = await runScenario(scenario, peers, { folder, certificate, pace, say })
      tables.push(table)
      console.log(`\n${tableText(table)}\n`)
    } catch (error) {
      // The other tables are worth having.
      skipped.push(`${scenario.title}: ${error instanceof Error ? error.message : error}`)
      say(`left out: ${skipped.at(-1)}`)
    }
  }
  const loadVersions = [`wrk ${versionOf('wrk', ['-v'], /wrk (?:debian\/)?(\S+)/)}`]
  return { tables, peers, pace, skipped, loadVersions, revision: revision(), isQuick: options.isQuick }
}

function revision(): string {
  const ask = (...args: string[]) => spawnSync('git', args, { cwd: DOCS, encoding: 'utf8' }).stdout?.trim() ?? ''
  const commit = ask('rev-parse', '--short', 'HEAD')
  const isChanged = ask('status', '--porcelain', '--', join(DOCS, '../apps/dataplane'), join(DOCS, '../packages')) !== ''
  return `sources of Sluice at ${commit === '' ? 'no commit' : commit}${isChanged ? ' with changes that are not committed' : ''}`
}

function write(run: Run): void {
  const charts = run.tables
    .filter(({ scenario }) => CHARTS.includes(scenario.id))
    .map((table) => ({ file: `bench-${table.scenario.id}.svg`, title: table.scenario.title, text: chartOf(table) }))
  for (const { file, text } of charts) writeFileSync(join(DOCS, 'images', file), text)
  writeFileSync(join(DOCS, 'benchmarks.md'), documentOf(run, charts))
  say('written: docs/benchmarks.md')
}

function installFromDebian(): void {
  say(`installing ${(DEBIAN_PACKAGES as readonly string[]).join(' ')}`)
  // With this run level the packages do not start their services.
  const env = { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' }
  const { status } = spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...DEBIAN_PACKAGES], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) say('apt-get could not install all of them; what is not there is left out')
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
})
const only = values.only.split(',').filter((id) => id !== '')
if (values.install) {
  installFromDebian()
  // Versions are read when the modules load: what came just now is seen by a new start.
  const rest = process.argv.slice(2).filter((word) => word !== '--install')
  process.exit(spawnSync(process.execPath, [import.meta.filename, ...rest], { stdio: 'inherit' }).status ?? 1)
}
const reason = obstacle()
if (reason !== null) {
  console.error(reason)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
const run = await compare(folder, { isQuick: values.quick, only })
if (values.write || (!values.quick && only.length === 0)) write(run)
