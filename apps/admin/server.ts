import { ControlPlane } from './src/server/control-plane.ts'
import { readFlags, readSettings, SettingsError } from './src/server/environment.ts'

let controlPlane: ControlPlane | null = null

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    void (controlPlane?.stop() ?? Promise.resolve()).finally(() => process.exit(0))
  })
}

try {
  const { flags, rest } = readFlags(process.argv.slice(2))
  if (rest.length > 0) throw new SettingsError(`unknown option ${rest.join(' ')}`)
  controlPlane = new ControlPlane(readSettings(process.env, flags), import.meta.dirname)
  await controlPlane.start()
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError ? error.message : (error as Error).stack}\n`)
  await controlPlane?.stop()
  process.exit(1)
}
