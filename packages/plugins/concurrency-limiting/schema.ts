import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { whoFields, whoProblem } from '../counting/who-fields.ts'

export const concurrencyLimitingSchema = definePluginSchema({
  name: 'concurrency-limiting',
  title: 'Concurrency limiting',
  category: 'traffic',
  summary: 'Bounds how many requests are under way at a time, for each service, route, consumer or address; a few more may wait for their turn.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      limit: z.int().min(1).max(1_000_000).meta({ title: 'Limit', description: 'Requests that may be under way at a time.', unit: 'requests' }),
      limit_by: z
        .enum(['service', 'route', 'consumer', 'consumer-group', 'credential', 'ip', 'header', 'path'])
        .default('service')
        .meta({ title: 'Limit by', description: 'Who shares the places. Where it is missing in a request the address of the client counts.' }),
      ...whoFields('the places'),
      queue_limit: z
        .int()
        .min(0)
        .max(10_000)
        .default(0)
        .meta({ title: 'Queue limit', description: 'Requests that may wait for a place at a time; more are refused at once.', unit: 'requests' }),
      queue_timeout: z
        .int()
        .min(1)
        .max(60_000)
        .default(1_000)
        .meta({ title: 'Queue timeout', description: 'How long a request waits for a place until it is refused.', unit: 'ms' }),
      retry_after: z.int().min(0).max(86_400).default(1).meta({ title: 'Retry-After', description: 'What a refusal tells in Retry-After. 0: nothing.', unit: 's' }),
      error_code: z.int().min(400).max(599).default(503).meta({ title: 'Error status', description: 'Status of a refusal, such as 503, or 429 where callers are told apart.' }),
      error_message: z.string().max(1024).default('Too many requests at a time').meta({ title: 'Error message', description: 'Text of a refusal.' }),
    })
    .superRefine((config, context) => {
      const problem = whoProblem(config)
      if (problem !== null) context.addIssue({ code: 'custom', path: [problem.field], message: problem.message })
    }),
})
