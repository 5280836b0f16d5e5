import { escapePath } from '@sluice/shared/routing/normalize'
import { definePluginHandler, type PluginReply } from '../contract.ts'
import { redirectSchema } from './schema.ts'

const ORIGIN = /^https?:\/\/[^/?#]+/i

export const redirectHandler = definePluginHandler(redirectSchema, (config) => {
  const reply = (location: string): PluginReply => ({ kind: 'raw', status: config.status_code, body: 'redirecting', contentType: null, headers: { Location: location } })
  const fixed = reply(config.location)
  const origin = ORIGIN.exec(config.location)?.[0] ?? ''
  return {
    onRequest({ path, query }) {
      return config.keep_incoming_path ? reply(`${origin}${escapePath(path)}${query === null ? '' : `?${query}`}`) : fixed
    },
  }
})
