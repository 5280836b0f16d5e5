import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

export const requestTerminationSchema = definePluginSchema({
  name: 'request-termination',
  title: 'Request termination',
  category: 'traffic',
  summary: 'Answers requests by itself, for maintenance or to close a path.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      status_code: z.int().min(100).max(599).default(503).meta({ title: 'Status', description: 'Status of the answer.' }),
      message: z.string().max(8192).nullable().default(null).meta({ title: 'Message', description: 'Text of a JSON body {"message": …}.' }),
      body: z.string().max(1_048_576).nullable().default(null).meta({ title: 'Body', description: 'The whole body as it is sent.', widget: 'text' }),
      content_type: z
        .string()
        .min(1)
        .max(256)
        .regex(/^[\x20-\x7e]+$/, { error: 'may have printable ASCII only' })
        .nullable()
        .default(null)
        .meta({ title: 'Content type', description: 'Of the body.' }),
      echo: z.boolean().default(false).meta({ title: 'Echo', description: 'Answer with what the request was, to find faults.' }),
      trigger: z.string().min(1).max(128).nullable().default(null).meta({ title: 'Trigger', description: 'Only requests with a header or query argument of this name.' }),
    })
    .superRefine((config, context) => {
      const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
      if (config.message !== null && (config.body !== null || config.content_type !== null)) issue('message', 'excludes body and content_type')
      if (config.content_type !== null && config.body === null) issue('content_type', 'needs body')
      if (config.echo && (config.message !== null || config.body !== null)) issue('echo', 'excludes message and body')
      if (config.status_code < 200) issue('status_code', 'an interim status (1xx) cannot end a request')
    }),
})
