import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

function locationProblem(text: string): string | null {
  if (!/^[\x21-\x7e]+$/.test(text)) return 'may have printable ASCII only: percent-encode the rest'
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return 'must be a URL with http:// or https://'
  const { username, password } = new URL(text)
  return username === '' && password === '' ? null : 'may not have a user or a password'
}

export const redirectSchema = definePluginSchema({
  name: 'redirect',
  title: 'Redirect',
  category: 'traffic',
  summary: 'Sends clients to another address.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    status_code: z
      .int()
      .min(300)
      .max(399)
      .refine((status) => status !== 304, { error: '304 says that nothing changed: it redirects nobody' })
      .default(301)
      .meta({ title: 'Status', description: 'Status of the answer; 307 and 308 keep the method.' }),
    location: z
      .string()
      .max(2048)
      .superRefine((text, context) => {
        const problem = locationProblem(text)
        if (problem !== null) context.addIssue({ code: 'custom', message: problem })
      })
      .meta({ title: 'Location', description: 'Where to: a whole URL.' }),
    keep_incoming_path: z.boolean().default(false).meta({ title: 'Keep incoming path', description: 'Path and query of the request take the place of those of the location.' }),
  }),
})
