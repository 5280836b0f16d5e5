import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const groups = z.array(z.string().min(1).max(256)).min(1).max(256).nullable().default(null)

export const aclSchema = definePluginSchema({
  name: 'acl',
  title: 'Access by group',
  category: 'authentication',
  summary: 'Lets consumers pass, or keeps them out, by the groups that they are in.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      allow: groups.meta({ title: 'Allow', description: 'Groups whose members may pass; nobody else may.' }),
      deny: groups.meta({ title: 'Deny', description: 'Groups whose members may not pass; all other consumers may.' }),
      hide_groups_header: z.boolean().default(false).meta({ title: 'Hide groups header', description: 'Do not tell the upstream the groups of the caller.' }),
      always_use_authenticated_groups: z
        .boolean()
        .default(false)
        .meta({ title: 'Always use authenticated groups', description: 'Go by groups that authentication names (a directory, a token), also where the consumer has groups here.' }),
      include_consumer_groups: z.boolean().default(false).meta({ title: 'Include consumer groups', description: 'Names of consumer groups count as groups too.' }),
    })
    .refine((config) => (config.allow === null) !== (config.deny === null), { path: ['allow'], error: 'set exactly one of allow and deny' }),
})
