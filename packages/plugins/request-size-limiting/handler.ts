import { definePluginHandler, type PluginReply } from '../contract.ts'
import { requestSizeLimitingSchema } from './schema.ts'

const BYTES = { megabytes: 2 ** 20, kilobytes: 2 ** 10, bytes: 1 } as const

/**
 * A body of unknown length is waited for where the limit is at most this, in bytes, so that an upstream never sees the start of one that is
 * refused. Above it a body streams and is cut off: whoever may upload 128 MB must not make a node hold them.
 */
const HELD_BYTES_MAX = 2 ** 20

const MESSAGE = 'Request size limit exceeded'
const TOO_LARGE: PluginReply = { kind: 'error', status: 413, message: MESSAGE }
const NOT_EXPECTED: PluginReply = { kind: 'error', status: 417, message: MESSAGE }
const NO_LENGTH: PluginReply = { kind: 'error', status: 411, message: 'A valid Content-Length header is required' }

export const requestSizeLimitingHandler = definePluginHandler(requestSizeLimitingSchema, (config) => {
  const maxBytes = config.allowed_payload_size * BYTES[config.size_unit]
  return {
    onRequest(exchange) {
      const length = exchange.requestHeaders.get('content-length')
      if (length !== null) {
        if (Number(length) <= maxBytes) return undefined
        return exchange.expectsContinue ? NOT_EXPECTED : TOO_LARGE
      }
      if (!exchange.hasBody) return config.require_content_length ? NO_LENGTH : undefined
      if (maxBytes <= HELD_BYTES_MAX) return exchange.body(maxBytes).then((body) => (body === null ? TOO_LARGE : undefined))
      exchange.limitBody(maxBytes)
      return undefined
    },
  }
})
