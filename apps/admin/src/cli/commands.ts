import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenDatabase } from '../server/database.ts'
import { type Settings, SettingsError } from '../server/environment.ts'

interface Output {
  text: string
  /** Where a secret goes instead of the terminal; the file is made 0600. */
  file: string | null
}

interface Surroundings {
  database: OpenDatabase
  settings: Settings
}

const SYSTEM = { kind: 'system', id: null, name: 'system' } as const

function readOptions(args: readonly string[], names: readonly string[]): { options: Record<string, string>; words: string[] } {
  const options: Record<string, string> = {}
  const words: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? ''
    if (!word.startsWith('--')) {
      words.push(word)
      continue
    }
    const name = word.slice(2)
    const value = args[index + 1]
    if (!names.includes(name)) throw new SettingsError(`unknown option ${word}; there are: ${names.map((known) => `--${known}`).join(', ')}`)
    if (value === undefined) throw new SettingsError(`${word} needs a value`)
    options[name] = value
    index += 1
  }
  return { options, words }
}

/** `join-token [--name NAME] [--out FILE]` */
async function joinToken(args: string[], { database }: Surroundings): Promise<Output> {
  const { options } = readOptions(args, ['name', 'out'])
  const { token } = await database.nodeTokens.issue(SYSTEM, { workspaceId: database.workspaceId, nodeName: options.name ?? null })
  return { text: token, file: options.out ?? null }
}

/** `reset-password EMAIL` */
async function resetPassword(args: string[], { database, settings }: Surroundings): Promise<Output> {
  const [email] = readOptions(args, []).words
  if (email === undefined) throw new SettingsError('say whose: reset-password EMAIL')
  const token = await database.operators.issueResetToken(email)
  if (token === null) throw new SettingsError(`there is no operator ${email}`)
  const base = settings.publicUrl ?? `http://localhost:${settings.listen.port}`
  return { text: `Every session of ${email} has ended. Set a new password (once, within an hour):\n${base}/reset-password?token=${token}`, file: null }
}

/** `import FILE`: makes the workspace equal to a declarative document. */
async function importFile(args: string[], { database }: Surroundings): Promise<Output> {
  const { options, words } = readOptions(args, ['only-if-empty'])
  const [file] = words
  if (file === undefined) throw new SettingsError('say which file: import FILE')
  if (options['only-if-empty'] === 'yes' && (await database.domain.workspace()).revision > 0)
    return { text: 'the workspace has a history already; nothing was imported', file: null }
  const { plan, revision } = await database.domain.importDocument(SYSTEM, { text: readFileSync(file, 'utf8'), message: `import ${join(file).split('/').at(-1)}`, dryRun: false })
  return { text: `revision ${revision ?? 'unchanged'}: ${plan.creates.length} created, ${plan.updates.length} updated, ${plan.deletes.length} deleted`, file: null }
}

/** `export [--out FILE]` */
async function exportFile(args: string[], { database }: Surroundings): Promise<Output> {
  const { options } = readOptions(args, ['out'])
  return { text: await database.domain.exportDocument(), file: options.out ?? null }
}

export const COMMANDS: Readonly<Record<string, (args: string[], surroundings: Surroundings) => Promise<Output>>> = {
  'join-token': joinToken,
  'reset-password': resetPassword,
  import: importFile,
  export: exportFile,
}
