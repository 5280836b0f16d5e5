import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import type { PluginEnvironment, PluginInstance, PluginSchema } from '../contract.ts'
import { CustomPluginError } from './error.ts'

/** What the module of a plugin exports as its default; `CustomPlugin` of the SDK. */
export interface LoadedPlugin {
  schema: PluginSchema
  priority: number
  create(config: unknown, environment: PluginEnvironment): PluginInstance
}

const PRIORITY_MAX = 1_000_000
const NAME = /^[a-z][a-z0-9-]{1,63}$/
const SDK = new URL('../../plugin-sdk/index.ts', import.meta.url).href

/** The form of a plugin, but for its `config`, which is a schema of zod itself. */
const FORM = z.object({
  schema: z.object({
    name: z.string().regex(NAME, { error: 'must be 2 to 64 small letters, digits and -, and begin with a letter' }),
    title: z.string().min(1).max(64),
    category: z.enum(['authentication', 'traffic', 'transformation', 'protection', 'observability']),
    summary: z.string().min(1).max(512),
    scopes: z.array(z.enum(['global', 'service', 'route', 'consumer', 'consumer_group'])).min(1),
    protocols: z.array(z.enum(['grpc', 'grpcs', 'http', 'https'])).min(1),
  }),
  priority: z.number().min(-PRIORITY_MAX).max(PRIORITY_MAX),
  create: z.custom<LoadedPlugin['create']>((value) => typeof value === 'function', { error: 'must be a function' }),
})

/** Lets modules of the directory import the SDK and zod wherever the directory is, so that nothing has to be installed beside them. */
function shareModules(directory: string): void {
  const own = `${pathToFileURL(directory).href}/`
  registerHooks({
    resolve: (specifier, context, next) => {
      if (context.parentURL?.startsWith(own) !== true) return next(specifier, context)
      if (specifier === '@sluice/plugin-sdk') return { url: SDK, format: 'module-typescript', shortCircuit: true }
      // One zod for all: a schema of another one is none to this.
      if (specifier === 'zod' || specifier.startsWith('zod/')) return next(specifier, { ...context, parentURL: import.meta.url })
      return next(specifier, context)
    },
  })
}

/** `name.ts`, or `plugin.ts` in a folder; in the order of their names. Tests, and files whose name begins with `.` or `_`, are none. */
function filesOf(directory: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    throw new CustomPluginError(directory, `the directory cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  return entries
    .filter(({ name }) => !/^[._]/.test(name) && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name)
      const inFolder = join(path, 'plugin.ts')
      if (existsSync(inFolder)) return [inFolder]
      return /(?<!\.test|\.d)\.ts$/.test(entry.name) && !entry.isDirectory() ? [path] : []
    })
}

async function load(file: string): Promise<LoadedPlugin> {
  let module: { default?: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    throw new CustomPluginError(file, `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
  const result = FORM.safeParse(module.default)
  if (!result.success) {
    if (module.default === undefined) throw new CustomPluginError(file, 'it has no default export; write export default definePlugin({ schema, priority, create })')
    const [issue] = result.error.issues
    throw new CustomPluginError(file, `${issue?.path.join('.')} ${issue?.message}`)
  }
  const plugin = module.default as LoadedPlugin
  const { config } = plugin.schema
  if (!(config instanceof z.ZodType)) throw new CustomPluginError(file, 'schema.config must be a schema of zod, such as z.strictObject({ … })')
  const shape = describe(config)
  if (shape === null) throw new CustomPluginError(file, 'schema.config cannot be written as JSON Schema, which the dashboard makes its form of')
  if (shape.type !== 'object') throw new CustomPluginError(file, 'schema.config must be an object, such as z.strictObject({ … })')
  return plugin
}

function describe(config: z.ZodType): { type?: unknown } | null {
  try {
    return z.toJSONSchema(config, { io: 'input' })
  } catch {
    return null
  }
}

/** Every plugin of the directory. Rejects with CustomPluginError at the first that cannot be used. */
export async function loadPlugins(directory: string): Promise<{ plugin: LoadedPlugin; file: string }[]> {
  const files = filesOf(directory.endsWith(sep) ? directory.slice(0, -1) : directory)
  shareModules(directory)
  const loaded: { plugin: LoadedPlugin; file: string }[] = []
  for (const file of files) loaded.push({ plugin: await load(file), file })
  return loaded
}
