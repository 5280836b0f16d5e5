// Measures, on a machine that does nothing else. `configuration`: from commit to applied by two nodes, and how soon a killed node serves its
// last good configuration; fails where one misses its mark. `peers`: CPU per request of a node beside other proxies; writes docs/benchmarks.md.
// Without a word both run; `--quick` alone is two minutes of peers, and only prints.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const MEASURED = ['publish-latency', 'static-stability'].map((name) => `test/integration/${name}.test.ts`)
const PARTS = {
  configuration: () => ['vitest', ['run', '--project', 'integration', ...MEASURED]],
  peers: (flags) => [process.execPath, ['--disable-warning=ExperimentalWarning', 'test/bench/peers.ts', ...flags]],
}

const words = process.argv.slice(2)
const flags = words.filter((word) => word.startsWith('-'))
const named = words.filter((word) => !word.startsWith('-'))
const unknown = named.find((word) => !Object.hasOwn(PARTS, word))
if (unknown !== undefined) {
  console.error(`unknown part ${unknown}; there are: ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}
const chosen = named.length > 0 ? named : flags.includes('--quick') ? ['peers'] : Object.keys(PARTS)
for (const part of chosen) {
  const [command, args] = PARTS[part](flags)
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) process.exitCode = status ?? 1
}
