import { aclSchema } from './acl/schema.ts'
import { basicAuthSchema } from './basic-auth/schema.ts'
import { canarySchema } from './canary/schema.ts'
import type { PluginSchema } from './contract.ts'
import { correlationIdSchema } from './correlation-id/schema.ts'
import { corsSchema } from './cors/schema.ts'
import { hmacAuthSchema } from './hmac-auth/schema.ts'
import { jwtSchema } from './jwt/schema.ts'
import { keyAuthSchema } from './key-auth/schema.ts'
import { rateLimitingSchema } from './rate-limiting/schema.ts'
import { requestTerminationSchema } from './request-termination/schema.ts'

/** Every plugin that this Sluice has, by name; safe for browsers. */
export const PLUGIN_SCHEMAS: Readonly<Record<string, PluginSchema>> = {
  acl: aclSchema,
  'basic-auth': basicAuthSchema,
  canary: canarySchema,
  'correlation-id': correlationIdSchema,
  cors: corsSchema,
  'hmac-auth': hmacAuthSchema,
  jwt: jwtSchema,
  'key-auth': keyAuthSchema,
  'rate-limiting': rateLimitingSchema,
  'request-termination': requestTerminationSchema,
}
