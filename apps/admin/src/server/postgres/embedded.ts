import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import pg from 'pg'
import { SettingsError } from '../environment.ts'
import { findBinaries, reachableBinaries } from './binaries.ts'
import { isProcessAlive } from './data-dir-lock.ts'

const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000
const POLL_INTERVAL_MS = 25
const DATABASE_USER = 'sluice'
/** `nobody` on every Linux: owns the cluster where the control plane runs as root. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 }
const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', shared_buffers: '64MB', max_connections: '60', logging_collector: 'off' }

export interface EmbeddedPostgres {
  url: string
  /** Stops the server (fast shutdown) and waits until it is gone. */
  stop(): Promise<void>
}

type Log = (text: string) => void

interface Place {
  cluster: string
  passwordFile: string
  isRoot: boolean
  sharedFolder: string
}

function placeOf(dataDir: string): Place {
  const isRoot = process.getuid?.() === 0
  const shared = '/var/lib/sluice'
  const own = isRoot ? join(shared, createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16)) : resolve(dataDir)
  return { cluster: join(own, 'postgres'), passwordFile: join(resolve(dataDir), 'postgres.password'), isRoot, sharedFolder: shared }
}

function readPidFile(cluster: string): { pid: number; port: number } | null {
  const file = join(cluster, 'postmaster.pid')
  if (!existsSync(file)) return null
  const lines = readFileSync(file, 'utf8').split('\n')
  return { pid: Number(lines[0]), port: Number(lines[3]) }
}

/** True where the process is the PostgreSQL of this very cluster: a number in a stale file may be anybody's by now. */
function isPostgres(pid: number, cluster: string): boolean {
  if (!isProcessAlive(pid)) return false
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words[0]?.endsWith('postgres') === true && words.includes(cluster)
  } catch {
    return process.platform !== 'linux'
  }
}

function urlOf(place: Place, port: number): string {
  return `postgresql://${DATABASE_USER}:${readFileSync(place.passwordFile, 'utf8').trim()}@127.0.0.1:${port}/postgres`
}

/** Where the cluster of this data directory lies: in it, or under /var/lib where the control plane runs as root. */
export function clusterFolder(dataDir: string): string {
  return placeOf(dataDir).cluster
}

/** The PostgreSQL that runs for this data directory already, or null. */
export function runningPostgres(dataDir: string): { url: string; pid: number } | null {
  const place = placeOf(dataDir)
  const running = existsSync(place.passwordFile) ? readPidFile(place.cluster) : null
  return running !== null && isPostgres(running.pid, place.cluster) ? { url: urlOf(place, running.port), pid: running.pid } : null
}

function initialise(place: Place, binaries: string, environment: NodeJS.ProcessEnv): void {
  writeFileSync(place.passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  const forInit = `${place.cluster}.password`
  writeFileSync(forInit, readFileSync(place.passwordFile), { mode: 0o600 })
  if (place.isRoot) chownSync(forInit, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
  // It gets its name when it is complete: one that was killed in the middle is made anew.
  const unfinished = `${place.cluster}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  const args = ['-D', unfinished, '-U', DATABASE_USER, '-A', 'scram-sha-256', `--pwfile=${forInit}`, '-E', 'UTF8', '--no-locale', '--no-instructions']
  const result = spawnSync(join(binaries, 'bin/initdb'), args, { ...(place.isRoot ? UNPRIVILEGED : {}), env: environment, encoding: 'utf8' })
  rmSync(forInit, { force: true })
  if (result.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true })
    throw new Error(`PostgreSQL could not make its cluster in ${place.cluster}: ${result.stderr || result.stdout || String(result.error)}`)
  }
  rmSync(place.cluster, { recursive: true, force: true })
  renameSync(unfinished, place.cluster)
}

/**
 * A cluster without its password cannot be used. Where it lies outside the data directory, that was removed as a whole, and so was the key of
 * its secrets: it is put aside, not deleted, and a new one is made. In the data directory only the password is missing.
 */
function putAsideWithoutPassword(place: Place, log: Log): void {
  if (!existsSync(place.cluster) || existsSync(place.passwordFile)) return
  if (!place.isRoot || existsSync(join(dirname(place.passwordFile), 'secret.key')))
    throw new SettingsError(`${place.passwordFile} is missing, the password of the PostgreSQL in ${place.cluster}: restore it, or move that folder away to begin anew`)
  const aside = `${place.cluster}.left-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`
  renameSync(place.cluster, aside)
  log(`the data directory is new: the PostgreSQL data of a former one was put aside as ${aside}`)
}

function prepareFolders(place: Place): void {
  const parent = join(place.cluster, '..')
  mkdirSync(parent, { recursive: true, mode: 0o755 })
  mkdirSync(place.cluster, { recursive: true, mode: 0o700 })
  if (!place.isRoot) return
  chmodSync(place.sharedFolder, 0o755)
  chownSync(parent, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
  chownSync(place.cluster, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
}

/** The key that seals secrets and the first password are no business of the database's process, where any local operator of it could read them. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('SLUICE_') && name !== 'DATABASE_URL')) as NodeJS.ProcessEnv
}

function freePort(): Promise<number> {
  return new Promise((found, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => found(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function untilReady(url: string, isAlive: () => boolean, logFile: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    const isReady = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end().catch(() => {})
    if (isReady) return
    if (!isAlive()) break
    await new Promise((next) => setTimeout(next, POLL_INTERVAL_MS))
  }
  throw new Error(`PostgreSQL did not become ready; its last words are in ${logFile}:\n${readFileSync(logFile, 'utf8').split('\n').slice(-8).join('\n')}`)
}

function stopper(place: Place, pid: number): () => Promise<void> {
  return async () => {
    // SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, everything committed is written.
    if (isPostgres(pid, place.cluster)) process.kill(pid, 'SIGINT')
    const deadline = performance.now() + STOP_TIMEOUT_MS
    while (performance.now() < deadline && isPostgres(pid, place.cluster) && readPidFile(place.cluster)?.pid === pid)
      await new Promise((next) => setTimeout(next, POLL_INTERVAL_MS))
  }
}

/**
 * Starts the PostgreSQL of this data directory on a free loopback port, with a password, in a process group of its own. One that
 * survived a killed control plane is adopted; a pid file whose process is gone or a zombie is removed.
 */
export async function startPostgres(options: { dataDir: string; log: Log }): Promise<EmbeddedPostgres> {
  const place = placeOf(options.dataDir)
  const running = readPidFile(place.cluster)
  if (running !== null && isPostgres(running.pid, place.cluster) && existsSync(place.passwordFile)) {
    const url = urlOf(place, running.port)
    await untilReady(url, () => isPostgres(running.pid, place.cluster), `${place.cluster}.log`)
    options.log('adopted the PostgreSQL that was still running')
    return { url, stop: stopper(place, running.pid) }
  }
  if (running !== null) rmSync(join(place.cluster, 'postmaster.pid'), { force: true })
  putAsideWithoutPassword(place, options.log)
  prepareFolders(place)
  const found = findBinaries()
  const binaries = place.isRoot ? reachableBinaries(found, place.sharedFolder) : found.folder
  const environment = { ...withoutOurs(process.env), LC_ALL: 'C', LD_LIBRARY_PATH: join(binaries, 'lib') }
  if (!existsSync(join(place.cluster, 'PG_VERSION'))) initialise(place, binaries, environment)
  if (place.isRoot) options.log(`running as root: PostgreSQL runs as uid ${UNPRIVILEGED.uid} with its data in ${place.cluster}`)
  const port = await freePort()
  const logFile = `${place.cluster}.log`
  const logHandle = openSync(logFile, 'a', 0o600)
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(binaries, 'bin/postgres'), ['-D', place.cluster, '-p', String(port), ...settings], {
    ...(place.isRoot ? UNPRIVILEGED : {}),
    cwd: place.cluster,
    env: environment,
    stdio: ['ignore', logHandle, logHandle],
    detached: true,
  })
  // It must not keep the control plane's process from ending; stop() ends it.
  server.unref()
  const pid = server.pid
  if (pid === undefined) throw new Error(`PostgreSQL could not be started from ${binaries}`)
  const url = urlOf(place, port)
  await untilReady(url, () => server.exitCode === null && server.signalCode === null, logFile)
  return { url, stop: stopper(place, pid) }
}
