// Debian packages that the tests drive. Installed where this process may (root on Debian); otherwise the command to run is printed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const BINARIES = { chromium: '/usr/bin/chromium' }

export function installSystemPackages(names) {
  const missing = names.filter((name) => !existsSync(BINARIES[name]))
  if (missing.length === 0) return
  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(`The tests need ${missing.join(', ')}. On Debian: sudo sh -c '${command}'`)
    process.exit(1)
  }
  console.log(`installing ${missing.join(', ')}`)
  const { status } = spawnSync('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  if (status !== 0) {
    console.error(`could not install ${missing.join(', ')}: run ${command}`)
    process.exit(1)
  }
}
