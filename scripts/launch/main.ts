import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Child, forgetListenFile, waitForListenFile } from './child.ts'
import { startDemo } from './demo.ts'
import { findTakenPorts, PORTS, readPortOffset } from './ports.ts'
import { runTask } from './task.ts'

/** How long a child may take to stop before it is killed. A node drains for at most 30 s. */
const STOP_GRACE_MS = 35_000
const READY_TIMEOUT_MS = 120_000

interface Options {
  dev: boolean
  demo: boolean
  offset: number
  dataDir: string
}

const startedAt = performance.now()
const children: Child[] = []
let stopping = false

function say(text: string): void {
  console.log(`[${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s] ${text}`)
}

function readOptions(args: string[]): Options {
  const unknown = args.filter((arg) => !['--dev', '--no-demo'].includes(arg))
  if (unknown.length > 0) throw new Error(`unknown option ${unknown.join(' ')}; npm start takes --no-demo.`)
  return {
    dev: args.includes('--dev'),
    demo: !args.includes('--no-demo'),
    offset: readPortOffset(process.env.SLUICE_PORT_OFFSET),
    dataDir: resolve(process.env.SLUICE_DATA_DIR ?? 'data'),
  }
}

async function refuseTakenPorts({ offset, demo }: Options): Promise<void> {
  const wanted: { label: string; port: number; host: string }[] = [{ label: 'dashboard', port: PORTS.dashboard, host: '127.0.0.1' }]
  for (const node of PORTS.nodes) {
    wanted.push({ label: `${node.name} proxy`, port: node.proxy, host: '0.0.0.0' }, { label: `${node.name} TLS`, port: node.tls, host: '0.0.0.0' })
    wanted.push({ label: `${node.name} status`, port: node.status, host: '127.0.0.1' })
  }
  if (demo) for (const [label, port] of Object.entries(PORTS.origins)) wanted.push({ label: `demo origin ${label}`, port, host: '127.0.0.1' })
  const taken = await findTakenPorts(wanted.map((entry) => ({ ...entry, port: entry.port + offset })))
  if (taken.length === 0) return
  throw new Error(`Taken already: ${taken.join(', ')}. Stop what listens there, or move every port of Sluice: SLUICE_PORT_OFFSET=100 npm start`)
}

/** Passes the set-up link and what went wrong from a child's log to the terminal. */
function showLine(name: string, line: string): void {
  const link = /Set up Sluice: (\S+)/.exec(line)
  if (link !== null) console.log(`\n  Set up the first operator (once, within an hour):\n  ${link[1]}\n`)
  const level = /^\{"level":(\d+)/.exec(line)
  if (level !== null && Number(level[1]) >= 50) console.error(`${name}: ${line}`)
}

async function startControlPlane(options: Options): Promise<string> {
  const dataDir = join(options.dataDir, 'control-plane')
  const listenFile = join(dataDir, 'listen.json')
  forgetListenFile(listenFile)
  say('starting PostgreSQL and the control plane')
  const port = PORTS.dashboard + options.offset
  const env: Record<string, string> = {
    NODE_ENV: options.dev ? 'development' : 'production',
    SLUICE_DATA_DIR: dataDir,
    SLUICE_ADMIN_LISTEN: `127.0.0.1:${port}`,
    SLUICE_PUBLIC_URL: process.env.SLUICE_PUBLIC_URL ?? `http://localhost:${port}`,
  }
  for (const name of ['DATABASE_URL', 'SLUICE_SECRET_KEY', 'SLUICE_BOOTSTRAP_EMAIL', 'SLUICE_BOOTSTRAP_PASSWORD', 'SLUICE_LOG_LEVEL']) {
    for (const key of [name, `${name}_FILE`]) if (process.env[key] !== undefined) env[key] = process.env[key]
  }
  const child = new Child({
    name: 'control-plane',
    script: 'apps/admin/server.ts',
    env,
    logFile: join(options.dataDir, 'logs', 'control-plane.log'),
    onLine: (line) => showLine('control-plane', line),
  })
  supervise(child)
  const listen = await waitForListenFile(child, listenFile, READY_TIMEOUT_MS)
  say('control plane ready')
  return String(listen.http)
}

async function startNode(options: Options, node: (typeof PORTS.nodes)[number], controlPlane: string): Promise<void> {
  const dataDir = join(options.dataDir, node.name)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const env: Record<string, string> = {
    NODE_ENV: 'production',
    SLUICE_DATA_DIR: dataDir,
    SLUICE_NODE_NAME: node.name,
    SLUICE_CONTROL_PLANE: controlPlane.replace(/^http/, 'ws'),
    SLUICE_PROXY_LISTEN: `0.0.0.0:${node.proxy + options.offset}`,
    SLUICE_PROXY_TLS_LISTEN: `0.0.0.0:${node.tls + options.offset}`,
    SLUICE_STATUS_LISTEN: `127.0.0.1:${node.status + options.offset}`,
  }
  if (process.env.SLUICE_WORKERS !== undefined) env.SLUICE_WORKERS = process.env.SLUICE_WORKERS
  if (!existsSync(join(dataDir, 'credential.accepted'))) {
    const tokenFile = join(dataDir, 'join-token')
    await runTask(['join-token', '--name', node.name, '--out', tokenFile], taskEnvironment(options))
    chmodSync(tokenFile, 0o600)
    env.SLUICE_JOIN_TOKEN_FILE = tokenFile
  }
  const listenFile = join(dataDir, 'listen.json')
  forgetListenFile(listenFile)
  const child = new Child({
    name: node.name,
    script: 'apps/dataplane/src/main.ts',
    env,
    logFile: join(options.dataDir, 'logs', `${node.name}.log`),
    onLine: (line) => showLine(node.name, line),
  })
  supervise(child)
  const listen = await waitForListenFile(child, listenFile, READY_TIMEOUT_MS)
  await untilReady(child, `http://${listen.status}/readyz`)
  say(`${node.name} ready: http://127.0.0.1:${node.proxy + options.offset} (TLS ${node.tls + options.offset}, status ${node.status + options.offset})`)
}

async function untilReady(child: Child, url: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline && child.isRunning) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${child.name} did not become ready:\n${child.lastLines}`)
}

export function taskEnvironment(options: Options): Record<string, string> {
  const env: Record<string, string> = { SLUICE_DATA_DIR: join(options.dataDir, 'control-plane') }
  if (process.env.DATABASE_URL !== undefined) env.DATABASE_URL = process.env.DATABASE_URL
  return env
}

function supervise(child: Child): void {
  children.push(child)
  void child.ended.then((code) => {
    if (stopping) return
    console.error(`${child.name} ended (${code ?? 'signal'}). Its last lines:\n${child.lastLines}`)
    void stopAll(1)
  })
}

/** Demo first, then the nodes, then the control plane with its PostgreSQL. */
async function stopAll(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  say('stopping')
  const isControlPlane = (child: Child) => child.name === 'control-plane'
  await Promise.all(children.filter((child) => !isControlPlane(child)).map((child) => child.stop(STOP_GRACE_MS)))
  await Promise.all(children.filter(isControlPlane).map((child) => child.stop(STOP_GRACE_MS)))
  say('stopped')
  process.exit(code)
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  await refuseTakenPorts(options)
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const controlPlane = await startControlPlane(options)
  const demoKey = options.demo ? await startDemo({ offset: options.offset, dataDir: options.dataDir, taskEnvironment: taskEnvironment(options), supervise }) : null
  await Promise.all(PORTS.nodes.map((node) => startNode(options, node, controlPlane)))
  if (demoKey !== null) await demoKey.startLoad()
  const dashboard = `http://localhost:${PORTS.dashboard + options.offset}`
  console.log(`\n  Dashboard   ${dashboard}\n  Proxies     ${PORTS.nodes.map((node) => `http://localhost:${node.proxy + options.offset}`).join('  ')}`)
  if (demoKey !== null) console.log(`  Try         curl http://localhost:${PORTS.nodes[0].proxy + options.offset}/orders   (demo; npm start -- --no-demo leaves it out)`)
  console.log(`  Logs        ${join(options.dataDir, 'logs')}\n  Ctrl-C stops everything.\n`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stopAll(0))
try {
  await main()
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`)
  await stopAll(1)
}
