import { definePluginHandler } from '../contract.ts'
import { upstreamTimeoutSchema } from './schema.ts'

export const upstreamTimeoutHandler = definePluginHandler(upstreamTimeoutSchema, (config) => ({
  onRequest({ upstream }) {
    upstream.connectTimeoutMs = config.connect_timeout
    upstream.sendTimeoutMs = config.send_timeout
    upstream.readTimeoutMs = config.read_timeout
    return undefined
  },
}))
