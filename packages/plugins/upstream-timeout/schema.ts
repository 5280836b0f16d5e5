import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const timeout = z.int().min(1).max(2_147_483_646).nullable().default(null)

export const upstreamTimeoutSchema = definePluginSchema({
  name: 'upstream-timeout',
  title: 'Upstream timeout',
  category: 'traffic',
  summary: 'Gives some requests other timeouts than their service has.',
  scopes: ['global', 'service', 'route', 'consumer'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    connect_timeout: timeout.meta({ title: 'Connect timeout', description: 'Instead of that of the service.', unit: 'ms' }),
    send_timeout: timeout.meta({ title: 'Send timeout', description: 'Instead of write_timeout of the service.', unit: 'ms' }),
    read_timeout: timeout.meta({ title: 'Read timeout', description: 'Instead of that of the service.', unit: 'ms' }),
  }),
})
