import { botDetectionHandler } from './bot-detection/handler.ts'
import { canaryHandler } from './canary/handler.ts'
import type { PluginEnvironment, PluginHandler, PluginInstance } from './contract.ts'
import { correlationIdHandler } from './correlation-id/handler.ts'
import { corsHandler } from './cors/handler.ts'
import { faultInjectionHandler } from './fault-injection/handler.ts'
import { ipRestrictionHandler } from './ip-restriction/handler.ts'
import { keyAuthHandler } from './key-auth/handler.ts'
import { rateLimitingHandler } from './rate-limiting/handler.ts'
import { redirectHandler } from './redirect/handler.ts'
import { requestSizeLimitingHandler } from './request-size-limiting/handler.ts'
import { requestTerminationHandler } from './request-termination/handler.ts'
import { requestTransformerHandler } from './request-transformer/handler.ts'
import { responseTransformerHandler } from './response-transformer/handler.ts'
import { routeByHeaderHandler } from './route-by-header/handler.ts'
import { PLUGIN_SCHEMAS } from './schemas.ts'
import { securityHeadersHandler } from './security-headers/handler.ts'
import { upstreamTimeoutHandler } from './upstream-timeout/handler.ts'

/** Makes an instance from a configuration that is parsed here once more, so that a handler only ever sees what its schema gave. */
type Create = (config: unknown, environment: PluginEnvironment) => PluginInstance

function bind<Config>(handler: PluginHandler<Config>): [string, Create] {
  const schema = PLUGIN_SCHEMAS[handler.name]
  if (schema === undefined) throw new Error(`the plugin ${handler.name} has no schema`)
  return [handler.name, (config, environment) => handler.create(schema.config.parse(config) as Config, environment)]
}

/** The behaviour of every plugin, by name. */
export const PLUGIN_HANDLERS: ReadonlyMap<string, Create> = new Map([
  bind(canaryHandler),
  bind(correlationIdHandler),
  bind(corsHandler),
  bind(keyAuthHandler),
  bind(rateLimitingHandler),
  bind(requestTerminationHandler),
  bind(ipRestrictionHandler),
  bind(botDetectionHandler),
  bind(requestSizeLimitingHandler),
  bind(requestTransformerHandler),
  bind(responseTransformerHandler),
  bind(redirectHandler),
  bind(routeByHeaderHandler),
  bind(upstreamTimeoutHandler),
  bind(securityHeadersHandler),
  bind(faultInjectionHandler),
])
