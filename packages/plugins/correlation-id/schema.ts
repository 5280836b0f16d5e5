import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

export const correlationIdSchema = definePluginSchema({
  name: 'correlation-id',
  title: 'Correlation id',
  category: 'transformation',
  summary: 'Gives each request an id in a header, so that it can be followed through your systems.',
  scopes: ['global', 'service', 'route', 'consumer'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    header_name: z
      .string()
      .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, { error: 'must be a header name' })
      .default('Kong-Request-ID')
      .meta({ title: 'Header name', description: 'The header that carries the id; a value that the caller sent is kept.' }),
    generator: z
      .enum(['uuid', 'uuid#counter', 'tracker'])
      .default('uuid#counter')
      .meta({ title: 'Generator', description: 'How an id is made. tracker: address, port, process, connection, requests on it, time.' }),
    echo_downstream: z.boolean().default(false).meta({ title: 'Echo downstream', description: 'Send the id to the caller too.' }),
  }),
})
