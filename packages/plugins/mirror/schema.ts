import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const MIB = 1_048_576

export const mirrorSchema = definePluginSchema({
  name: 'mirror',
  title: 'Mirror',
  category: 'traffic',
  summary: 'Sends a copy of a share of the requests to another place and throws its answers away. Clients never wait for it, and no metric counts it.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    host: z.string().min(1).max(253).meta({ title: 'Host', description: 'A host, an address, or the name of an upstream that gets the copies.' }),
    port: z.int().min(1).max(65_535).nullable().default(null).meta({ title: 'Port', description: 'Its port. Empty: that of the service.' }),
    path: z
      .string()
      .min(1)
      .max(1_024)
      .regex(/^\/[\x21-\x7e]*$/, { error: 'must start with / and be without blanks' })
      .regex(/^[^?#]*$/, { error: 'is the path alone' })
      .nullable()
      .default(null)
      .meta({ title: 'Path', description: 'Used instead of the path of the service.' }),
    percentage: z.number().min(0).max(100).default(100).meta({ title: 'Percentage', description: 'Share of the requests that are copied, each chosen by chance.', unit: '%' }),
    methods: z
      .array(z.string().max(32).regex(TOKEN, { error: 'is no method' }).toUpperCase())
      .max(32)
      .default([])
      .meta({ title: 'Methods', description: 'Methods that are copied. Empty: all.' }),
    remove_headers: z
      .array(z.string().max(128).regex(TOKEN, { error: 'is no name of a header' }))
      .max(64)
      .default([])
      .meta({ title: 'Headers left out', description: 'Request headers that the copy does not have, such as Authorization and Cookie.' }),
    timeout: z
      .int()
      .min(1)
      .max(600_000)
      .default(10_000)
      .meta({ title: 'Timeout', description: 'How long a copy may last, from its start to the last byte of its answer.', unit: 'ms' }),
    max_in_flight: z.int().min(1).max(10_000).default(100).meta({ title: 'At once', description: 'Copies of each worker at a time. Further requests are not copied.' }),
    max_body_size: z
      .int()
      .min(0)
      .max(64 * MIB)
      .default(MIB)
      .meta({ title: 'Largest body', description: 'A request with a longer body is not copied.', unit: 'bytes' }),
    max_held: z
      .int()
      .min(0)
      .max(1_024 * MIB)
      .default(16 * MIB)
      .meta({ title: 'Bodies held', description: 'Bytes of bodies that each worker holds for copies, all together. Requests beyond are not copied.', unit: 'bytes' }),
  }),
})
