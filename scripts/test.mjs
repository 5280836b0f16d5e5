// Runs the suite on Node.js 24: `all` (default) or `check`. Ends with one line `N passed, N failed[, N skipped]`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const mode = process.argv[2] ?? 'all'
const failures = []
let passed = 0
let failed = 0
let skipped = 0

function step(title, command, args) {
  console.log(`\n== ${title}`)
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) failures.push(title)
  return status === 0
}

function vitest(project) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tests-'))
  const report = join(folder, `${project}.json`)
  step(`tests: ${project}`, 'vitest', ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'))
    passed += result.numPassedTests
    failed += result.numFailedTests
    skipped += result.numPendingTests + result.numTodoTests
    // A file that cannot even be loaded has no failed test of its own.
    failed += result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
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
]

function staticChecks() {
  for (const [title, command, args] of STATIC_CHECKS) {
    if (step(title, command, args)) passed += 1
    else failed += 1
  }
}

staticChecks()
vitest('unit')
if (mode === 'all') vitest('integration')

if (failures.length > 0) console.error(`\nfailed: ${failures.join(', ')}`)
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 || failures.length > 0 ? 1 : 0
