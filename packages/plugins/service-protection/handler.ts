import { definePluginHandler } from '../contract.ts'
import { WindowLimiting } from '../counting/window-limiting.ts'
import { serviceProtectionSchema } from './schema.ts'

/** Requests of a route without a service are limited together: they have nothing that could be protected but the gateway. */
export const serviceProtectionHandler = definePluginHandler(serviceProtectionSchema, (config, environment) => {
  const limiting = new WindowLimiting(config, environment)
  return { onRequest: (exchange) => limiting.onRequest(exchange, `service\0${exchange.service?.id ?? ''}`) }
})
