import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, { error: 'must be a header name' })

const rule = z.strictObject({
  condition: z
    .record(headerName, z.string().min(1).max(1024))
    .refine((condition) => Object.keys(condition).length > 0, { error: 'names at least one header' })
    .refine((condition) => Object.keys(condition).length <= 16, { error: 'names at most 16 headers' })
    .meta({ title: 'Condition', description: 'Headers with the values that they must have.' }),
  upstream_name: z.string().min(1).max(253).meta({ title: 'Upstream', description: 'Name of the upstream for such requests.' }),
})

export const routeByHeaderSchema = definePluginSchema({
  name: 'route-by-header',
  title: 'Route by header',
  category: 'traffic',
  summary: 'Sends requests to another upstream by what their headers say.',
  scopes: ['global', 'service', 'route', 'consumer'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    rules: z.array(rule).max(256).default([]).meta({ title: 'Rules', description: 'Conditions with their upstreams; the first that fits counts.' }),
  }),
})
