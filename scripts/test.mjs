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
  const report = join(folder, `${project}.json`)
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
  const folders = (process.env.PATH ?? '').split(delimiter)
  return BROWSERS.some((name) => folders.some((folder) => existsSync(join(folder, name))))
}

/** The browser of the e2e tests is the only thing that npm does not bring. */
function ensureBrowser() {
  if (hasBrowser()) return true
  const install = 'apt-get update && apt-get install -y --no-install-recommends chromium'
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) step('installing Chromium', 'sh', ['-c', install])
  if (hasBrowser()) return true
  console.error(`\nThe browser tests need Chromium, and there is none. Install it and run again:\n  sudo sh -c '${install}'`)
  failures.push('tests: e2e (no Chromium)')
  failed += 1
  return false
}

/** Servers that tests of the integration start for themselves, with the Debian package that each comes with. */
const SERVERS = [{ binary: 'slapd', package: 'slapd' }]

function hasBinary(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
  return folders.some((folder) => existsSync(join(folder, name)))
}

/** Installed without being started: a test starts its own, in a folder of its own. */
function ensureServers() {
  const missing = SERVERS.filter(({ binary }) => !hasBinary(binary)).map((server) => server.package)
  if (missing.length === 0) return
  const install = `apt-get update && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) step(`installing ${missing.join(', ')}`, 'sh', ['-c', install])
  else console.error(`\nSome tests need ${missing.join(', ')} and will fail. Install and run again:\n  sudo sh -c '${install}'`)
}

const before = runningNow(ROOT)
if (mode !== 'e2e') {
  for (const [title, command, args] of STATIC_CHECKS) count(step(title, command, args))
  vitest('unit')
}
if (mode === 'all') {
  ensureServers()
  vitest('integration')
}
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
