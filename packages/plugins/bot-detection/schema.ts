import { regexProblem } from '@sluice/shared/routing/regex'
import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const patterns = z
  .array(
    z
      .string()
      .min(1)
      .superRefine((pattern, context) => {
        const problem = regexProblem(pattern)
        if (problem !== null) context.addIssue({ code: 'custom', message: problem })
      }),
  )
  .max(256)
  .default([])

export const botDetectionSchema = definePluginSchema({
  name: 'bot-detection',
  title: 'Bot detection',
  category: 'protection',
  summary: 'Refuses programs that say in User-Agent what they are.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    allow: patterns.meta({ title: 'Allow', description: 'Regular expressions in RE2 syntax for a User-Agent that may call whatever else matches.' }),
    deny: patterns.meta({ title: 'Deny', description: 'Regular expressions in RE2 syntax for a User-Agent that is refused besides the known programs.' }),
  }),
})
