import * as z from 'zod'
import { anonymousField, realmField } from '../authentication-fields.ts'
import { definePluginSchema } from '../contract.ts'

export const hmacAuthSchema = definePluginSchema({
  name: 'hmac-auth',
  title: 'HMAC authentication',
  category: 'authentication',
  summary: 'Asks callers to sign parts of the request with a secret that both sides know.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    algorithms: z
      .array(z.enum(['hmac-sha1', 'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512']))
      .min(1)
      .max(5)
      .default(['hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'])
      .meta({ title: 'Algorithms', description: 'With which a request may be signed.' }),
    clock_skew: z
      .number()
      .positive()
      .max(31_536_000)
      .default(300)
      .meta({ title: 'Clock skew', description: 'How far the date of a request may lie from now. So long a signed request can be sent again.', unit: 's' }),
    enforce_headers: z
      .array(
        z
          .string()
          .max(128)
          .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z@]+$/, { error: 'must be the name of a header, request-line or @request-target' }),
      )
      .max(64)
      .default([])
      .meta({ title: 'Enforced headers', description: 'What a signature must cover: names of headers, request-line, @request-target.' }),
    validate_request_body: z
      .boolean()
      .default(false)
      .meta({ title: 'Validate the body', description: 'Compare the Digest header with the body, of at most 8 MiB. Enforce “digest” too, so that it is signed.' }),
    hide_credentials: z.boolean().default(false).meta({ title: 'Hide credentials', description: 'Remove the header with the signature from the request before it goes upstream.' }),
    anonymous: anonymousField('without a valid signature'),
    realm: realmField,
  }),
})
