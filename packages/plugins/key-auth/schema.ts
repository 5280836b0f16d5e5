import * as z from 'zod'
import { anonymousField, realmField } from '../authentication-fields.ts'
import { definePluginSchema } from '../contract.ts'

export const keyAuthSchema = definePluginSchema({
  name: 'key-auth',
  title: 'Key authentication',
  category: 'authentication',
  summary: 'Asks callers for an API key in a header, the query or the body.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      key_names: z
        .array(
          z
            .string()
            .min(1)
            .max(128)
            .regex(/^[A-Za-z0-9_-]+$/, { error: 'a key name has letters, digits, - and _ only' }),
        )
        .min(1)
        .max(16)
        .default(['apikey'])
        .meta({ title: 'Key names', description: 'Names of the header, query argument or body field that carries the key.' }),
      key_in_header: z.boolean().default(true).meta({ title: 'Key in header', description: 'Look in the request headers; - and _ in names are alike.' }),
      key_in_query: z.boolean().default(true).meta({ title: 'Key in query', description: 'Look in the query.' }),
      key_in_body: z.boolean().default(false).meta({ title: 'Key in body', description: 'Look in a JSON or form body of at most 64 KiB.' }),
      hide_credentials: z.boolean().default(false).meta({ title: 'Hide credentials', description: 'Remove the key from the request before it goes upstream.' }),
      anonymous: anonymousField('without a valid key'),
      realm: realmField,
      run_on_preflight: z.boolean().default(true).meta({ title: 'Run on preflight', description: 'Ask for a key on OPTIONS requests too.' }),
    })
    .refine((config) => config.key_in_header || config.key_in_query || config.key_in_body, { path: ['key_in_header'], error: 'the key must be looked for in at least one place' }),
})
