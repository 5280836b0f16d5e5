import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { OpenDatabase } from '../server/database.ts'
import type { Plan } from '../server/domain/apply.ts'
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

interface Command {
  usage: string
  run(args: readonly string[], surroundings: Surroundings): Promise<Output>
}

const SYSTEM = { kind: 'system', id: null, name: 'system' } as const
const DEMO_TAG = 'demo'

interface Accepted {
  /** Options that take a value. */
  values?: readonly string[]
  /** Options that stand alone. */
  switches?: readonly string[]
  /** How many words there may be. */
  words?: number
}

interface Parsed {
  values: Record<string, string>
  switches: Set<string>
  words: string[]
}

function parse(args: readonly string[], { values: withValue = [], switches: alone = [], words: wordsMax = 0 }: Accepted): Parsed {
  const parsed: Parsed = { values: {}, switches: new Set(), words: [] }
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? ''
    const name = word.slice(2)
    if (!word.startsWith('--')) parsed.words.push(word)
    else if (alone.includes(name)) parsed.switches.add(name)
    else if (withValue.includes(name)) {
      index += 1
      const value = args[index]
      if (value === undefined) throw new SettingsError(`${word} needs a value`)
      parsed.values[name] = value
    } else {
      const known = [...withValue, ...alone].map((option) => `--${option}`)
      throw new SettingsError(`unknown option ${word}; ${known.length === 0 ? 'this command has none' : `there are: ${known.join(', ')}`}`)
    }
  }
  if (parsed.words.length > wordsMax) throw new SettingsError(`does not know what to do with ${parsed.words.slice(wordsMax).join(' ')}`)
  return parsed
}

async function joinToken(args: readonly string[], { database }: Surroundings): Promise<Output> {
  const { values } = parse(args, { values: ['name', 'out'] })
  const { token } = await database.nodeTokens.issue(SYSTEM, { workspaceId: database.workspaceId, nodeName: values.name ?? null })
  return { text: token, file: values.out ?? null }
}

/** Where browsers reach the control plane: as set, else the port of the one that runs on this data directory. */
function publicUrl(settings: Settings): string {
  if (settings.publicUrl !== null) return settings.publicUrl
  try {
    const { http } = JSON.parse(readFileSync(join(settings.dataDir, 'listen.json'), 'utf8')) as { http: string }
    return `http://localhost:${new URL(http).port}`
  } catch {
    return `http://localhost:${settings.listen.port}`
  }
}

async function resetPassword(args: readonly string[], { database, settings }: Surroundings): Promise<Output> {
  const [email] = parse(args, { words: 1 }).words
  if (email === undefined) throw new SettingsError('say whose: reset-password EMAIL')
  const token = await database.operators.issueResetToken(email)
  if (token === null) throw new SettingsError(`there is no operator ${email}`)
  return { text: `Every session of ${email} has ended. Set a new password (once, within an hour):\n${publicUrl(settings)}/reset-password?token=${token}`, file: null }
}

function readDocument(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new SettingsError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function describe({ creates, updates, deletes }: Plan): string {
  const marked = (sign: string, items: Plan['creates']) => items.map(({ type, label }) => `  ${sign} ${type} ${label}`)
  return [...marked('+', creates), ...marked('~', updates), ...marked('-', deletes)].join('\n')
}

async function importFile(args: readonly string[], { database }: Surroundings): Promise<Output> {
  const { values, switches, words } = parse(args, { values: ['message'], switches: ['only-if-empty', 'dry-run'], words: 1 })
  const [file] = words
  if (file === undefined) throw new SettingsError('say which file: import FILE')
  const text = readDocument(file)
  if (switches.has('only-if-empty') && (await database.domain.workspace()).revision > 0) return { text: 'nothing was imported: the workspace has a history already', file: null }
  const dryRun = switches.has('dry-run')
  const { plan, revision } = await database.domain.importDocument(SYSTEM, { text, message: values.message ?? `import ${basename(file)}`, dryRun })
  const counts = `${plan.creates.length} created, ${plan.updates.length} updated, ${plan.deletes.length} deleted`
  if (dryRun) return { text: `would be: ${counts}\n${describe(plan)}`.trimEnd(), file: null }
  return { text: revision === null ? 'nothing was written: the workspace is like the document already' : `revision ${revision}: ${counts}`, file: null }
}

async function exportFile(args: readonly string[], { database }: Surroundings): Promise<Output> {
  const { values } = parse(args, { values: ['out'] })
  return { text: (await database.domain.exportDocument()).trimEnd(), file: values.out ?? null }
}

async function removeDemo(args: readonly string[], { database }: Surroundings): Promise<Output> {
  const { switches } = parse(args, { switches: ['with-dependents'] })
  const { deleted, revision } = await database.domain.removeTagged(SYSTEM, { tag: DEMO_TAG, message: 'remove the demo', cascade: switches.has('with-dependents') })
  return { text: revision === null ? `nothing was removed: nothing carries the tag ${DEMO_TAG}` : `revision ${revision}: ${deleted} removed`, file: null }
}

/** What can be done on the control plane's database from its own machine, beside one that runs or without. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  'join-token': { usage: 'join-token [--name NAME] [--out FILE]      a token with which one node joins, once, within an hour', run: joinToken },
  'reset-password': { usage: 'reset-password EMAIL                       ends all sessions; prints a link that sets a new password once', run: resetPassword },
  import: { usage: 'import FILE [--dry-run] [--only-if-empty] [--message TEXT]   makes the workspace equal to a declarative document', run: importFile },
  export: { usage: 'export [--out FILE]                        the workspace as a declarative document; sealed secrets are left out', run: exportFile },
  'remove-demo': { usage: 'remove-demo [--with-dependents]            deletes everything with the tag demo, in one revision', run: removeDemo },
}
