import { definePluginHandler, type PluginReply } from '../contract.ts'
import { whoCounts } from '../counting/who-counts.ts'
import { concurrencyLimitingSchema } from './schema.ts'

/**
 * An answer reaches its client a moment before its place is free: who asks again at once, perhaps in another worker, must not be refused for that. So without a
 * queue as many as may be under way wait for so long.
 */
const HANDOVER_MS = 10

export const concurrencyLimitingHandler = definePluginHandler(concurrencyLimitingSchema, (config, environment) => {
  const { limit, queue_limit, queue_timeout } = config
  const bounds = queue_limit === 0 ? { limit, queueMax: limit, waitMs: HANDOVER_MS } : { limit, queueMax: queue_limit, waitMs: queue_timeout }
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
