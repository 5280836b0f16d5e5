import * as z from 'zod'
import { anonymousField, realmField } from '../authentication-fields.ts'
import { definePluginSchema } from '../contract.ts'

export const ldapAuthSchema = definePluginSchema({
  name: 'ldap-auth',
  title: 'LDAP',
  category: 'authentication',
  summary: 'Asks callers for a username and a password, and an LDAP directory whether they belong together.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      ldap_host: z
        .string()
        .min(1)
        .max(253)
        .regex(/^[A-Za-z0-9_.:-]+$/, { error: 'must be a host name or an address, without port' })
        .meta({ title: 'Directory', description: 'Host name or address of the LDAP server. It is held to what upstreams may have.' }),
      ldap_port: z.int().min(1).max(65_535).default(389).meta({ title: 'Port', description: '389 as a rule; 636 with ldaps.' }),
      ldaps: z.boolean().default(false).meta({ title: 'LDAPS', description: 'TLS from the first byte.' }),
      start_tls: z
        .boolean()
        .default(false)
        .meta({ title: 'StartTLS', description: 'TLS before the first password, over the plain port. Where the server will not, no password is sent.' }),
      verify_ldap_host: z
        .boolean()
        .default(true)
        .meta({ title: 'Verify the directory', description: 'With TLS: the server’s certificate must be good for its name, by the authorities of the system.' }),
      base_dn: z.string().min(1).max(1_024).meta({ title: 'Base DN', description: 'What comes after the username in the DN of a caller, such as ou=people,dc=example,dc=com.' }),
      attribute: z
        .string()
        .min(1)
        .max(128)
        .regex(/^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/, { error: 'must be the name of an attribute, such as uid or cn' })
        .meta({ title: 'Attribute', description: 'What the username is in the DN of a caller, such as uid.' }),
      header_type: z
        .string()
        .max(32)
        .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { error: 'must be one word' })
        .default('ldap')
        .meta({ title: 'Scheme', description: 'First word of the header with the credentials; basic lets browsers ask for them.' }),
      cache_ttl: z.number().min(0).max(86_400).default(60).meta({
        title: 'Cache lifetime',
        description: 'How long the directory’s answer about a username with a password is remembered. A password that was changed works as long.',
        unit: 's',
      }),
      timeout: z.int().min(1).max(60_000).default(10_000).meta({ title: 'Timeout', description: 'How long a request waits for the directory, in all.', unit: 'ms' }),
      keepalive: z
        .int()
        .min(0)
        .max(3_600_000)
        .default(60_000)
        .meta({ title: 'Keep-alive', description: 'How long a connection to the directory is kept that nobody uses.', unit: 'ms' }),
      hide_credentials: z
        .boolean()
        .default(true)
        .meta({ title: 'Hide credentials', description: 'Remove the header with username and password from the request before it goes upstream.' }),
      anonymous: anonymousField('without a valid username and password'),
      realm: realmField,
    })
    .refine((config) => !(config.ldaps && config.start_tls), { path: ['start_tls'], error: 'must be off where ldaps is on: a connection is secured once' }),
})
