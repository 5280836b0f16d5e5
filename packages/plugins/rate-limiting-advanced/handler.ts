import type * as z from 'zod'
import { definePluginHandler, type PluginExchange } from '../contract.ts'
import { type CountsBy, whoCounts } from '../counting/who-counts.ts'
import { WindowLimiting } from '../counting/window-limiting.ts'
import { rateLimitingAdvancedSchema } from './schema.ts'

type Config = z.output<typeof rateLimitingAdvancedSchema.config>

/** What of a consumer stands for it; the id where it has no such thing. */
function consumerKey({ counter_key }: Config, { consumer }: PluginExchange): string | null {
  if (consumer === null || counter_key === null || counter_key === 'consumer.id') return null
  return counter_key === 'consumer.username' ? consumer.username : consumer.custom_id
}

function part(config: Config, by: CountsBy, exchange: PluginExchange): string {
  const own = by === 'consumer' ? consumerKey(config, exchange) : null
  return `${by}\0${own ?? whoCounts(by, config, exchange)}`
}

export const rateLimitingAdvancedHandler = definePluginHandler(rateLimitingAdvancedSchema, (config, environment) => {
  const limiting = new WindowLimiting(config, environment, config.throttling)
  const parts = config.compound_identifier
  if (parts === null) return { onRequest: (exchange) => limiting.onRequest(exchange, part(config, config.identifier, exchange)) }
  return { onRequest: (exchange) => limiting.onRequest(exchange, parts.map((by) => part(config, by, exchange)).join('\0')) }
})
