/** What a plugin of your own imports: the contract of the plugins that come with Sluice, and a function that puts a plugin together. */

import type { PluginEnvironment, PluginInstance, PluginSchema } from '@sluice/plugins/contract'
import type * as z from 'zod'

export type {
  BodyWatch,
  ConsumerView,
  CounterTable,
  CredentialView,
  GatewayReply,
  HeaderFields,
  MaybePromise,
  PluginCategory,
  PluginEnvironment,
  PluginExchange,
  PluginHandler,
  PluginInstance,
  PluginReply,
  PluginSchema,
  PluginScope,
  ReplyChange,
  ResponseRewrite,
  UpstreamOverride,
} from '@sluice/plugins/contract'
export { definePluginHandler, definePluginSchema } from '@sluice/plugins/contract'

/** What the module of a plugin exports as its default. */
export interface CustomPlugin<Config extends z.ZodType = z.ZodType> {
  schema: PluginSchema<Config>
  /**
   * When it runs: higher ones first, from -1,000,000 to 1,000,000. Those of Sluice's own plugins are in `packages/plugins/order.ts`: 1,250 is key-auth, so
   * 1,200 runs when the consumer is known, 900 once it is counted, and 500 after both transformers. Of equal ones the name later in the alphabet runs first.
   */
  priority: number
  /** Makes an instance for a configuration that the schema took; once per configured plugin and revision, so everything is worked out here. */
  create(config: z.output<Config>, environment: PluginEnvironment): PluginInstance
}

/** Gives types to `config` in `create`; changes nothing. */
export function definePlugin<Config extends z.ZodType>(plugin: CustomPlugin<Config>): CustomPlugin<Config> {
  return plugin
}
