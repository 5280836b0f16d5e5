// Measures what Sluice promises of configuration changes, on a machine that does nothing else: from commit to applied by two nodes, and
// how soon a killed node serves its last good configuration. Prints the figures; fails where one misses its mark.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const MEASURED = ['publish-latency', 'static-stability'].map((name) => `test/integration/${name}.test.ts`)

const { status } = spawnSync('vitest', ['run', '--project', 'integration', ...MEASURED], { cwd: ROOT, stdio: 'inherit' })
process.exitCode = status ?? 1
