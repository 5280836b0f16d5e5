import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

export const requestSizeLimitingSchema = definePluginSchema({
  name: 'request-size-limiting',
  title: 'Request size limiting',
  category: 'traffic',
  summary: 'Refuses requests whose body is too large.',
  scopes: ['global', 'service', 'route', 'consumer'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    allowed_payload_size: z.int().min(0).max(2_147_483_647).default(128).meta({ title: 'Allowed size', description: 'Largest body, in the unit below.' }),
    size_unit: z.enum(['megabytes', 'kilobytes', 'bytes']).default('megabytes').meta({ title: 'Unit', description: 'A megabyte is 2^20 bytes, a kilobyte 2^10.' }),
    require_content_length: z
      .boolean()
      .default(false)
      .meta({ title: 'Require Content-Length', description: 'Refuse requests that have neither Content-Length nor a body that tells its end by itself.' }),
  }),
})
