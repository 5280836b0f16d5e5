import { aclSchema } from './acl/schema.ts'
import { basicAuthSchema } from './basic-auth/schema.ts'
import { botDetectionSchema } from './bot-detection/schema.ts'
import { canarySchema } from './canary/schema.ts'
import { compressionSchema } from './compression/schema.ts'
import { concurrencyLimitingSchema } from './concurrency-limiting/schema.ts'
import type { PluginSchema } from './contract.ts'
import { correlationIdSchema } from './correlation-id/schema.ts'
import { corsSchema } from './cors/schema.ts'
import { exitTransformerSchema } from './exit-transformer/schema.ts'
import { faultInjectionSchema } from './fault-injection/schema.ts'
import { hmacAuthSchema } from './hmac-auth/schema.ts'
import { injectionProtectionSchema } from './injection-protection/schema.ts'
import { ipRestrictionSchema } from './ip-restriction/schema.ts'
import { jsonThreatProtectionSchema } from './json-threat-protection/schema.ts'
import { jwtSchema } from './jwt/schema.ts'
import { keyAuthSchema } from './key-auth/schema.ts'
import { ldapAuthSchema } from './ldap-auth/schema.ts'
import { mirrorSchema } from './mirror/schema.ts'
import { mtlsAuthSchema } from './mtls-auth/schema.ts'
import { oauth2Schema } from './oauth2/schema.ts'
import { openidConnectSchema } from './openid-connect/schema.ts'
import { proxyCacheSchema } from './proxy-cache/schema.ts'
import { rateLimitingSchema } from './rate-limiting/schema.ts'
import { rateLimitingAdvancedSchema } from './rate-limiting-advanced/schema.ts'
import { redirectSchema } from './redirect/schema.ts'
import { requestSizeLimitingSchema } from './request-size-limiting/schema.ts'
import { requestTerminationSchema } from './request-termination/schema.ts'
import { requestTransformerSchema } from './request-transformer/schema.ts'
import { requestValidatorSchema } from './request-validator/schema.ts'
import { responseRatelimitingSchema } from './response-ratelimiting/schema.ts'
import { responseTransformerSchema } from './response-transformer/schema.ts'
import { routeByHeaderSchema } from './route-by-header/schema.ts'
import { securityHeadersSchema } from './security-headers/schema.ts'
import { serviceProtectionSchema } from './service-protection/schema.ts'
import { upstreamTimeoutSchema } from './upstream-timeout/schema.ts'

/** Every plugin that this Sluice has, by name; safe for browsers. */
export const PLUGIN_SCHEMAS: Readonly<Record<string, PluginSchema>> = {
  acl: aclSchema,
  'basic-auth': basicAuthSchema,
  canary: canarySchema,
  compression: compressionSchema,
  'correlation-id': correlationIdSchema,
  cors: corsSchema,
  'hmac-auth': hmacAuthSchema,
  jwt: jwtSchema,
  'key-auth': keyAuthSchema,
  'ldap-auth': ldapAuthSchema,
  oauth2: oauth2Schema,
  'openid-connect': openidConnectSchema,
  'mtls-auth': mtlsAuthSchema,
  mirror: mirrorSchema,
  'proxy-cache': proxyCacheSchema,
  'rate-limiting': rateLimitingSchema,
  'rate-limiting-advanced': rateLimitingAdvancedSchema,
  'response-ratelimiting': responseRatelimitingSchema,
  'concurrency-limiting': concurrencyLimitingSchema,
  'service-protection': serviceProtectionSchema,
  'request-termination': requestTerminationSchema,
  'ip-restriction': ipRestrictionSchema,
  'bot-detection': botDetectionSchema,
  'request-size-limiting': requestSizeLimitingSchema,
  'request-transformer': requestTransformerSchema,
  'response-transformer': responseTransformerSchema,
  redirect: redirectSchema,
  'route-by-header': routeByHeaderSchema,
  'upstream-timeout': upstreamTimeoutSchema,
  'security-headers': securityHeadersSchema,
  'fault-injection': faultInjectionSchema,
  'json-threat-protection': jsonThreatProtectionSchema,
  'request-validator': requestValidatorSchema,
  'exit-transformer': exitTransformerSchema,
  'injection-protection': injectionProtectionSchema,
}

/** Adds a plugin of a user, once per thread before anything is checked. Throws where its name is taken. */
export function addPluginSchema(schema: PluginSchema): void {
  if (Object.hasOwn(PLUGIN_SCHEMAS, schema.name)) throw new Error(`there is a plugin ${schema.name} already; give it another name`)
  const schemas: Record<string, PluginSchema> = PLUGIN_SCHEMAS
  schemas[schema.name] = schema
}
