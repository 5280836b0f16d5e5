import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { windowFields, windowProblems } from '../counting/window-fields.ts'

const BY = ['consumer', 'consumer-group', 'credential', 'ip', 'service', 'route', 'header', 'path'] as const
const GROUPS = 'is done by scope: bind a rate-limiting-advanced plugin with the other limits to the consumer group, which goes before those of route, service and everybody'

const throttling = z
  .strictObject({
    enabled: z.boolean().default(false).meta({ title: 'Enabled', description: 'Let requests above a limit wait and try again, in place of a refusal.' }),
    interval: z.number().min(0.1).max(3_600).default(5).meta({ title: 'Interval', description: 'Between two tries of one request.', unit: 's' }),
    queue_limit: z.int().min(1).max(10_000).default(5).meta({ title: 'Queue limit', description: 'Requests that may wait at a time in each worker; more are refused at once.' }),
    retry_times: z.int().min(1).max(1_000).default(3).meta({ title: 'Retries', description: 'Tries until a request is refused after all.' }),
  })
  .prefault({})
  .meta({ title: 'Throttling', description: 'Requests above a limit may wait for their turn.' })

export const rateLimitingAdvancedSchema = definePluginSchema({
  name: 'rate-limiting-advanced',
  title: 'Rate limiting, advanced',
  category: 'traffic',
  summary: 'Limits requests in several windows of any length, sliding or fixed, or at an even pace with bursts; for one node or, through Redis, for all.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      limit: windowFields.limit,
      window_size: windowFields.window_size,
      window_type: windowFields.window_type,
      burst: windowFields.burst,
      identifier: z
        .enum(BY)
        .default('consumer')
        .meta({ title: 'Identifier', description: 'Who shares a counter. Where it is missing in a request the address of the client counts.' }),
      compound_identifier: z
        .array(z.enum(BY))
        .min(1)
        .max(BY.length)
        .nullable()
        .default(null)
        .meta({ title: 'Compound identifier', description: 'Requests share a counter where all of these are the same, in place of the identifier alone.' }),
      header_name: z.string().min(1).max(128).nullable().default(null).meta({ title: 'Header name', description: 'For the identifier header.' }),
      path: z
        .string()
        .startsWith('/')
        .max(1024)
        .nullable()
        .default(null)
        .meta({ title: 'Path', description: 'For the identifier path: requests for exactly this path share a counter.' }),
      counter_key: z
        .enum(['consumer.id', 'consumer.username', 'consumer.custom_id'])
        .nullable()
        .default(null)
        .meta({ title: 'Counter key', description: 'What of a consumer its counter is known by: consumers that share it share the counter. Unset: the id.' }),
      enforce_consumer_groups: z
        .literal(false, { error: GROUPS })
        .default(false)
        .meta({ readOnly: true, title: 'Enforce consumer groups', description: 'Of Kong before 3.4; here the scope consumer group does it.' }),
      consumer_groups: z
        .null({ error: GROUPS })
        .default(null)
        .meta({ readOnly: true, title: 'Consumer groups', description: 'Of Kong before 3.4; here the scope consumer group does it.' }),
      throttling,
      strategy: windowFields.strategy,
      sync_rate: windowFields.sync_rate,
      redis: windowFields.redis,
      namespace: windowFields.namespace,
      disable_penalty: windowFields.disable_penalty,
      dictionary_name: windowFields.dictionary_name,
      lock_dictionary_name: windowFields.lock_dictionary_name,
      hide_client_headers: windowFields.hide_client_headers,
      retry_after_jitter_max: windowFields.retry_after_jitter_max,
      error_code: windowFields.error_code,
      error_message: windowFields.error_message,
    })
    .superRefine((config, context) => {
      const problems = windowProblems(config)
      const uses = config.compound_identifier ?? [config.identifier]
      if (uses.includes('header') && config.header_name === null) problems.push({ path: ['header_name'], message: 'is needed when requests are told apart by header' })
      if (uses.includes('path') && config.path === null) problems.push({ path: ['path'], message: 'is needed when requests are told apart by path' })
      for (const { path, message } of problems) context.addIssue({ code: 'custom', path, message })
    }),
})
