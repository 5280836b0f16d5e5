import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeCertificate } from '../integration/harness/certificates.ts'
import { ONE_EACH, pin } from './measuring/processes.ts'
import type { Circumstances, Pace } from './measuring/rounds.ts'
import { caddy, DEBIAN_PACKAGES, haproxy, varnish } from './peers/debian.ts'
import { nginx, nginxLua, versionOf } from './peers/nginx.ts'
import { npmPeers } from './peers/npm.ts'
import type { Peer } from './peers/peer.ts'
import { sluice } from './peers/sluice.ts'
import { closingOf } from './report/closing.ts'
import { blockOf, documentOf, type Outcome, SHORT_RUN } from './report/document.ts'
import type { Chart, Section } from './report/section.ts'
import { SECTIONS } from './sections.ts'

/**
 * A node beside other proxies: `node test/bench/peers.ts [--list] [--quick] [--only get-1k,memory] [--write]`. With `--write`, or where the whole
 * is measured, what was measured takes its place in docs/benchmarks.md and its charts; everything else in there stays.
 */

const DOCS = join(import.meta.dirname, '../../docs')
const DOCUMENT = join(DOCS, 'benchmarks.md')
const WHOLE: Pace = { rounds: 5, secondsPerRound: 2, warmSeconds: 3, isQuick: false }
const QUICK: Pace = { rounds: 3, secondsPerRound: 1, warmSeconds: 2, isQuick: true }

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

/** When, on what, and with which sources and versions a part was measured. */
function provenanceOf({ id, chapter }: Section, participants: string[], { peers, pace }: Circumstances, load: string): string {
  const versions = participants.flatMap((name) => peers.filter((peer) => peer.name === name).map(({ version }) => `${name} ${version}`))
  const wrk = chapter === 'Requests' ? [`wrk ${versionOf('wrk', ['-v'], /wrk (?:debian\/)?(\S+)/)}`] : []
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`
  const parts = [...versions, revision(), `Node.js ${process.version}`, ...wrk, machine, `load average before ${load}`]
  return `\`${id}\`, measured ${today()}${pace.isQuick ? ` ${SHORT_RUN}` : ''}: ${parts.join(' · ')}.`
}

const today = () => new Date().toISOString().slice(0, 10)

/** The last commit that changed what a node is made of. */
function revision(): string {
  const sources = ['../apps/dataplane', '../packages'].map((folder) => join(DOCS, folder))
  const ask = (...args: string[]) => spawnSync('git', [...args, '--', ...sources], { cwd: DOCS, encoding: 'utf8' }).stdout?.trim() ?? ''
  const commit = ask('log', '-1', '--format=%h')
  const isChanged = ask('status', '--porcelain') !== ''
  return `sources at ${commit === '' ? 'no commit' : commit}${isChanged ? ' with changes that are not committed' : ''}`
}

/** Runs the parts one after the other. One that fails leaves the others alone. */
async function measure(sections: Section[], circumstances: Circumstances): Promise<{ outcomes: Map<string, Outcome>; charts: Chart[] }> {
  const outcomes = new Map<string, Outcome>()
  const charts: Chart[] = []
  for (const section of sections) {
    const startedAt = performance.now()
    const load = (loadavg()[0] ?? 0).toFixed(1)
    try {
      const findings = await section.run(circumstances)
      charts.push(...findings.charts)
      outcomes.set(section.id, { block: blockOf(section, { ...findings, provenance: provenanceOf(section, findings.participants, circumstances, load) }) })
      console.log(`\n### ${section.title}\n\n${findings.lines.join('\n')}\n`)
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      outcomes.set(section.id, { failure })
      say(`${section.id} has no figures: ${failure}`)
    }
    say(`${section.id} took ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  }
  return { outcomes, charts }
}

function write(run: { outcomes: Map<string, Outcome>; charts: Chart[] }, everyPeer: Peer[]): void {
  for (const { file, text } of run.charts) writeFileSync(join(DOCS, 'images', file), text)
  const former = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : ''
  writeFileSync(DOCUMENT, documentOf(SECTIONS, run.outcomes, { former, day: today(), closing: closingOf(WHOLE, everyPeer) }))
  say('written: docs/benchmarks.md')
}

function installFromDebian(): void {
  say(`installing ${(DEBIAN_PACKAGES as readonly string[]).join(' ')}`)
  // With this run level the packages do not start their services.
  const env = { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' }
  const { status } = spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...DEBIAN_PACKAGES], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) say('apt-get could not install all of them; what is not there is left out')
}

function refuse(message: string): never {
  console.error(message)
  process.exit(2)
}

const { values } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
})
const only = values.only.split(',').filter((id) => id !== '')
const unknown = only.filter((id) => !SECTIONS.some((section) => section.id === id))
if (unknown.length > 0) refuse(`unknown part ${unknown.join(', ')}; there are: ${SECTIONS.map(({ id }) => id).join(', ')}`)
if (values.list) {
  for (const { id, chapter, title } of SECTIONS) console.log(`${id.padEnd(14)} ${chapter}: ${title}`)
  process.exit()
}
if (values.install) {
  installFromDebian()
  // Versions are read when the modules load: what came just now is seen by a new start.
  const rest = process.argv.slice(2).filter((word) => word !== '--install')
  process.exit(spawnSync(process.execPath, [import.meta.filename, ...rest], { stdio: 'inherit' }).status ?? 1)
}
const reason = obstacle()
if (reason !== null) refuse(reason)
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
// What this script does itself must not take from the proxies.
pin(process.pid, ONE_EACH.load)

const isWanted = ({ id, isInQuick }: Section) => (only.length > 0 ? only.includes(id) : !values.quick || isInQuick)
const sections = SECTIONS.filter(isWanted)
const needsNpm = !values.quick && sections.some(({ hasNpmPeers }) => hasNpmPeers)
if (needsNpm) say('installing the gateways of npm into a temporary folder (about a minute)')
const ofNpm = npmPeers(join(folder, 'npm'), { isInstalled: needsNpm })
const everyPeer = [nginx, sluice, haproxy, nginxLua, caddy, varnish, ...ofNpm]
const peers = everyPeer.filter((peer) => peer.version !== null && (needsNpm || !ofNpm.includes(peer)))
for (const { name, missing } of everyPeer.filter(({ version }) => version === null)) say(`left out: ${name}, not on this machine (${missing})`)
const run = await measure(sections, { folder, certificate: makeCertificate(['localhost', '127.0.0.1']), pace: values.quick ? QUICK : WHOLE, say, peers })
if (values.write || (!values.quick && only.length === 0)) write(run, everyPeer)
if ([...run.outcomes.values()].some((outcome) => 'failure' in outcome)) process.exitCode = 1
say('done')
