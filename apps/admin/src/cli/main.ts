import { writeFileSync } from 'node:fs'
import { openDatabase } from '../server/database.ts'
import { readFlags, readSettings, SettingsError } from '../server/environment.ts'
import { COMMANDS } from './commands.ts'

const { flags, rest } = readFlags(process.argv.slice(2))
const [name = '', ...args] = rest

try {
  const command = COMMANDS[name]
  if (command === undefined) throw new SettingsError(`unknown command "${name}"; there are: ${Object.keys(COMMANDS).join(', ')}`)
  const settings = readSettings(process.env, flags)
  const database = await openDatabase(settings, { share: true, log: () => {} })
  try {
    const output = await command(args, { database, settings })
    if (output.file === null) process.stdout.write(`${output.text}\n`)
    else writeFileSync(output.file, `${output.text}\n`, { mode: 0o600 })
  } finally {
    await database.close()
  }
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError ? error.message : (error as Error).stack}\n`)
  process.exitCode = 1
}
