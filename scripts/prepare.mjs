// Runs on Node.js 20, before anything is installed: plain JavaScript, no dependency.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')
const STAMPS = join(ROOT, 'node_modules', '.sluice')
const QUIET = { NEXT_TELEMETRY_DISABLED: '1', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }
const BIN = join(ROOT, 'node_modules', '.bin')
const started = Date.now()

/** Environment of everything that is started: binaries of the lockfile first. */
export function childEnvironment(extra = {}) {
  return { ...process.env, ...QUIET, PATH: `${BIN}:${process.env.PATH ?? ''}`, ...extra }
}

export function say(text) {
  const seconds = ((Date.now() - started) / 1000).toFixed(0).padStart(3)
  console.log(`[${seconds} s] ${text}`)
}

function fail(text) {
  console.error(text)
  process.exit(1)
}

function filesUnder(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !['node_modules', '.next', '.turbo', 'generated'].includes(entry.name) && !entry.name.endsWith('.test.ts'))
    .flatMap((entry) => filesUnder(join(path, entry.name)))
    .sort()
}

function hashOf(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesUnder(join(ROOT, path)))) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** True where the stamp `name` does not say `hash`: the step has to run. */
function isStale(name, hash) {
  const file = join(STAMPS, name)
  return !existsSync(file) || readFileSync(file, 'utf8') !== hash
}

function stamp(name, hash) {
  mkdirSync(STAMPS, { recursive: true })
  writeFileSync(join(STAMPS, name), hash)
}

function run(command, args, extra = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: childEnvironment(extra) })
  if (result.status !== 0) fail(`failed: ${command} ${args.join(' ')}${result.error ? ` (${result.error.message})` : ''}`)
}

/** The Node.js 24 of the lockfile; where npm has none for the platform (macOS), the one on the PATH. Never the caller's own by chance. */
export function nodeBinary() {
  const locked = join(BIN, process.platform === 'win32' ? 'node.cmd' : 'node')
  if (existsSync(locked)) return locked
  const version = spawnSync('node', ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? ''
  if (Number(version.slice(1).split('.')[0]) >= 24) return 'node'
  return fail(`Sluice runs on Node.js 24, which npm does not carry for ${process.platform}-${process.arch}. Install Node.js 24 and start again (found ${version || 'none'}).`)
}

function install() {
  const hash = hashOf(['package-lock.json'])
  if (existsSync(join(ROOT, 'node_modules', '.package-lock.json')) && !isStale('install', hash)) return
  say('installing packages (a minute or two the first time)')
  run('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], { NODE_ENV: '' })
  stamp('install', hash)
  say('packages installed')
}

function generate() {
  const hash = hashOf(['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json'])
  if (existsSync(join(ROOT, 'apps/admin/src/generated/prisma')) && !isStale('generate', hash)) return
  say('generating the database client')
  // Generating needs no schema engine; any executable keeps the CLI from looking for one.
  run(join(BIN, 'prisma'), ['generate'], { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' })
  stamp('generate', hash)
}

/** Brings the checkout up to what a command needs; each step runs only where its inputs changed. */
export function prepare() {
  install()
  if (existsSync(join(ROOT, 'prisma/schema.prisma'))) generate()
}
