import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { limitsThatShrink, WINDOWS, type Window } from '../counting/calendar-windows.ts'
import { policyField } from '../counting/store-fields.ts'
import { whoFields, whoProblem } from '../counting/who-fields.ts'
import { redisProblem, redisWithTimeout } from '../redis-fields.ts'

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
  summary: 'Lets a number of requests through in each second, minute, hour, day, month or year; exact across the workers of a node, and across nodes through Redis.',
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
      ...whoFields('a counter'),
      policy: policyField,
      sync_rate: z.number().min(-1).max(3_600).default(-1).meta({
        title: 'Sync rate',
        description: 'For policy redis: -1 asks Redis for each request; from 0.02 on nodes count by themselves and exchange counters so often.',
        unit: 's',
      }),
      redis: redisWithTimeout('policy redis'),
      fault_tolerant: z.boolean().default(true).meta({ title: 'Fault tolerant', description: 'Let requests pass where a counter cannot be kept. Off: answer 500.' }),
      hide_client_headers: z.boolean().default(false).meta({ title: 'Hide client headers', description: 'Send no X-RateLimit, RateLimit and Retry-After headers.' }),
      error_code: z.int().min(100).max(599).default(429).meta({ title: 'Error status', description: 'Status of a refusal.' }),
      error_message: z.string().max(1024).default('API rate limit exceeded').meta({ title: 'Error message', description: 'Text of a refusal.' }),
    })
    .superRefine((config, context) => {
      const issue = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
      if (WINDOWS.every((window) => config[window] === null)) issue(['minute'], `set at least one of ${WINDOWS.join(', ')}`)
      for (const { window, message } of limitsThatShrink(config)) issue([window], message)
      const who = whoProblem(config)
      if (who !== null) issue([who.field], who.message)
      if (config.sync_rate !== -1 && config.sync_rate < 0.02) issue(['sync_rate'], 'sync_rate must be greater than 0.02, or -1 to disable')
      else if (config.sync_rate !== -1 && config.policy !== 'redis') issue(['sync_rate'], 'sync_rate can only be used with the redis policy')
      const problem = config.policy === 'redis' ? redisProblem(config.redis) : null
      if (problem !== null) issue(['redis', problem.path], problem.message)
    }),
})
