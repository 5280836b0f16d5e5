import { regexProblem } from '@sluice/shared/routing/regex'
import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

/** Entries of these characters are origins as they stand; any other is a regex. */
export const PLAIN_ORIGIN = /^[A-Za-z0-9.:/-]+$/

/** Null for an entry that can be used, else a sentence that says why not. */
function originProblem(entry: string): string | null {
  return entry === '*' || PLAIN_ORIGIN.test(entry) ? null : regexProblem(`^(?:${entry})$`)
}

export const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'] as const
const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, { error: 'must be a header name' })

export const corsSchema = definePluginSchema({
  name: 'cors',
  title: 'CORS',
  category: 'protection',
  summary: 'Lets pages of other origins call the API: answers preflights and adds the headers that browsers ask for.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    origins: z
      .array(
        z
          .string()
          .min(1)
          .max(1024)
          .superRefine((entry, context) => {
            const message = originProblem(entry)
            if (message !== null) context.addIssue({ code: 'custom', message })
          }),
      )
      .max(256)
      .nullable()
      .default(null)
      .meta({ title: 'Origins', description: 'Allowed origins: *, full origins, or linear-time regexes. Empty: any.' }),
    methods: z
      .array(z.enum(METHODS))
      .min(1)
      .default([...METHODS])
      .meta({ title: 'Methods', description: 'Sent in Access-Control-Allow-Methods.' }),
    headers: z
      .array(headerName)
      .max(256)
      .nullable()
      .default(null)
      .meta({ title: 'Headers', description: 'Sent in Access-Control-Allow-Headers. Empty: what the preflight asks for.' }),
    exposed_headers: z.array(headerName).max(256).nullable().default(null).meta({ title: 'Exposed headers', description: 'Sent in Access-Control-Expose-Headers.' }),
    max_age: z.int().min(0).max(2_147_483_647).nullable().default(null).meta({ title: 'Max age', description: 'How long a preflight may be kept.', unit: 's' }),
    credentials: z.boolean().default(false).meta({ title: 'Credentials', description: 'Let pages send cookies and authorization.' }),
    private_network: z.boolean().default(false).meta({ title: 'Private network', description: 'Answer requests for private network access.' }),
    preflight_continue: z.boolean().default(false).meta({ title: 'Preflight continue', description: 'Send preflights to the upstream instead of answering them.' }),
    allow_origin_absent: z.boolean().default(true).meta({ title: 'Allow origin absent', description: 'Add the headers to answers of requests without Origin too.' }),
  }),
})
