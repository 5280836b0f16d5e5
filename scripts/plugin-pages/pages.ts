import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PluginSchema } from '@sluice/plugins/contract'
import { PLUGIN_ORDER } from '@sluice/plugins/order'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { fieldTable } from './field-table.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const FOLDER = join(ROOT, 'docs/plugins')

const NOTE = '<!-- Written by scripts/plugin-pages/main.ts from the schema, packages/plugins/order.ts and the README of the plugin. Change those. -->'
const CATEGORIES = { authentication: 'Authentication', traffic: 'Traffic', transformation: 'Transformation', protection: 'Protection', observability: 'Observability' } as const

const placeOf = (name: string) => PLUGIN_ORDER.find((entry) => entry.name === name)

/** A README without its title, with links to other plugins as links between pages. */
function readmeOf(name: string): string {
  const file = join(ROOT, 'packages/plugins', name, 'README.md')
  if (!existsSync(file)) throw new Error(`packages/plugins/${name} has no README.md`)
  return readFileSync(file, 'utf8')
    .replace(/^# .*\n+/, '')
    .replace(/\]\(\.\.\/([a-z-]+)(?:\/README\.md)?\/?\)/g, ']($1.md)')
    .trimEnd()
}

function pageOf(schema: PluginSchema): string {
  const place = placeOf(schema.name)
  const facts = [
    `| category | ${CATEGORIES[schema.category]} |`,
    `| scopes | ${schema.scopes.map((scope) => scope.replace('_', ' ')).join(', ')} |`,
    `| protocols | ${schema.protocols.join(', ')} |`,
    ...(place === undefined ? [] : [`| priority | ${place.priority}: ${place.reason} |`]),
  ]
  return [
    NOTE,
    '',
    `# ${schema.title}`,
    '',
    `\`${schema.name}\` · ${schema.summary}`,
    '',
    '| | |',
    '|---|---|',
    ...facts,
    '',
    readmeOf(schema.name),
    '',
    '## Reference of the configuration',
    '',
    fieldTable(schema.config),
    '',
  ].join('\n')
}

function indexPage(schemas: readonly PluginSchema[]): string {
  const chapters = Object.entries(CATEGORIES).flatMap(([category, title]) => {
    const own = schemas.filter((schema) => schema.category === category).sort((one, other) => one.title.localeCompare(other.title, 'en'))
    if (own.length === 0) return []
    return [`## ${title}`, '', '| plugin | |', '|---|---|', ...own.map((schema) => `| [${schema.name}](${schema.name}.md) | ${schema.summary} |`), '']
  })
  const order = PLUGIN_ORDER.filter(({ name }) => PLUGIN_SCHEMAS[name] !== undefined).map(({ name, priority, reason }) => `| ${priority} | [${name}](${name}.md) | ${reason} |`)
  return [
    NOTE,
    '',
    '# Plugins',
    '',
    "Fields, texts and priorities are Kong's; what differs is said on the page of the plugin.",
    '',
    ...chapters,
    '## Order of execution',
    '',
    'Of the plugins that apply to a request the one with the highest priority runs first.',
    '',
    '| priority | plugin | why there |',
    '|---|---|---|',
    ...order,
    '',
  ].join('\n')
}

/** Names of files in docs/plugins with what is to be in them. */
export function pluginPages(): Map<string, string> {
  const schemas = Object.values(PLUGIN_SCHEMAS)
  return new Map([['README.md', indexPage(schemas)], ...schemas.map((schema) => [`${schema.name}.md`, pageOf(schema)] as const)])
}
