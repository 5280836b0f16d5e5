import { chmodSync, writeFileSync } from 'node:fs'
import { AuthError } from '../server/auth/operators.ts'
import { openDatabase } from '../server/database.ts'
import { DomainError } from '../server/domain/errors.ts'
import { readFlags, readSettings, SettingsError } from '../server/environment.ts'
import { COMMANDS } from './commands.ts'

const USAGE = `Commands on the database of the control plane:\n${Object.values(COMMANDS)
  .map(({ usage }) => `  ${usage}`)
  .join('\n')}\n`

/** What a person can act on is said in a sentence; anything else is a fault of ours and comes with where it happened. */
function explain(error: unknown): string {
  if (error instanceof DomainError && error.details.issues !== undefined)
    return error.details.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n')
  if (error instanceof SettingsError || error instanceof DomainError || error instanceof AuthError) return error.message
  return (error as Error).stack ?? String(error)
}

async function main(): Promise<void> {
  const { flags, rest } = readFlags(process.argv.slice(2))
  const [name = 'help', ...args] = rest
  if (name === 'help') {
    process.stdout.write(USAGE)
    return
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) throw new SettingsError(`unknown command "${name}"; there are: ${Object.keys(COMMANDS).join(', ')}`)
  const settings = readSettings(process.env, flags)
  const database = await openDatabase(settings, { share: true, log: () => {} })
  try {
    const output = await command.run(args, { database, settings })
    if (output.file === null) process.stdout.write(`${output.text}\n`)
    else {
      writeFileSync(output.file, `${output.text}\n`, { mode: 0o600 })
      // The mode counts only where the file is new.
      chmodSync(output.file, 0o600)
    }
  } finally {
    await database.close()
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
}
