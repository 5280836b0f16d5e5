// Runs the suite on Node.js 24: `all`, `check` (no server is started) or `e2e` (in a browser). Ends with one line `N passed, N failed[, N skipped]`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { leftRunning, runningNow } from './left-running.mjs'

const ROOT = join(import.meta.dirname, '..')
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome']
const mode = process.argv[2] ?? 'all'
const failures = []
let passed = 0
let failed = 0
let skipped = 0

function step(title, command, args) {
  console.log(`\n== ${title}`)
  const begun = Date.now()
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) failures.push(title)
  console.log(`-- ${title}: ${status === 0 ? 'passed' : 'failed'} (${Math.round((Date.now() - begun) / 1000)} s)`)
  return status === 0
}

function count(isRight) {
  if (isRight) passed += 1
  else failed += 1
}

function vitest(project) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tests-'))
  const report = join(folder, 'report.json')
  const isRight = step(`tests: ${project}`, 'vitest', ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'))
    passed += result.numPassedTests
    skipped += result.numPendingTests + result.numTodoTests
    // A file that cannot even be loaded has no failed test of its own; an error outside of every test still fails the run.
    const broken = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
    failed += result.numFailedTests + broken > 0 || isRight ? result.numFailedTests + broken : 1
  } catch (error) {
    failed += 1
    console.error(`no report of ${project}: ${error.message}`)
  }
  rmSync(folder, { recursive: true, force: true })
}

const STATIC_CHECKS = [
  ['format and lint', 'biome', ['check', '.']],
  ['types: shared', 'tsc', ['-p', 'packages/shared']],
  ['types: plugins', 'tsc', ['-p', 'packages/plugins']],
  ['types: node', 'tsc', ['-p', 'apps/dataplane']],
  ['types: control plane', 'tsc', ['-p', 'apps/admin']],
  ['types: tests and scripts', 'tsc', ['-p', '.']],
  ['lockfile', 'node', ['scripts/check-lockfile.mjs']],
  ['migrations', 'node', ['scripts/check-migrations.mjs']],
]

function hasBrowser() {
  if (existsSync('/usr/bin/chromium')) return true
  return BROWSERS.some(onPath)
}

const onPath = (name) => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

/** What tests need and npm does not bring, as Debian's packages; no service that comes with one is started (RUNLEVEL). */
function ensure({ title, what, packages, isThere }) {
  if (isThere()) return true
  const install = `apt-get update && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y --no-install-recommends ${packages}`
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) step(`installing ${what}`, 'sh', ['-c', install])
  if (isThere()) return true
  console.error(`\nThe ${title} need ${what}, and there is none. Install it and run again:\n  sudo sh -c '${install}'`)
  failures.push(`tests: ${title} (no ${what})`)
  failed += 1
  return false
}

const ensureBrowser = () => ensure({ title: 'browser tests', what: 'Chromium', packages: 'chromium', isThere: hasBrowser })
/** Servers that tests start for themselves, each in a folder of its own, with the Debian package that each comes with. */
const SERVERS = [
  ['redis-server', 'redis-server'],
  ['slapd', 'slapd'],
]
const ensureServers = () =>
  ensure({
    title: 'integration tests',
    what: 'Redis and OpenLDAP',
    packages: SERVERS.map(([, name]) => name).join(' '),
    isThere: () => SERVERS.every(([binary]) => onPath(binary) || existsSync(`/usr/sbin/${binary}`)),
  })

const before = runningNow(ROOT)
if (mode !== 'e2e') {
  for (const [title, command, args] of STATIC_CHECKS) count(step(title, command, args))
  vitest('unit')
}
if (mode === 'all' && ensureServers()) vitest('integration*')
if (mode !== 'check' && ensureBrowser()) vitest('e2e')

const left = await leftRunning(ROOT, before)
if (left.length > 0) {
  failures.push('nothing is left running')
  failed += 1
  console.error(`\nleft running:\n${left.join('\n')}`)
}
if (failures.length > 0) console.error(`\nfailed: ${failures.join(', ')}`)
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || failures.length > 0 ? 1 : 0
