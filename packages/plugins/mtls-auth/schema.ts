import * as z from 'zod'
import { anonymousField } from '../authentication-fields.ts'
import { definePluginSchema } from '../contract.ts'

export const mtlsAuthSchema = definePluginSchema({
  name: 'mtls-auth',
  title: 'Mutual TLS',
  category: 'authentication',
  summary: 'Asks callers for a TLS certificate that an authority of yours has issued, and finds the consumer by the names in it.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  asksForClientCertificate: true,
  config: z.strictObject({
    ca_certificates: z.array(z.uuid()).min(1).max(64).meta({
      title: 'CA certificates',
      description: 'Ids of the authorities that are trusted to name callers. Certificates between them and the caller may come with the caller’s.',
      entity: 'ca_certificate',
    }),
    allow_partial_chain: z
      .boolean()
      .default(false)
      .meta({ title: 'Allow partial chain', description: 'A listed authority is trusted although it is not a root. Off: the chain must end in a listed one that issued itself.' }),
    skip_consumer_lookup: z
      .boolean()
      .default(false)
      .meta({ title: 'Skip consumer lookup', description: 'Any certificate of the authorities is good; its name becomes the caller’s group, and no consumer is looked for.' }),
    authenticated_group_by: z.enum(['CN', 'DN']).nullable().default('CN').meta({
      title: 'Group by',
      description: 'What names the group of the caller where no consumer is looked for: the common name, or the whole distinguished name. Unset: no group.',
    }),
    consumer_by: z
      .array(z.enum(['custom_id', 'username']))
      .max(2)
      .default(['custom_id', 'username'])
      .meta({
        title: 'Consumer by',
        description: 'Fields of consumers in which the names of the certificate are looked for, in turn: its alternative names first, then its common name.',
      }),
    default_consumer: z
      .string()
      .min(1)
      .max(256)
      .nullable()
      .default(null)
      .meta({ title: 'Default consumer', description: 'Id or username of the consumer for callers with a good certificate whose names no consumer has. Unset: they are refused.' }),
    anonymous: anonymousField('without a good certificate'),
    revocation_check_mode: z
      .enum(['SKIP', 'IGNORE_CA_ERROR', 'STRICT'])
      .default('SKIP')
      .refine((mode) => mode === 'SKIP', { error: 'this version asks no authority whether it took a certificate back: SKIP is all that can be set' })
      .meta({ title: 'Revocation check', description: 'Whether an authority is asked if it took the certificate back. SKIP alone: this version does not ask.' }),
    send_ca_dn: z
      .boolean()
      .default(false)
      .refine((sends) => !sends, { error: 'this version does not tell clients which authorities are trusted: false is all that can be set' })
      .meta({ title: 'Send names of authorities', description: 'Whether the request for a certificate lists the authorities. Off alone: this version does not.' }),
    cache_ttl: z.number().min(0).max(86_400).default(60).meta({
      title: 'Cache lifetime',
      description: 'How long the verdict on a connection’s certificate holds before its signatures are checked again. Its dates are looked at each time.',
      unit: 's',
    }),
  }),
})
