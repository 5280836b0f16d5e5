import type { PluginInstance, PluginReply } from '../contract.ts'
import { PLUGIN_HANDLERS } from '../handlers.ts'
import { PLUGIN_SCHEMAS } from '../schemas.ts'
import { type EnvironmentFixture, ExchangeFixture, environmentFixture, type RequestFixture } from './exchange-fixture.ts'

/** Makes an instance as a node does: from the list of handlers, with the configuration parsed by the schema. */
export function createPlugin(name: string, config: unknown, environment: EnvironmentFixture = environmentFixture()): PluginInstance {
  const create = PLUGIN_HANDLERS.get(name)
  if (create === undefined) throw new Error(`no handler for the plugin ${name}`)
  return create(config, environment)
}

export interface Run {
  exchange: ExchangeFixture
  reply: PluginReply | undefined
}

/** The request phase of one request. */
export async function ask(plugin: PluginInstance, request: RequestFixture = {}): Promise<Run> {
  const exchange = new ExchangeFixture(request)
  return { exchange, reply: await plugin.onRequest?.(exchange) }
}

/** Request phase, then response phase. */
export async function pass(plugin: PluginInstance, request: RequestFixture = {}): Promise<Run> {
  const run = await ask(plugin, request)
  plugin.onResponse?.(run.exchange)
  return run
}

/** Problems of a configuration as `path: message`; none for a good one. */
export function problems(name: string, config: unknown): string[] {
  const result = PLUGIN_SCHEMAS[name]?.config.safeParse(config)
  return result?.success === false ? result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code === 'unrecognized_keys' ? issue.keys.join() : issue.message}`) : []
}
