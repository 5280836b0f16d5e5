import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { limitsThatShrink, WINDOWS, type Window } from '../counting/calendar-windows.ts'
import { policyField } from '../counting/store-fields.ts'
import { redisProblem, redisWithTimeout } from '../redis-fields.ts'

/** Names become parts of header names. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
const LIMITS_MAX = 32

const limit = (window: Window) =>
  z
    .int()
    .min(1)
    .max(4_000_000_000)
    .nullable()
    .default(null)
    .meta({ title: `Per ${window}`, description: `What answers may cost in one ${window} of UTC time. Empty: not limited.` })

const limitsOfOne = z
  .strictObject({ second: limit('second'), minute: limit('minute'), hour: limit('hour'), day: limit('day'), month: limit('month'), year: limit('year') })
  .superRefine((limits, context) => {
    if (WINDOWS.every((window) => limits[window] === null)) context.addIssue({ code: 'custom', path: [], message: `set at least one of ${WINDOWS.join(', ')}` })
    for (const { window, message } of limitsThatShrink(limits)) context.addIssue({ code: 'custom', path: [window], message })
  })

export const responseRatelimitingSchema = definePluginSchema({
  name: 'response-ratelimiting',
  title: 'Response rate limiting',
  category: 'traffic',
  summary: 'Limits what answers cost: the upstream says in a header how much of which limit each of them takes.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      limits: z
        .record(z.string().regex(NAME, { error: 'a name may have what header names may have: letters, digits and some signs' }), limitsOfOne)
        .refine((limits) => Object.keys(limits).length >= 1 && Object.keys(limits).length <= LIMITS_MAX, { error: `name 1 to ${LIMITS_MAX} limits` })
        .meta({ title: 'Limits', description: 'For each name what answers may cost in which window, such as {"video": {"minute": 6}}.' }),
      header_name: z
        .string()
        .regex(NAME, { error: 'must be a header name' })
        .default('x-kong-limit')
        .meta({ title: 'Header', description: 'Header of the upstream’s answer with what it costs, such as video=2, image=1. Clients never get it.' }),
      block_on_first_violation: z.boolean().default(false).meta({ title: 'Block on first violation', description: 'Refuse a request at once while any limit is used up.' }),
      limit_by: z
        .enum(['consumer', 'credential', 'ip'])
        .default('consumer')
        .meta({ title: 'Limit by', description: 'Who shares the counters. Where it is missing in a request the address of the client counts.' }),
      policy: policyField,
      redis: redisWithTimeout('policy redis'),
      fault_tolerant: z.boolean().default(true).meta({ title: 'Fault tolerant', description: 'Let requests pass where counters cannot be read. Off: answer 500.' }),
      hide_client_headers: z.boolean().default(false).meta({ title: 'Hide client headers', description: 'Send clients no X-RateLimit headers.' }),
    })
    .superRefine((config, context) => {
      const problem = config.policy === 'redis' ? redisProblem(config.redis) : null
      if (problem !== null) context.addIssue({ code: 'custom', path: ['redis', problem.path], message: problem.message })
    }),
})
