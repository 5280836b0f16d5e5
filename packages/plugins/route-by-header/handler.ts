import { definePluginHandler, type HeaderFields, type PluginReply } from '../contract.ts'
import { routeByHeaderSchema } from './schema.ts'

const NO_UPSTREAM: PluginReply = { kind: 'error', status: 500, message: 'An unexpected error occurred' }

interface Rule {
  readonly fields: readonly (readonly [string, string])[]
  readonly upstream: string
  hasWarned: boolean
}

/** A header that is there twice is equal to nothing. */
function isMet({ fields }: Rule, headers: HeaderFields): boolean {
  for (const [name, value] of fields) if (headers.get(name) !== value || headers.getAll(name).length > 1) return false
  return true
}

export const routeByHeaderHandler = definePluginHandler(routeByHeaderSchema, (config, environment) => {
  const rules: readonly Rule[] = config.rules.map(({ condition, upstream_name }) => ({ fields: Object.entries(condition), upstream: upstream_name, hasWarned: false }))
  return {
    onRequest(exchange) {
      for (const rule of rules) {
        if (!isMet(rule, exchange.requestHeaders)) continue
        if (environment.upstreamAvailable(rule.upstream) === null) {
          // Once is enough: a caller could fill the log otherwise.
          if (!rule.hasWarned) environment.log('error', 'route-by-header: no upstream has this name', { upstream: rule.upstream })
          rule.hasWarned = true
          return NO_UPSTREAM
        }
        exchange.upstream.host = rule.upstream
        return undefined
      }
      return undefined
    },
  }
})
