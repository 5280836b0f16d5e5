import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from './child.ts'
import { PORTS } from './ports.ts'
import { runTask } from './task.ts'

interface DemoOptions {
  offset: number
  dataDir: string
  taskEnvironment: Record<string, string>
  supervise(child: Child): void
}

/** The key of the demo consumer: random per installation, kept 0600. */
function demoKey(dataDir: string): string {
  const file = join(dataDir, 'demo.key')
  if (!existsSync(file)) writeFileSync(file, `demo-${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

/** Seeds the demo where the workspace has never had a revision, and starts its origins; the load starts when the nodes are ready. */
export async function startDemo(options: DemoOptions): Promise<{ startLoad(): Promise<void> }> {
  const keyFile = join(options.dataDir, 'demo.key')
  demoKey(options.dataDir)
  const ports = Object.values(PORTS.origins).map((port) => String(port + options.offset))
  await runTask(['seed-demo', '--origins', ports.join(','), '--key-file', keyFile], options.taskEnvironment)
  const log = (name: string) => join(options.dataDir, 'logs', `${name}.log`)
  options.supervise(new Child({ name: 'demo-origins', script: 'scripts/demo/origins.ts', args: ports, env: {}, logFile: log('demo-origins') }))
  const proxies = PORTS.nodes.map((node) => String(node.proxy + options.offset))
  return {
    startLoad: async () => options.supervise(new Child({ name: 'demo-load', script: 'scripts/demo/load.ts', args: [keyFile, ...proxies], env: {}, logFile: log('demo-load') })),
  }
}
