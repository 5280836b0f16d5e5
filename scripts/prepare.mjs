// Runs on Node.js 20, before anything is installed: plain JavaScript, no dependency.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')
const ADMIN = join(ROOT, 'apps', 'admin')
const BIN = join(ROOT, 'node_modules', '.bin')
const STAMPS = join(ROOT, 'node_modules', '.sluice')
/** Outside node_modules, which `npm ci` removes. */
const LOCK = join(ROOT, '.sluice-prepare')
const QUIET = { NEXT_TELEMETRY_DISABLED: '1', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }
/** A step that says nothing for longer than this looks hung. */
const REMINDER_MS = 15_000
const LOCK_POLL_MS = 500
/** No part of the dashboard's build, or made by it. */
const NOT_BUILT = new Set(['node_modules', '.next', '.turbo', 'generated', 'server', 'cli', 'next-env.d.ts'])
const started = Date.now()

/** Environment of everything that is started: binaries of the lockfile first, and what Node.js made of the sources is kept for the next start. */
export function childEnvironment(extra = {}) {
  return { NODE_COMPILE_CACHE: join(STAMPS, 'compiled'), ...process.env, ...QUIET, PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`, ...extra }
}

function say(text) {
  const seconds = ((Date.now() - started) / 1000).toFixed(0).padStart(3)
  console.log(`[${seconds} s] ${text}`)
}

/** What stops a preparation, in a sentence for the person who started it. */
class PreparationError extends Error {}

function filesUnder(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !NOT_BUILT.has(entry.name) && !/\.test\.tsx?$|\.tsbuildinfo$/.test(entry.name))
    .flatMap((entry) => filesUnder(join(path, entry.name)))
    .sort()
}

function hashOf(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesUnder(join(ROOT, path)))) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

let running = null

/** Runs a command to its end, with a line now and then so that nobody thinks it hangs. What it writes is kept for the case that it fails. */
function run(title, { command, args, env }) {
  say(title)
  const begun = Date.now()
  const reminder = setInterval(() => say(`… still ${title.replace(/ \(.*/, '')} (${Math.round((Date.now() - begun) / 1000)} s)`), REMINDER_MS)
  return new Promise((resolve, reject) => {
    const output = []
    running = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment(env) })
    for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk) => output.push(chunk))
    running.on('error', (error) => output.push(Buffer.from(error.message)))
    running.on('close', (code) => {
      clearInterval(reminder)
      running = null
      if (code === 0) return resolve()
      reject(new PreparationError(`${Buffer.concat(output).toString().trimEnd()}\n\nfailed: ${[command, ...args].join(' ')}`))
    })
  })
}

/** The Node.js 24 of the lockfile; where npm has none for the platform (macOS), the one on the PATH. Never the caller's own by chance. */
export function nodeBinary() {
  const locked = join(BIN, process.platform === 'win32' ? 'node.cmd' : 'node')
  if (existsSync(locked)) return locked
  const version = spawnSync('node', ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? ''
  if (Number(version.slice(1).split('.')[0]) >= 24) return 'node'
  throw new PreparationError(
    `Sluice runs on Node.js 24, which npm does not carry for ${process.platform}-${process.arch}. Install Node.js 24 and start again (found ${version || 'none'}).`,
  )
}

/** npm writes this list when it has finished; a checkout that was installed by hand counts too. */
function hasLockedPackages() {
  const list = join(ROOT, 'node_modules', '.package-lock.json')
  if (!existsSync(list)) return false
  const installed = JSON.parse(readFileSync(list, 'utf8')).packages
  const locked = Object.entries(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages)
  return locked.every(([path, entry]) => !path.includes('node_modules/') || entry.optional || installed[path]?.version === entry.version)
}

/** What has to be there before a command can run, in this order. A step runs where its result is absent or its inputs have changed. */
const STEPS = {
  packages: {
    isMade: hasLockedPackages,
    title: 'installing packages (a minute or two the first time)',
    // With NODE_ENV=production in the caller's environment npm would leave the tools out.
    make: () => ({ command: 'npm', args: ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], env: { NODE_ENV: '' } }),
  },
  client: {
    inputs: ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json'],
    result: join(ADMIN, 'src', 'generated', 'prisma', 'client.ts'),
    title: 'generating the database client',
    // Generating needs no schema engine; any executable keeps the CLI from looking for one.
    make: () => ({ command: join(BIN, 'prisma'), args: ['generate'], env: { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' } }),
  },
  dashboard: {
    inputs: ['apps/admin', 'packages', 'package-lock.json', 'tsconfig.base.json'],
    result: join(ADMIN, '.next', 'BUILD_ID'),
    title: 'building the dashboard (a minute or two)',
    make: () => ({ command: join(BIN, 'turbo'), args: ['run', 'build', '--filter=@sluice/admin'], env: { NODE_ENV: 'production' } }),
  },
}

async function ensure(name) {
  const { isMade, inputs, result, title, make } = STEPS[name]
  if (isMade !== undefined) {
    if (!isMade()) await run(title, make())
    return
  }
  const stampFile = join(STAMPS, name)
  const hash = hashOf(inputs)
  if (existsSync(result) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return
  // A step that is broken off must run again, whatever it left behind.
  rmSync(stampFile, { force: true })
  await run(title, make())
  mkdirSync(STAMPS, { recursive: true })
  writeFileSync(stampFile, hash)
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Two starts at once in one checkout prepare it one after the other; the second then finds everything done. */
async function takeLock() {
  for (let isTold = false; ; ) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const owner = existsSync(LOCK) ? Number(readFileSync(LOCK, 'utf8')) : 0
    if (owner > 0 && isAlive(owner)) {
      if (!isTold) say(`waiting: process ${owner} is preparing this checkout`)
      isTold = true
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
    } else if (owner > 0 || Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? 0) > LOCK_POLL_MS) {
      rmSync(LOCK, { force: true })
    }
  }
}

/** Brings the checkout up to what a command needs: some of `packages`, `client`, `dashboard`. Ends the process with a message where it cannot. */
export async function prepare(needs) {
  const giveUp = (signal) => {
    running?.kill(signal)
    rmSync(LOCK, { force: true })
    process.exit(130)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  await takeLock()
  for (const signal of signals) process.on(signal, giveUp)
  try {
    for (const name of needs) await ensure(name)
  } catch (error) {
    console.error(error instanceof PreparationError ? error.message : error)
    process.exitCode = 1
  } finally {
    rmSync(LOCK, { force: true })
    for (const signal of signals) process.off(signal, giveUp)
  }
  if (process.exitCode === 1) process.exit()
}
