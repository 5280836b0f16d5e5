import { resolve } from 'node:path'
import { readPortOffset } from './ports.ts'

export interface Options {
  demo: boolean
  demoLoad: boolean
  /** Pages reload, and what runs on changed sources is started again. */
  development: boolean
  offset: number
  dataDir: string
  /** What the caller's environment says to the control plane and to the nodes. */
  controlPlane: Record<string, string>
  node: Record<string, string>
}

/** Settings that are handed on; each process gets its own only. A secret may come as NAME_FILE. */
const HANDED_ON = {
  controlPlane: [
    'DATABASE_URL',
    'SLUICE_ADMIN_LISTEN',
    'SLUICE_PUBLIC_URL',
    'SLUICE_SECRET_KEY',
    'SLUICE_BOOTSTRAP_EMAIL',
    'SLUICE_BOOTSTRAP_PASSWORD',
    'SLUICE_LOG_LEVEL',
    'SLUICE_PLUGINS_DIR',
  ],
  node: [
    'SLUICE_WORKERS',
    'SLUICE_PLUGINS_DIR',
    'SLUICE_LOG_LEVEL',
    'SLUICE_ACCESS_LOG',
    'SLUICE_TRUSTED_IPS',
    'SLUICE_REAL_IP_HEADER',
    'SLUICE_REAL_IP_RECURSIVE',
    'SLUICE_ALLOW_PRIVATE_UPSTREAMS',
    'SLUICE_UPSTREAM_ALLOW',
    'SLUICE_STATUS_TOKEN',
    'SLUICE_COUNTER_SLOTS',
    'SLUICE_SHED_HEAP_PERCENT',
    'SLUICE_SHED_LOOP_LAG_MS',
    'SLUICE_H2C',
    'SLUICE_SHARED_READS',
    'SLUICE_DIRECT_IO',
  ],
} as const
/** Limits of nodes are handed on as they are: a node says which there are, and refuses others. */
const LIMIT_OF_NODE = /^SLUICE_LIMIT_/
const OWN = ['SLUICE_DATA_DIR', 'SLUICE_PORT_OFFSET']
const SWITCHES = ['--no-demo', '--no-demo-load', '--dev']

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const wanted = names.flatMap((name) => [name, `${name}_FILE`])
  return Object.fromEntries(wanted.flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])))
}

const limitsIn = (env: NodeJS.ProcessEnv) =>
  Object.keys(env)
    .filter((name) => LIMIT_OF_NODE.test(name))
    .map((name) => name.replace(/_FILE$/, ''))

function refuseUnknown(env: NodeJS.ProcessEnv): void {
  const known = new Set<string>([...HANDED_ON.controlPlane, ...HANDED_ON.node, ...OWN])
  const unknown = Object.keys(env).filter((name) => name.startsWith('SLUICE_') && !LIMIT_OF_NODE.test(name) && !known.has(name.replace(/_FILE$/, '')))
  if (unknown.length === 0) return
  throw new Error(
    `npm start does not take ${unknown.join(', ')}; it takes ${[...known].filter((name) => name.startsWith('SLUICE_')).join(', ')}. Names and ports of the nodes are its own.`,
  )
}

/** Reads switches and environment; throws an Error with a sentence that says what to write. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const unknown = args.filter((arg) => !SWITCHES.includes(arg))
  if (unknown.length > 0) throw new Error(`unknown option ${unknown.join(' ')}; npm start takes --no-demo and --no-demo-load.`)
  refuseUnknown(env)
  const demo = !args.includes('--no-demo')
  return {
    demo,
    demoLoad: demo && !args.includes('--no-demo-load'),
    development: args.includes('--dev'),
    offset: readPortOffset(env.SLUICE_PORT_OFFSET),
    dataDir: resolve(env.SLUICE_DATA_DIR || 'data'),
    controlPlane: pick(env, HANDED_ON.controlPlane),
    node: pick(env, [...HANDED_ON.node, ...limitsIn(env)]),
  }
}
