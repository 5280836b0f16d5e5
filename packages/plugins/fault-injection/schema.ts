import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const percentage = z.number().min(0).max(100).default(100)

export const faultInjectionSchema = definePluginSchema({
  name: 'fault-injection',
  title: 'Fault injection',
  category: 'traffic',
  summary: 'Delays requests or ends them with an error, to see what their callers make of it.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      delay: z.int().min(1).max(60_000).nullable().default(null).meta({ title: 'Delay', description: 'How long a request is held.', unit: 'ms' }),
      delay_percentage: percentage.meta({ title: 'Delayed', description: 'Share of the requests that are held.', unit: '%' }),
      abort_status: z.int().min(400).max(599).nullable().default(null).meta({ title: 'Abort with', description: 'Status of the error.' }),
      abort_percentage: percentage.meta({ title: 'Aborted', description: 'Share of the requests that are ended.', unit: '%' }),
      abort_message: z.string().min(1).max(8_192).default('fault injected').meta({ title: 'Message', description: 'Text of the error.' }),
      header_name: z
        .string()
        .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, { error: 'must be a header name' })
        .nullable()
        .default(null)
        .meta({ title: 'Header', description: 'Only requests with this header.' }),
      header_value: z.string().min(1).max(1_024).nullable().default(null).meta({ title: 'Header value', description: 'And only where it has this value.' }),
      max_delayed: z
        .int()
        .min(1)
        .max(100_000)
        .default(1_000)
        .meta({ title: 'Most at once', description: 'Requests that a worker holds at the same time; others are not delayed.' }),
    })
    .superRefine((config, context) => {
      const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
      if (config.delay === null && config.abort_status === null) issue('delay', 'set at least one of delay and abort_status')
      if (config.header_value !== null && config.header_name === null) issue('header_value', 'needs header_name')
    }),
})
