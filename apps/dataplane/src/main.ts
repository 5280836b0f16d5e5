import { readSettings, SettingsError } from './environment.ts'
import { GatewayNode } from './node.ts'

let node: GatewayNode | null = null

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    void (node?.stop() ?? Promise.resolve()).then(() => process.exit(0))
  })
}

try {
  node = new GatewayNode(readSettings(process.env, process.argv.slice(2)))
  await node.start()
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
}
