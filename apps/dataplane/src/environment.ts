import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { availableParallelism, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { LIMIT_ROWS, type LimitRow, type NodeLimits, readLimits } from './limits.ts'
import { SHED_HEAP_PERCENT_DEFAULT, SHED_LOOP_LAG_MS_DEFAULT } from './listener/overload-guard.ts'

/** Settings of a node, read once at start. */
export interface NodeSettings {
  name: string
  dataDir: string
  workers: number
  proxyListen: Address
  tlsListen: Address | null
  statusListen: Address
  configFile: string | null
  /** Plugins of the user; null where there are none. */
  pluginsDir: string | null
  /** Where the configuration comes from; null for a standalone node. */
  controlPlane: ControlPlaneSettings | null
  accessLog: string
  logLevel: string
  trustedIps: string[]
  realIpHeader: string
  realIpRecursive: boolean
  allowPrivateUpstreams: boolean
  upstreamAllow: string[]
  statusToken: string | null
  counterSlots: number
  /** Share of the heap limit from which on requests are shed, in percent. */
  shedHeapPercent: number
  /** Lag of a worker's event loop from which on requests are shed, in milliseconds; 0: never. */
  shedLoopLagMs: number
  /** Clients may speak HTTP/2 on the plain address, where they know that they may. */
  takesH2c: boolean
  limits: NodeLimits
  /** Connections of clients are read into memory that a worker's connections share, where this Node.js can. */
  sharesReads: boolean
  /** Plain connections are read and written past the streams of Node.js, where that was found to work. */
  passesStreams: boolean
}

export interface ControlPlaneSettings {
  /** The hub's address with its path. */
  url: string
  /** Null where none was given; a node that has joined needs none. */
  joinToken: string | null
}

export interface Address {
  host: string
  port: number
}

/** What is wrong with the environment, for the person who starts the node. */
export class SettingsError extends Error {}

/** Names that the control plane reads; a node leaves them alone. */
const OTHERS = ['SLUICE_ADMIN_LISTEN', 'SLUICE_PUBLIC_URL', 'SLUICE_SECRET_KEY', 'SLUICE_BOOTSTRAP_EMAIL', 'SLUICE_BOOTSTRAP_PASSWORD', 'SLUICE_DASHBOARD', 'SLUICE_PORT_OFFSET']
const OWN = [
  'SLUICE_CONTROL_PLANE',
  'SLUICE_JOIN_TOKEN',
  'SLUICE_NODE_NAME',
  'SLUICE_DATA_DIR',
  'SLUICE_WORKERS',
  'SLUICE_PROXY_LISTEN',
  'SLUICE_PROXY_TLS_LISTEN',
  'SLUICE_STATUS_LISTEN',
  'SLUICE_STANDALONE',
  'SLUICE_SHED_HEAP_PERCENT',
  'SLUICE_SHED_LOOP_LAG_MS',
  'SLUICE_H2C',
  'SLUICE_SHARED_READS',
  'SLUICE_DIRECT_IO',
  'SLUICE_ACCESS_LOG',
  'SLUICE_LOG_LEVEL',
  'SLUICE_TRUSTED_IPS',
  'SLUICE_REAL_IP_HEADER',
  'SLUICE_REAL_IP_RECURSIVE',
  'SLUICE_ALLOW_PRIVATE_UPSTREAMS',
  'SLUICE_UPSTREAM_ALLOW',
  'SLUICE_STATUS_TOKEN',
  'SLUICE_COUNTER_SLOTS',
  'SLUICE_CONFIG',
  'SLUICE_PLUGINS_DIR',
] as const
type Name = (typeof OWN)[number] | LimitRow['name']
const LIMITS: readonly Name[] = LIMIT_ROWS.map(({ name }) => name)

/** Settings that this version does not act on: their default may be written down, anything else is refused, so that nobody believes that it does something. */
const NOT_YET = ['SLUICE_ALLOW_DEBUG_HEADER', 'SLUICE_REDIS_URL']
const OFF = ['', 'off', 'false', '0', 'no']
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
/** Path of the hub below the address of the control plane. */
const HUB_PATH = '/v1/nodes/connect'

const flagOf = (name: Name) => (name === 'SLUICE_CONFIG' ? '--config' : `--${name.slice('SLUICE_'.length).toLowerCase().replaceAll('_', '-')}`)

function readFlags(args: readonly string[]): Map<Name, string> {
  const flags = new Map<Name, string>()
  for (let index = 0; index < args.length; index += 1) {
    const [flag, inline] = (args[index] ?? '').split(/=(.*)/s)
    const name = [...OWN, ...LIMITS].find((candidate) => flagOf(candidate) === flag)
    if (name === undefined) throw new SettingsError(`unknown option ${args[index]}; there are: ${OWN.map(flagOf).join(', ')}, and those of the limits in docs/node.md`)
    const value = inline ?? args[index + 1]
    if (inline === undefined) index += 1
    if (value === undefined) throw new SettingsError(`${flag} needs a value`)
    flags.set(name, value)
  }
  return flags
}

function refuseUnknown(env: NodeJS.ProcessEnv): void {
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith('SLUICE_')) continue
    const plain = name.replace(/_FILE$/, '')
    if (NOT_YET.includes(plain)) {
      if (name === plain && OFF.includes(value.toLowerCase())) continue
      throw new SettingsError(`${name} is not supported by this version of the node; unset it`)
    }
    if ([...OWN, ...OTHERS, ...LIMITS].includes(plain as Name)) continue
    const known = name.startsWith('SLUICE_LIMIT_') ? LIMITS : OWN
    throw new SettingsError(`${name} is not a setting of Sluice; there are: ${known.join(', ')}`)
  }
}

class Reader {
  readonly #env: NodeJS.ProcessEnv
  readonly #flags: Map<Name, string>

  constructor(env: NodeJS.ProcessEnv, flags: Map<Name, string>) {
    this.#env = env
    this.#flags = flags
  }

  text(name: Name): string | null {
    const value = this.#flags.get(name) ?? this.#env[name] ?? this.#fromFile(name)
    return value === undefined || value === '' ? null : value
  }

  #fromFile(name: Name): string | undefined {
    const file = this.#env[`${name}_FILE`]
    if (file === undefined || file === '') return undefined
    try {
      return readFileSync(file, 'utf8').trim()
    } catch (error) {
      // A token is used once and its file removed then; a node that has joined must start again without it.
      if (name === 'SLUICE_JOIN_TOKEN' && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new SettingsError(`${name}_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`)
    }
  }

  integer(name: Name, fallback: number, range: { min: number; max: number }): number {
    const text = this.text(name)
    if (text === null) return fallback
    const value = Number(text)
    if (!Number.isInteger(value) || value < range.min || value > range.max)
      throw new SettingsError(`${name} must be a whole number from ${range.min} to ${range.max}, not "${text}"`)
    return value
  }

  limit({ name, default: fallback, min, max, unit }: LimitRow): number {
    const text = this.text(name)
    if (text === null) return fallback
    if (!/^\d{1,16}$/.test(text) || Number(text) < min || Number(text) > max)
      throw new SettingsError(`${name} must be a whole number from ${min} to ${max}${unit === 'number' ? '' : ` (${unit})`}, not "${text}"`)
    return Number(text)
  }

  flag(name: Name, fallback: boolean): boolean {
    const text = this.text(name)?.toLowerCase()
    if (text === undefined) return fallback
    if (['on', 'true', '1', 'yes'].includes(text)) return true
    if (['off', 'false', '0', 'no'].includes(text)) return false
    throw new SettingsError(`${name} must be on or off, not "${text}"`)
  }

  oneOf(name: Name, allowed: readonly string[], fallback: string): string {
    const text = this.text(name) ?? fallback
    if (!allowed.includes(text)) throw new SettingsError(`${name} must be one of ${allowed.join(', ')}, not "${text}"`)
    return text
  }

  address(name: Name, fallback: string): Address | null {
    const text = this.text(name) ?? fallback
    if (text === 'off') return null
    const parts = /^(\[[0-9a-f:.]+\]|[^:]+):(\d{1,5})$/i.exec(text)
    if (parts === null || Number(parts[2]) > 65_535) throw new SettingsError(`${name} must be address:port such as 127.0.0.1:8100, not "${text}"`)
    return { host: (parts[1] as string).replace(/^\[|\]$/g, ''), port: Number(parts[2]) }
  }

  list(name: Name): string[] {
    const entries = (this.text(name) ?? '').split(',').map((entry) => entry.trim())
    const wanted = entries.filter((entry) => entry !== '')
    for (const entry of wanted) toBlockList([entry], name)
    return wanted
  }
}

/** A list of addresses and CIDRs as Node.js checks it. */
export function toBlockList(entries: readonly string[], name = 'list'): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const version = isIP(address)
    const width = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits)
    if (version === 0 || !Number.isInteger(width) || width < 0 || width > (version === 6 ? 128 : 32)) throw new SettingsError(`${name}: "${entry}" is not an address or CIDR`)
    list.addSubnet(address, width, version === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

/** The hub's address: what was given, with the hub's path where it is not there yet. */
function hubUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !['ws:', 'wss:'].includes(url.protocol) || url.search !== '' || url.hash !== '')
    throw new SettingsError(`SLUICE_CONTROL_PLANE must be ws://host:port, or wss://host where TLS is in front of it, not "${text}"`)
  if (url.username !== '' || url.password !== '') throw new SettingsError('SLUICE_CONTROL_PLANE has no user or password in it: give the token as SLUICE_JOIN_TOKEN')
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = path.endsWith(HUB_PATH) ? path : `${path}${HUB_PATH}`
  return url.href
}

function readPluginsDir(reader: Reader): string | null {
  const directory = reader.text('SLUICE_PLUGINS_DIR')
  return directory === null ? null : resolve(directory)
}

/** Exactly one source of configuration: the control plane, or a file and POST /config. */
function readSource(reader: Reader): Pick<NodeSettings, 'configFile' | 'controlPlane'> {
  const configFile = reader.text('SLUICE_CONFIG')
  const isStandalone = configFile !== null || reader.flag('SLUICE_STANDALONE', false)
  const url = reader.text('SLUICE_CONTROL_PLANE')
  const joinToken = reader.text('SLUICE_JOIN_TOKEN')
  if (url !== null && isStandalone) throw new SettingsError('a node has one source of configuration: unset SLUICE_CONTROL_PLANE, or --config and SLUICE_STANDALONE')
  if (url === null && joinToken !== null) throw new SettingsError('SLUICE_JOIN_TOKEN is for a control plane: set SLUICE_CONTROL_PLANE=ws://host:port too')
  if (joinToken !== null && !/^[\x21-\x7e]{16,512}$/.test(joinToken))
    throw new SettingsError('SLUICE_JOIN_TOKEN is not a join token: copy the whole of what the dashboard shows (Nodes, Join a node)')
  if (url !== null) return { configFile: null, controlPlane: { url: hubUrl(url), joinToken } }
  if (!isStandalone)
    throw new SettingsError(
      'where does the configuration come from? Set SLUICE_CONTROL_PLANE=ws://host:port and SLUICE_JOIN_TOKEN (dashboard: Nodes, Join a node), or give --config gateway.yaml, or SLUICE_STANDALONE=1 and POST /config',
    )
  return { configFile: configFile === null ? null : resolve(configFile), controlPlane: null }
}

/** Reads environment and flags; throws SettingsError with a sentence that says what to write. */
export function readSettings(env: NodeJS.ProcessEnv, args: readonly string[]): NodeSettings {
  refuseUnknown(env)
  const reader = new Reader(env, readFlags(args))
  const name = reader.text('SLUICE_NODE_NAME') ?? hostname()
  if (!/^[\w.-]{1,128}$/.test(name)) throw new SettingsError(`SLUICE_NODE_NAME may have letters, digits and . - _ only, at most 128, not "${name}"`)
  const status = reader.address('SLUICE_STATUS_LISTEN', '127.0.0.1:8100')
  const proxy = reader.address('SLUICE_PROXY_LISTEN', '0.0.0.0:8000')
  if (status === null || proxy === null) throw new SettingsError('SLUICE_STATUS_LISTEN and SLUICE_PROXY_LISTEN cannot be off')
  return {
    name,
    dataDir: resolve(reader.text('SLUICE_DATA_DIR') ?? join('data', name)),
    workers: reader.integer('SLUICE_WORKERS', availableParallelism(), { min: 1, max: 256 }),
    proxyListen: proxy,
    tlsListen: reader.address('SLUICE_PROXY_TLS_LISTEN', '0.0.0.0:8443'),
    statusListen: status,
    ...readSource(reader),
    pluginsDir: readPluginsDir(reader),
    accessLog: reader.text('SLUICE_ACCESS_LOG') ?? 'off',
    logLevel: reader.oneOf('SLUICE_LOG_LEVEL', LOG_LEVELS, 'info'),
    trustedIps: reader.list('SLUICE_TRUSTED_IPS'),
    realIpHeader: reader.text('SLUICE_REAL_IP_HEADER') ?? 'X-Real-IP',
    realIpRecursive: reader.flag('SLUICE_REAL_IP_RECURSIVE', false),
    allowPrivateUpstreams: reader.flag('SLUICE_ALLOW_PRIVATE_UPSTREAMS', true),
    upstreamAllow: reader.list('SLUICE_UPSTREAM_ALLOW'),
    statusToken: reader.text('SLUICE_STATUS_TOKEN'),
    shedHeapPercent: reader.integer('SLUICE_SHED_HEAP_PERCENT', SHED_HEAP_PERCENT_DEFAULT, { min: 1, max: 100 }),
    shedLoopLagMs: reader.integer('SLUICE_SHED_LOOP_LAG_MS', SHED_LOOP_LAG_MS_DEFAULT, { min: 0, max: 60_000 }),
    takesH2c: reader.flag('SLUICE_H2C', false),
    limits: readLimits((row) => reader.limit(row)),
    sharesReads: reader.flag('SLUICE_SHARED_READS', true),
    passesStreams: reader.flag('SLUICE_DIRECT_IO', true),
    counterSlots: reader.integer('SLUICE_COUNTER_SLOTS', 2 ** 20, { min: 1024, max: 2 ** 26 }),
  }
}
