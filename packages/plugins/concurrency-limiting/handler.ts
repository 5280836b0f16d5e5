import { definePluginHandler, type PluginReply } from '../contract.ts'
import { whoCounts } from '../counting/who-counts.ts'
import { concurrencyLimitingSchema } from './schema.ts'

export const concurrencyLimitingHandler = definePluginHandler(concurrencyLimitingSchema, (config, environment) => {
  const bounds = { limit: config.limit, queueMax: config.queue_limit, waitMs: config.queue_timeout }
  const refusal: PluginReply = {
    kind: 'error',
    status: config.error_code,
    message: config.error_message,
    headers: config.retry_after === 0 ? {} : { 'Retry-After': String(config.retry_after) },
  }
  return {
    onRequest: (exchange) => {
      const place = environment.places.enter(`${environment.pluginId}\0${config.limit_by}\0${whoCounts(config.limit_by, config, exchange)}`, bounds)
      if (place.state === 'full') return refusal
      // Before anything is waited for: the client may go away meanwhile.
      exchange.whenEnded(() => place.leave())
      return place.entered?.then((isIn) => (isIn ? undefined : refusal))
    },
  }
})
