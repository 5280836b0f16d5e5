import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LocalControlPlane } from './control-plane.ts'
import { Demo } from './demo.ts'
import { startNode } from './nodes.ts'
import { type Options, readOptions } from './options.ts'
import { PORTS, refuseTakenPorts, type WantedPort } from './ports.ts'
import { Supervisor } from './supervisor.ts'
import { watchSources } from './watch-sources.ts'

const startedAt = performance.now()
let supervisor: Supervisor | null = null
let stopping: Promise<void> | null = null

function say(text: string): void {
  console.log(`[${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s] ${text}`)
}

function wantedPorts(options: Options, controlPlane: LocalControlPlane): WantedPort[] {
  const { host, port } = controlPlane.address
  const nodes = PORTS.nodes.flatMap((node) => [
    { label: `${node.name} proxy`, port: node.proxy + options.offset, host: '0.0.0.0' },
    { label: `${node.name} TLS`, port: node.tls + options.offset, host: '0.0.0.0' },
    { label: `${node.name} status`, port: node.status + options.offset, host: '127.0.0.1' },
  ])
  return [{ label: 'dashboard', port, host: host.replace(/^\[|\]$/g, '') }, ...nodes]
}

function greet(options: Options, controlPlane: LocalControlPlane, demo: Demo): void {
  const { offset, dataDir } = options
  const [first] = PORTS.nodes
  const proxy = `http://localhost:${first.proxy + offset}`
  const lines = [
    ['Dashboard', controlPlane.dashboard],
    ...(controlPlane.setUpLink === null ? [] : [['Set up', `${controlPlane.setUpLink}  (once, within an hour: makes the first operator)`]]),
    ...PORTS.nodes.map((node) => [node.name, `http://localhost:${node.proxy + offset}  TLS ${node.tls + offset}  status ${node.status + offset}`]),
    ...(demo.isRunning
      ? [
          ['Try', `curl ${proxy}/orders`],
          ['', `curl -H "apikey: $(cat ${demo.keyFile})" ${proxy}/payments`],
          ['Demo', 'a small load runs through both nodes; npm run control-plane -- remove-demo takes all of it away'],
        ]
      : []),
    ['Logs', join(dataDir, 'logs')],
  ]
  console.log(`\n${lines.map(([label, text]) => `  ${String(label).padEnd(10)} ${text}`).join('\n')}\n\n  Ctrl-C stops everything; nothing is lost.\n`)
}

/** Nodes first, so that none loses its control plane while it drains; PostgreSQL last, by the control plane. */
function stopAll(code: number): Promise<void> {
  stopping ??= (async () => {
    say('stopping')
    await supervisor?.stopAll()
    say('stopped')
    process.exit(code)
  })()
  return stopping
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  const controlPlane = new LocalControlPlane(options)
  const demo = new Demo(options)
  await refuseTakenPorts([...wantedPorts(options, controlPlane), ...demo.wantedPorts()])
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const started = new Supervisor({ logDir: join(options.dataDir, 'logs'), say, onGivenUp: () => void stopAll(1) })
  supervisor = started
  say('starting PostgreSQL and the control plane')
  await controlPlane.start(started)
  say(`control plane ready: ${controlPlane.dashboard}`)
  await demo.import(controlPlane)
  demo.startOrigins(started)
  const startOne = async (node: (typeof PORTS.nodes)[number]) => {
    await startNode(node, { options, controlPlane, supervisor: started })
    say(`${node.name} ready: http://localhost:${node.proxy + options.offset}`)
  }
  await Promise.all(PORTS.nodes.map(startOne))
  demo.startLoad(started)
  if (options.development) watchSources(started, say)
  greet(options, controlPlane, demo)
  const former = join(options.dataDir, 'gateway.yaml')
  if (existsSync(former)) say(`${former} of an earlier version is not read any more. To bring it in: npm run control-plane -- import ${former}`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stopAll(0))
// Where the terminal was closed there is nobody to tell; stopping in order must not fail on that.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
try {
  await main()
} catch (error) {
  if (stopping === null) console.error(`\n${error instanceof Error ? error.message : String(error)}\n`)
  await stopAll(1)
}
