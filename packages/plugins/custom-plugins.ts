import { CustomPluginError } from './custom/error.ts'
import { guarded } from './custom/guard.ts'
import { loadPlugins } from './custom/load.ts'
import { addPluginHandler } from './handlers.ts'
import { addPluginPriority } from './order.ts'
import { addPluginSchema } from './schemas.ts'

export { CustomPluginError }

export interface InstalledPlugin {
  name: string
  file: string
}

/** Reads every plugin of a directory and adds each to the lists of plugins of this thread. Rejects with CustomPluginError, whose message names the file and what is wrong with it. */
export async function installCustomPlugins(directory: string): Promise<InstalledPlugin[]> {
  const loaded = await loadPlugins(directory)
  for (const { plugin, file } of loaded) {
    const { schema, priority } = plugin
    try {
      addPluginSchema(schema)
    } catch (error) {
      throw new CustomPluginError(file, (error as Error).message)
    }
    addPluginPriority(schema.name, priority)
    addPluginHandler(schema.name, (config, environment) => guarded(schema.name, () => plugin.create(schema.config.parse(config), environment), environment))
  }
  return loaded.map(({ plugin, file }) => ({ name: plugin.schema.name, file }))
}
