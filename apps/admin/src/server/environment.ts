import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Settings of the control plane, read once at start. */
export interface Settings {
  dataDir: string
  databaseUrl: string | null
  listen: { host: string; port: number }
  publicUrl: string | null
  /** As given; null: the file in the data directory, made at the first start. */
  secretKey: string | null
  bootstrap: { email: string; password: string } | null
  logLevel: string
  dashboard: boolean
  /** Plugins of the user; null where there are none. */
  pluginsDir: string | null
}

/** What is wrong with the settings, for the person who starts the control plane. */
export class SettingsError extends Error {}

const OWN = [
  'SLUICE_DATA_DIR',
  'SLUICE_ADMIN_LISTEN',
  'SLUICE_PUBLIC_URL',
  'SLUICE_SECRET_KEY',
  'SLUICE_BOOTSTRAP_EMAIL',
  'SLUICE_BOOTSTRAP_PASSWORD',
  'SLUICE_LOG_LEVEL',
  'SLUICE_DASHBOARD',
  'SLUICE_PLUGINS_DIR',
] as const
type Name = (typeof OWN)[number] | 'DATABASE_URL'

/** Names that nodes and the launcher read; the control plane leaves them alone. */
const OTHERS = new Set([
  'SLUICE_CONTROL_PLANE',
  'SLUICE_JOIN_TOKEN',
  'SLUICE_NODE_NAME',
  'SLUICE_WORKERS',
  'SLUICE_PROXY_LISTEN',
  'SLUICE_PROXY_TLS_LISTEN',
  'SLUICE_STATUS_LISTEN',
  'SLUICE_STANDALONE',
  'SLUICE_CONFIG',
  'SLUICE_H2C',
  'SLUICE_ACCESS_LOG',
  'SLUICE_TRUSTED_IPS',
  'SLUICE_REAL_IP_HEADER',
  'SLUICE_REAL_IP_RECURSIVE',
  'SLUICE_ALLOW_DEBUG_HEADER',
  'SLUICE_REDIS_URL',
  'SLUICE_ALLOW_PRIVATE_UPSTREAMS',
  'SLUICE_UPSTREAM_ALLOW',
  'SLUICE_STATUS_TOKEN',
  'SLUICE_COUNTER_SLOTS',
  'SLUICE_SHED_HEAP_PERCENT',
  'SLUICE_SHED_LOOP_LAG_MS',
  'SLUICE_SHARED_READS',
  'SLUICE_DIRECT_IO',
  'SLUICE_PORT_OFFSET',
])

/** Limits of nodes; only a node knows them all. */
const LIMIT_OF_NODE = /^SLUICE_LIMIT_/

/** Where `npm start` keeps its control plane's part of the data directory. */
const FOLDER_OF_START = 'control-plane'

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']
const KEY_LENGTH_MIN = 32

const flagOf = (name: Name) => `--${name.replace('SLUICE_', '').toLowerCase().replaceAll('_', '-')}`

/** Reads `--name value` and `--name=value`; answers what is left over. */
export function readFlags(args: readonly string[]): { flags: Map<Name, string>; rest: string[] } {
  const names: Name[] = [...OWN, 'DATABASE_URL']
  const flags = new Map<Name, string>()
  const rest: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const [flag, inline] = (args[index] ?? '').split(/=(.*)/s)
    const name = names.find((candidate) => flagOf(candidate) === flag)
    if (name === undefined) {
      rest.push(args[index] ?? '')
      continue
    }
    const value = inline ?? args[index + 1]
    if (inline === undefined) index += 1
    if (value === undefined) throw new SettingsError(`${flag} needs a value`)
    flags.set(name, value)
  }
  return { flags, rest }
}

function readListen(text: string): { host: string; port: number } {
  const parts = /^(\[[0-9a-f:.]+\]|[^:]+):(\d{1,5})$/i.exec(text)
  if (parts === null || Number(parts[2]) > 65_535) throw new SettingsError(`SLUICE_ADMIN_LISTEN must be address:port such as 127.0.0.1:3000, not "${text}"`)
  return { host: String(parts[1]).replace(/^\[|\]$/g, ''), port: Number(parts[2]) }
}

function readBootstrap(email: string | null, password: string | null): Settings['bootstrap'] {
  if (email === null && password === null) return null
  if (email === null || password === null) throw new SettingsError('SLUICE_BOOTSTRAP_EMAIL and SLUICE_BOOTSTRAP_PASSWORD come together')
  return { email, password }
}

/**
 * A directory that `npm start` has filled holds the control plane's part in a folder of its own: a command that is given the directory as a
 * whole means that part.
 */
function controlPlaneFolder(dataDir: string): string {
  const part = join(dataDir, FOLDER_OF_START)
  return existsSync(part) && !['secret.key', 'postgres.password'].some((file) => existsSync(join(dataDir, file))) ? part : dataDir
}

/** Reads environment and flags; throws SettingsError with a sentence that says what to write. */
export function readSettings(env: NodeJS.ProcessEnv, flags: ReadonlyMap<Name, string>): Settings {
  for (const name of Object.keys(env)) {
    const plain = name.replace(/_FILE$/, '')
    if (!name.startsWith('SLUICE_') || (OWN as readonly string[]).includes(plain) || OTHERS.has(plain) || LIMIT_OF_NODE.test(plain)) continue
    throw new SettingsError(`${name} is not a setting of Sluice; there are: ${OWN.join(', ')}`)
  }
  const text = (name: Name): string | null => {
    const file = env[`${name}_FILE`]
    const value = flags.get(name) ?? env[name] ?? (file === undefined ? undefined : readFileSync(file, 'utf8').trim())
    return value === undefined || value === '' ? null : value
  }
  const publicUrl = text('SLUICE_PUBLIC_URL')
  if (publicUrl !== null && !/^https?:\/\//.test(publicUrl)) throw new SettingsError(`SLUICE_PUBLIC_URL must start with http:// or https://, not "${publicUrl}"`)
  const secretKey = text('SLUICE_SECRET_KEY')
  if (secretKey !== null && secretKey.length < KEY_LENGTH_MIN) throw new SettingsError(`SLUICE_SECRET_KEY must have at least ${KEY_LENGTH_MIN} characters`)
  const logLevel = text('SLUICE_LOG_LEVEL') ?? 'info'
  if (!LEVELS.includes(logLevel)) throw new SettingsError(`SLUICE_LOG_LEVEL must be one of ${LEVELS.join(', ')}, not "${logLevel}"`)
  const pluginsDir = text('SLUICE_PLUGINS_DIR')
  const dashboard = text('SLUICE_DASHBOARD') ?? 'on'
  if (!['on', 'off'].includes(dashboard)) throw new SettingsError(`SLUICE_DASHBOARD must be on or off, not "${dashboard}"`)
  return {
    dataDir: controlPlaneFolder(resolve(text('SLUICE_DATA_DIR') ?? 'data')),
    databaseUrl: text('DATABASE_URL'),
    listen: readListen(text('SLUICE_ADMIN_LISTEN') ?? '127.0.0.1:3000'),
    publicUrl: publicUrl === null ? null : publicUrl.replace(/\/+$/, ''),
    secretKey,
    bootstrap: readBootstrap(text('SLUICE_BOOTSTRAP_EMAIL'), text('SLUICE_BOOTSTRAP_PASSWORD')),
    logLevel,
    dashboard: dashboard === 'on',
    pluginsDir: pluginsDir === null ? null : resolve(pluginsDir),
  }
}

/**
 * The key that seals secrets: as given, or that of the file. A new one is made only where `mayMake`: a database that has a key already
 * must not get a second one.
 */
export function loadSecretKey(settings: Settings, mayMake: boolean): string | null {
  if (settings.secretKey !== null) return settings.secretKey
  const file = join(settings.dataDir, 'secret.key')
  if (!existsSync(file)) {
    if (!mayMake) return null
    mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  }
  return readFileSync(file, 'utf8').trim()
}
