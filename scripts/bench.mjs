// Measures, on a machine that does nothing else. `configuration`: from commit to applied by two nodes, and how soon a killed node serves its
// last good configuration; fails where one misses its mark. `peers`: a node beside other proxies, and what is inside of it; writes
// docs/benchmarks.md. Without a word both run. `--quick` alone is two minutes of peers, and only prints; `--only get-1k,memory` are these parts
// of peers, and `--write` puts what was measured into the document in place of what is there. `--list` names them.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const MEASURED = ['publish-latency', 'static-stability'].map((name) => `test/integration/${name}.test.ts`)
const PARTS = {
  configuration: () => ['vitest', ['run', '--project', 'integration', ...MEASURED]],
  peers: (flags) => [process.execPath, ['--disable-warning=ExperimentalWarning', 'test/bench/peers.ts', ...flags]],
}
/** Those that only `peers` takes, and that are not for the whole. */
const OF_PEERS = ['--quick', '--only', '--list', '--write', '--install']

const words = process.argv.slice(2)
const isFlag = (word, index) => word.startsWith('-') || words[index - 1] === '--only'
const flags = words.filter(isFlag)
const named = words.filter((word, index) => !isFlag(word, index))
const unknown = named.find((word) => !Object.hasOwn(PARTS, word))
if (unknown !== undefined) {
  console.error(`unknown part ${unknown}; there are: ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}
const isForPeers = flags.some((flag) => OF_PEERS.includes(flag.split('=')[0]))
const chosen = named.length > 0 ? named : isForPeers ? ['peers'] : Object.keys(PARTS)
for (const part of chosen) {
  const [command, args] = PARTS[part](flags)
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) process.exitCode = status ?? 1
}
