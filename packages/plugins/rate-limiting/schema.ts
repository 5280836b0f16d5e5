import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

/** Windows from short to long. */
export const WINDOWS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const
export type Window = (typeof WINDOWS)[number]

const limit = (window: Window) =>
  z
    .int()
    .min(1)
    .max(4_000_000_000)
    .nullable()
    .default(null)
    .meta({ title: `Per ${window}`, description: `Requests in one ${window} of UTC time. Empty: not limited.`, unit: 'requests' })

export const rateLimitingSchema = definePluginSchema({
  name: 'rate-limiting',
  title: 'Rate limiting',
  category: 'traffic',
  summary: 'Lets a number of requests through in each second, minute, hour, day, month or year; exact across the workers of a node.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      second: limit('second'),
      minute: limit('minute'),
      hour: limit('hour'),
      day: limit('day'),
      month: limit('month'),
      year: limit('year'),
      limit_by: z
        .enum(['consumer', 'consumer-group', 'credential', 'ip', 'service', 'header', 'path'])
        .default('consumer')
        .meta({ title: 'Limit by', description: 'Who shares a counter. Where it is missing in a request the address of the client counts.' }),
      header_name: z.string().min(1).max(128).nullable().default(null).meta({ title: 'Header name', description: 'For limit_by header.' }),
      path: z
        .string()
        .startsWith('/')
        .max(1024)
        .nullable()
        .default(null)
        .meta({ title: 'Path', description: 'For limit_by path: requests for exactly this path share a counter.' }),
      policy: z
        .literal('local', { error: 'only "local" (counted on each node) is there in this version; "redis" and "cluster" are not' })
        .default('local')
        .meta({ title: 'Policy', description: 'Where the counters are.' }),
      fault_tolerant: z.boolean().default(true).meta({ title: 'Fault tolerant', description: 'Let requests pass where a counter cannot be kept. Off: answer 500.' }),
      hide_client_headers: z.boolean().default(false).meta({ title: 'Hide client headers', description: 'Send no X-RateLimit, RateLimit and Retry-After headers.' }),
      error_code: z.int().min(100).max(599).default(429).meta({ title: 'Error status', description: 'Status of a refusal.' }),
      error_message: z.string().max(1024).default('API rate limit exceeded').meta({ title: 'Error message', description: 'Text of a refusal.' }),
    })
    .superRefine((config, context) => {
      const given = WINDOWS.filter((window) => config[window] !== null)
      if (given.length === 0) context.addIssue({ code: 'custom', path: ['minute'], message: `set at least one of ${WINDOWS.join(', ')}` })
      for (const [index, window] of given.entries()) {
        const shorter = given[index - 1]
        if (shorter === undefined || Number(config[window]) >= Number(config[shorter])) continue
        context.addIssue({
          code: 'custom',
          path: [window],
          message: `The limit for ${window}(${config[window]}.0) cannot be lower than the limit for ${shorter}(${config[shorter]}.0)`,
        })
      }
      if (config.limit_by === 'header' && config.header_name === null) context.addIssue({ code: 'custom', path: ['header_name'], message: 'is needed when limit_by is header' })
      if (config.limit_by === 'path' && config.path === null) context.addIssue({ code: 'custom', path: ['path'], message: 'is needed when limit_by is path' })
    }),
})
