import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

export const canarySchema = definePluginSchema({
  name: 'canary',
  title: 'Canary',
  category: 'traffic',
  summary: 'Sends a share of the requests to another upstream. Raising the share never takes anyone back.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      percentage: z
        .number()
        .min(0)
        .max(100)
        .refine((value) => Math.abs(value * 10 - Math.round(value * 10)) < 1e-9, { error: 'goes in steps of 0.1' })
        .nullable()
        .default(null)
        .meta({ title: 'Percentage', description: 'Share of the requests that goes to the canary, in steps of 0.1.', unit: '%' }),
      upstream_host: z.string().min(1).max(253).nullable().default(null).meta({ title: 'Upstream host', description: 'A host, or the name of an upstream, for the canary.' }),
      upstream_port: z.int().min(0).max(65_535).nullable().default(null).meta({ title: 'Upstream port', description: 'Port for the canary.' }),
      upstream_uri: z
        .string()
        .min(1)
        .max(1024)
        .startsWith('/', { error: 'must start with /' })
        .nullable()
        .default(null)
        .meta({ title: 'Upstream path', description: 'Used instead of the path of the service.' }),
      upstream_fallback: z
        .boolean()
        .default(false)
        .meta({ title: 'Upstream fallback', description: 'Stay with the service while the canary’s upstream has no target that may take traffic.' }),
      hash: z
        .enum(['consumer', 'ip', 'header', 'cookie', 'none', 'allow', 'deny'])
        .default('consumer')
        .meta({ title: 'Sticky by', description: 'What keeps a caller on its side; consumer falls back to ip. allow and deny go by ACL group.' }),
      hash_header: z.string().min(1).max(128).nullable().default(null).meta({ title: 'Hash header', description: 'For hash header.' }),
      hash_cookie: z
        .string()
        .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, { error: 'must be a cookie name' })
        .default('sluice_canary')
        .meta({ title: 'Hash cookie', description: 'For hash cookie; set where the caller has none. An addition of Sluice.' }),
      canary_by_header_name: z
        .string()
        .min(1)
        .max(128)
        .nullable()
        .default(null)
        .meta({ title: 'Override header', description: 'A request header that forces a side with always or never.' }),
      start: z.number().min(0).nullable().default(null).meta({ title: 'Start', description: 'Unix time at which a ramp from 0 to 100 % begins.', unit: 's' }),
      duration: z.number().positive().default(3600).meta({ title: 'Duration', description: 'Length of the ramp.', unit: 's' }),
      steps: z.int().min(1).max(100_000).default(1000).meta({ title: 'Steps', description: 'Number of steps of the ramp.' }),
      groups: z.array(z.string().min(1).max(256)).max(256).nullable().default(null).meta({ title: 'Groups', description: 'ACL groups, for hash allow and deny.' }),
    })
    .superRefine((config, context) => {
      const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
      if (config.upstream_host === null && config.upstream_port === null && config.upstream_uri === null)
        issue('upstream_host', 'set at least one of upstream_host, upstream_port, upstream_uri')
      const byGroup = config.hash === 'allow' || config.hash === 'deny'
      if (byGroup && (config.groups === null || config.groups.length === 0)) issue('groups', `is needed when hash is ${config.hash}`)
      if (!byGroup && config.percentage === null && config.start === null) issue('percentage', 'set percentage, or start for a ramp')
      if (config.hash === 'header' && config.hash_header === null) issue('hash_header', 'is needed when hash is header')
      if (config.upstream_fallback && config.upstream_host === null) issue('upstream_host', 'upstream_fallback needs the name of an upstream here')
    }),
})
