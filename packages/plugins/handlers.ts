import { aclHandler } from './acl/handler.ts'
import { basicAuthHandler } from './basic-auth/handler.ts'
import { storedPasswordProblem } from './basic-auth/stored-password.ts'
import { botDetectionHandler } from './bot-detection/handler.ts'
import { canaryHandler } from './canary/handler.ts'
import { compressionHandler } from './compression/handler.ts'
import { concurrencyLimitingHandler } from './concurrency-limiting/handler.ts'
import type { CredentialKind, PluginEnvironment, PluginHandler, PluginInstance } from './contract.ts'
import { correlationIdHandler } from './correlation-id/handler.ts'
import { corsHandler } from './cors/handler.ts'
import { exitTransformerHandler } from './exit-transformer/handler.ts'
import { faultInjectionHandler } from './fault-injection/handler.ts'
import { hmacAuthHandler } from './hmac-auth/handler.ts'
import { injectionProtectionHandler } from './injection-protection/handler.ts'
import { ipRestrictionHandler } from './ip-restriction/handler.ts'
import { jsonThreatProtectionHandler } from './json-threat-protection/handler.ts'
import { publicKeyProblem } from './jwt/algorithms.ts'
import { jwtHandler } from './jwt/handler.ts'
import { keyAuthHandler } from './key-auth/handler.ts'
import { ldapAuthHandler } from './ldap-auth/handler.ts'
import { mirrorHandler } from './mirror/handler.ts'
import { mtlsAuthHandler } from './mtls-auth/handler.ts'
import { oauth2Handler } from './oauth2/handler.ts'
import { openidConnectHandler } from './openid-connect/handler.ts'
import { proxyCacheHandler } from './proxy-cache/handler.ts'
import { rateLimitingHandler } from './rate-limiting/handler.ts'
import { rateLimitingAdvancedHandler } from './rate-limiting-advanced/handler.ts'
import { redirectHandler } from './redirect/handler.ts'
import { requestSizeLimitingHandler } from './request-size-limiting/handler.ts'
import { requestTerminationHandler } from './request-termination/handler.ts'
import { requestTransformerHandler } from './request-transformer/handler.ts'
import { requestValidatorHandler } from './request-validator/handler.ts'
import { responseRatelimitingHandler } from './response-ratelimiting/handler.ts'
import { responseTransformerHandler } from './response-transformer/handler.ts'
import { routeByHeaderHandler } from './route-by-header/handler.ts'
import { PLUGIN_SCHEMAS } from './schemas.ts'
import { securityHeadersHandler } from './security-headers/handler.ts'
import { serviceProtectionHandler } from './service-protection/handler.ts'
import { upstreamTimeoutHandler } from './upstream-timeout/handler.ts'

/** Makes an instance from a configuration that is parsed here once more, so that a handler only ever sees what its schema gave. */
type Create = (config: unknown, environment: PluginEnvironment) => PluginInstance

function bind<Config>(handler: PluginHandler<Config>): [string, Create] {
  const schema = PLUGIN_SCHEMAS[handler.name]
  if (schema === undefined) throw new Error(`the plugin ${handler.name} has no schema`)
  return [handler.name, (config, environment) => handler.create(schema.config.parse(config) as Config, environment)]
}

const HANDLERS = new Map([
  bind(aclHandler),
  bind(basicAuthHandler),
  bind(canaryHandler),
  bind(compressionHandler),
  bind(correlationIdHandler),
  bind(corsHandler),
  bind(hmacAuthHandler),
  bind(jwtHandler),
  bind(keyAuthHandler),
  bind(ldapAuthHandler),
  bind(oauth2Handler),
  bind(openidConnectHandler),
  bind(mtlsAuthHandler),
  bind(mirrorHandler),
  bind(proxyCacheHandler),
  bind(rateLimitingHandler),
  bind(rateLimitingAdvancedHandler),
  bind(serviceProtectionHandler),
  bind(concurrencyLimitingHandler),
  bind(responseRatelimitingHandler),
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
  bind(jsonThreatProtectionHandler),
  bind(requestValidatorHandler),
  bind(exitTransformerHandler),
  bind(injectionProtectionHandler),
])

/** The behaviour of every plugin, by name. */
export const PLUGIN_HANDLERS: ReadonlyMap<string, Create> = HANDLERS

/** Adds a plugin of a user, once per thread. */
export function addPluginHandler(name: string, create: Create): void {
  HANDLERS.set(name, create)
}

/** What of a credential no node could use, although it has the form of its type: the field, and what is wrong with it. Found with the configuration, not at the first request. */
type CredentialCheck = (fields: Readonly<Record<string, unknown>>) => { path: string; message: string }[]

export const CREDENTIAL_CHECKS: Readonly<Partial<Record<CredentialKind, CredentialCheck>>> = {
  basicauth_credential: ({ password }) => issueAt('password', storedPasswordProblem(String(password))),
  jwt_secret: (fields) => issueAt('rsa_public_key', publicKeyProblem(fields)),
}

function issueAt(path: string, problem: string | null): { path: string; message: string }[] {
  return problem === null ? [] : [{ path, message: problem }]
}
