import * as z from 'zod'
import { anonymousField, realmField } from '../authentication-fields.ts'
import { definePluginSchema } from '../contract.ts'

const text = z.string().min(1).max(128)
/** RFC 9110 5.6.2: what names of headers and cookies are made of. */
const token = text.regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { error: "may have letters, digits and !#$%&'*+-.^_`|~ only" })

export const jwtSchema = definePluginSchema({
  name: 'jwt',
  title: 'JWT',
  category: 'authentication',
  summary: 'Asks callers for a signed JSON Web Token whose key belongs to a consumer.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      header_names: z.array(token).max(16).default(['authorization']).meta({ title: 'Header names', description: 'Headers that carry the token, after “Bearer ”.' }),
      uri_param_names: z.array(text).max(16).default(['jwt']).meta({ title: 'Query arguments', description: 'Names of query arguments that carry the token.' }),
      cookie_names: z.array(token).max(16).default([]).meta({ title: 'Cookie names', description: 'Names of cookies that carry the token.' }),
      key_claim_name: text.default('iss').meta({ title: 'Key claim', description: 'The claim that names the credential; looked for in the claims, then in the token’s header.' }),
      claims_to_verify: z
        .array(z.enum(['exp', 'nbf']))
        .max(2)
        .nullable()
        .default(null)
        .meta({ title: 'Claims to verify', description: 'Times that must be there and right. Unset: a token holds for ever.' }),
      maximum_expiration: z
        .number()
        .min(0)
        .max(31_536_000)
        .default(0)
        .meta({ title: 'Maximum expiration', description: 'How far ahead exp may lie; needs exp in the claims to verify. 0: as far as it likes.', unit: 's' }),
      secret_is_base64: z.boolean().default(false).meta({ title: 'Secret is base64', description: 'Secrets of the HS algorithms are base64 of the key, not the key.' }),
      anonymous: anonymousField('without a valid token'),
      realm: realmField,
      run_on_preflight: z.boolean().default(true).meta({ title: 'Run on preflight', description: 'Ask for a token on OPTIONS requests too.' }),
    })
    .refine((config) => config.maximum_expiration === 0 || config.claims_to_verify?.includes('exp') === true, {
      path: ['claims_to_verify'],
      error: 'must contain exp where maximum_expiration is set',
    })
    .refine((config) => config.header_names.length + config.uri_param_names.length + config.cookie_names.length > 0, {
      path: ['header_names'],
      error: 'the token must be looked for in at least one place',
    }),
})
