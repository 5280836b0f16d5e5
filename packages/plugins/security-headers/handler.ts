import type * as z from 'zod'
import { definePluginHandler, type PluginExchange } from '../contract.ts'
import { securityHeadersSchema } from './schema.ts'

type Config = z.output<typeof securityHeadersSchema.config>

function fieldsOf(config: Config): [string, string][] {
  const policy = config.content_security_policy_report_only ? 'Content-Security-Policy-Report-Only' : 'Content-Security-Policy'
  const all: [string, string | null][] = [
    ['X-Content-Type-Options', config.content_type_options ? 'nosniff' : null],
    ['X-Frame-Options', config.frame_options],
    ['Referrer-Policy', config.referrer_policy],
    [policy, config.content_security_policy],
    ['Permissions-Policy', config.permissions_policy],
    ['Cross-Origin-Opener-Policy', config.cross_origin_opener_policy],
    ['Cross-Origin-Embedder-Policy', config.cross_origin_embedder_policy],
    ['Cross-Origin-Resource-Policy', config.cross_origin_resource_policy],
  ]
  return all.filter((field): field is [string, string] => field[1] !== null)
}

function hstsOf({ hsts_max_age, hsts_include_subdomains, hsts_preload }: Config): string | null {
  if (hsts_max_age === null) return null
  return `max-age=${hsts_max_age}${hsts_include_subdomains ? '; includeSubDomains' : ''}${hsts_preload ? '; preload' : ''}`
}

/** True where the client speaks TLS to us, or says that a proxy ended it. Who forges that tells only itself. */
function isSecure({ scheme, requestHeaders }: PluginExchange): boolean {
  return scheme === 'https' || requestHeaders.get('x-forwarded-proto')?.toLowerCase() === 'https'
}

export const securityHeadersHandler = definePluginHandler(securityHeadersSchema, (config) => {
  const fields = fieldsOf(config)
  const hsts = hstsOf(config)
  const { overwrite, remove } = config
  return {
    onResponse(exchange) {
      const headers = exchange.responseHeaders
      for (const name of remove) headers.remove(name)
      for (const [name, value] of fields) if (overwrite || !headers.has(name)) headers.set(name, value)
      // RFC 6797 7.2: never over plain http.
      if (hsts !== null && isSecure(exchange) && (overwrite || !headers.has('strict-transport-security'))) headers.set('Strict-Transport-Security', hsts)
    },
  }
})
