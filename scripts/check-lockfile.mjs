// A registry that lags behind leaves other platforms' binary packages out of the lock, and `npm ci` then fails there. Every optional dependency must be locked.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').pop()))
const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !locked.has(name))
    .map((name) => `${path}: ${name}`),
)
const remote = Object.entries(packages).filter(([, entry]) => /^https?:/.test(entry.resolved ?? ''))
for (const line of missing) console.error(`not locked: ${line}. Pin an older version whose packages are complete, delete node_modules and the lock, and install again.`)
for (const [path] of remote) console.error(`names a registry: ${path}. Set omit-lockfile-registry-resolved.`)
process.exitCode = missing.length + remote.length > 0 ? 1 : 0
