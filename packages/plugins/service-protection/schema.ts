import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { windowFields, windowProblems } from '../counting/window-fields.ts'

export const serviceProtectionSchema = definePluginSchema({
  name: 'service-protection',
  title: 'Service protection',
  category: 'traffic',
  summary: 'An absolute limit for all requests to a service together, whoever sends them.',
  scopes: ['global', 'service'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject(windowFields).superRefine((config, context) => {
    for (const { path, message } of windowProblems(config)) context.addIssue({ code: 'custom', path, message })
  }),
})
