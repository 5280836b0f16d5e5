import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'

const FRAME_OPTIONS = ['DENY', 'SAMEORIGIN'] as const
const REFERRER_POLICIES = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
] as const
const OPENER_POLICIES = ['unsafe-none', 'same-origin-allow-popups', 'same-origin', 'noopener-allow-popups'] as const
const EMBEDDER_POLICIES = ['unsafe-none', 'require-corp', 'credentialless'] as const
const RESOURCE_POLICIES = ['same-site', 'same-origin', 'cross-origin'] as const

/** A year: what browsers' preload lists ask for. */
const PRELOAD_MAX_AGE_MIN_S = 31_536_000

const text = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[\x20-\x7e]+$/, { error: 'may have printable ASCII only' })
    .nullable()
    .default(null)

export const securityHeadersSchema = definePluginSchema({
  name: 'security-headers',
  title: 'Security headers',
  category: 'protection',
  summary: 'Adds the headers that tell browsers what a page may do, and takes off those that tell too much.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      hsts_max_age: z
        .int()
        .min(0)
        .max(4_294_967_295)
        .nullable()
        .default(null)
        .meta({ title: 'HSTS max age', description: 'How long browsers may use https only; 0 takes it back. Sent over https alone.', unit: 's' }),
      hsts_include_subdomains: z.boolean().default(false).meta({ title: 'HSTS for subdomains', description: 'All subdomains too.' }),
      hsts_preload: z.boolean().default(false).meta({ title: 'HSTS preload', description: 'Allows browsers to ship the host as https only.' }),
      content_type_options: z.boolean().default(true).meta({ title: 'No sniffing', description: 'Browsers take Content-Type as it is said.' }),
      frame_options: z.enum(FRAME_OPTIONS).nullable().default('SAMEORIGIN').meta({ title: 'Frames', description: 'Which pages may show the answer in a frame.' }),
      referrer_policy: z
        .enum(REFERRER_POLICIES)
        .nullable()
        .default('strict-origin-when-cross-origin')
        .meta({ title: 'Referrer policy', description: 'What other sites are told of where a visitor came from.' }),
      content_security_policy: text(8_192).meta({ title: 'Content security policy', description: 'What a page may load and run.', widget: 'text' }),
      content_security_policy_report_only: z.boolean().default(false).meta({ title: 'Report only', description: 'Browsers report what the policy forbids, and allow it.' }),
      permissions_policy: text(4_096).meta({ title: 'Permissions policy', description: 'Which features of the browser a page may use.', widget: 'text' }),
      cross_origin_opener_policy: z
        .enum(OPENER_POLICIES)
        .nullable()
        .default(null)
        .meta({ title: 'Cross-origin opener policy', description: 'Which windows may reach each other.' }),
      cross_origin_embedder_policy: z.enum(EMBEDDER_POLICIES).nullable().default(null).meta({ title: 'Cross-origin embedder policy', description: 'What a page may embed.' }),
      cross_origin_resource_policy: z
        .enum(RESOURCE_POLICIES)
        .nullable()
        .default(null)
        .meta({ title: 'Cross-origin resource policy', description: 'Which pages may load the answer.' }),
      remove: z
        .array(z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, { error: 'must be a header name' }))
        .max(64)
        .default(['X-Powered-By', 'X-AspNet-Version', 'X-AspNetMvc-Version'])
        .meta({ title: 'Remove', description: 'Headers of the upstream that clients need not know.' }),
      overwrite: z.boolean().default(true).meta({ title: 'Overwrite', description: 'Replace what the upstream says; otherwise only add what it leaves out.' }),
    })
    .superRefine((config, context) => {
      const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
      if (config.hsts_max_age === null && config.hsts_include_subdomains) issue('hsts_include_subdomains', 'needs hsts_max_age')
      if (config.hsts_preload && (!config.hsts_include_subdomains || (config.hsts_max_age ?? 0) < PRELOAD_MAX_AGE_MIN_S))
        issue('hsts_preload', `needs hsts_include_subdomains, and a hsts_max_age of at least ${PRELOAD_MAX_AGE_MIN_S}`)
      if (config.content_security_policy_report_only && config.content_security_policy === null) issue('content_security_policy_report_only', 'needs content_security_policy')
    }),
})
