import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Child, forgetListenFile, waitForListenFile } from './child.ts'
import { demoDocument } from './demo-document.ts'
import { findTakenPorts, PORTS, readPortOffset } from './ports.ts'

/** How long a child may take to stop before it is killed. A node drains for at most 30 s. */
const STOP_GRACE_MS = 35_000
const READY_TIMEOUT_MS = 60_000

interface Options {
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
  const unknown = args.filter((arg) => arg !== '--no-demo')
  if (unknown.length > 0) throw new Error(`unknown option ${unknown.join(' ')}; npm start takes --no-demo.`)
  return { demo: !args.includes('--no-demo'), offset: readPortOffset(process.env.SLUICE_PORT_OFFSET), dataDir: resolve(process.env.SLUICE_DATA_DIR ?? 'data') }
}

async function refuseTakenPorts({ offset, demo }: Options): Promise<void> {
  const wanted: { label: string; port: number; host: string }[] = []
  for (const node of PORTS.nodes) {
    wanted.push({ label: `${node.name} proxy`, port: node.proxy, host: '0.0.0.0' }, { label: `${node.name} TLS`, port: node.tls, host: '0.0.0.0' })
    wanted.push({ label: `${node.name} status`, port: node.status, host: '127.0.0.1' })
  }
  if (demo) for (const [label, port] of Object.entries(PORTS.origins)) wanted.push({ label: `demo origin ${label}`, port, host: '127.0.0.1' })
  const taken = await findTakenPorts(wanted.map((entry) => ({ ...entry, port: entry.port + offset })))
  if (taken.length === 0) return
  throw new Error(`Taken already: ${taken.join(', ')}. Stop what listens there, or move every port of Sluice: SLUICE_PORT_OFFSET=100 npm start`)
}

/** The configuration that both nodes read: made at the first start, then the operator's to edit. */
function prepareConfiguration(options: Options): string {
  const file = join(options.dataDir, 'gateway.yaml')
  if (existsSync(file)) return file
  const keyFile = join(options.dataDir, 'demo.key')
  if (!existsSync(keyFile)) writeFileSync(keyFile, `demo-${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 })
  const { ordersV1, ordersV2, payments } = PORTS.origins
  const ports = { ordersV1: ordersV1 + options.offset, ordersV2: ordersV2 + options.offset, payments: payments + options.offset }
  const document = options.demo ? demoDocument({ ports, key: readFileSync(keyFile, 'utf8').trim() }) : { _format_version: '3.0', services: [] }
  // JSON is YAML, so the file may be edited as either.
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 })
  return file
}

function start(name: string, script: string, settings: { args?: string[]; env?: Record<string, string>; dataDir: string }): Child {
  const child = new Child({ name, script, args: settings.args ?? [], env: settings.env ?? {}, logFile: join(settings.dataDir, 'logs', `${name}.log`) })
  children.push(child)
  void child.ended.then((code) => {
    if (stopping) return
    console.error(`${child.name} ended (${code ?? 'signal'}). Its last lines:\n${child.lastLines}`)
    void stopAll(1)
  })
  return child
}

async function startNode(options: Options, node: (typeof PORTS.nodes)[number], configFile: string): Promise<void> {
  const dataDir = join(options.dataDir, node.name)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const env: Record<string, string> = {
    NODE_ENV: 'production',
    SLUICE_DATA_DIR: dataDir,
    SLUICE_NODE_NAME: node.name,
    SLUICE_PROXY_LISTEN: `0.0.0.0:${node.proxy + options.offset}`,
    SLUICE_PROXY_TLS_LISTEN: `0.0.0.0:${node.tls + options.offset}`,
    SLUICE_STATUS_LISTEN: `127.0.0.1:${node.status + options.offset}`,
    SLUICE_WORKERS: process.env.SLUICE_WORKERS ?? '1',
  }
  const listenFile = join(dataDir, 'listen.json')
  forgetListenFile(listenFile)
  const child = start(node.name, 'apps/dataplane/src/main.ts', { args: ['--config', configFile], env, dataDir: options.dataDir })
  await waitForListenFile(child, listenFile, READY_TIMEOUT_MS)
  say(`${node.name} ready: http://127.0.0.1:${node.proxy + options.offset} (TLS ${node.tls + options.offset}, status ${node.status + options.offset})`)
}

/** Everything at once; a node takes as long as it drains. */
async function stopAll(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  say('stopping')
  await Promise.all(children.map((child) => child.stop(STOP_GRACE_MS)))
  say('stopped')
  process.exit(code)
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  const { dataDir, offset } = options
  await refuseTakenPorts(options)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const configFile = prepareConfiguration(options)
  if (options.demo) start('demo-origins', 'scripts/demo/origins.ts', { args: Object.values(PORTS.origins).map((port) => String(port + offset)), dataDir })
  await Promise.all(PORTS.nodes.map((node) => startNode(options, node, configFile)))
  if (options.demo) start('demo-load', 'scripts/demo/load.ts', { args: [join(dataDir, 'demo.key'), ...PORTS.nodes.map((node) => String(node.proxy + offset))], dataDir })
  const [first] = PORTS.nodes
  console.log(`\n  Configuration  ${configFile}  (edit it: both nodes apply it at once)`)
  if (options.demo)
    console.log(
      `  Try            curl http://localhost:${first.proxy + offset}/orders\n                 curl -H "apikey: $(cat ${join(dataDir, 'demo.key')})" http://localhost:${first.proxy + offset}/payments`,
    )
  console.log(`  Metrics        http://localhost:${first.status + offset}/metrics\n  Logs           ${join(dataDir, 'logs')}\n  Ctrl-C stops everything.\n`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stopAll(0))
try {
  await main()
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`)
  await stopAll(1)
}
