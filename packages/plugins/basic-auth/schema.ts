import * as z from 'zod'
import { anonymousField, realmText } from '../authentication-fields.ts'
import { definePluginSchema } from '../contract.ts'

export const basicAuthSchema = definePluginSchema({
  name: 'basic-auth',
  title: 'Basic authentication',
  category: 'authentication',
  summary: 'Asks callers for a username and a password, as RFC 7617 has them.',
  scopes: ['global', 'service', 'route'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z.strictObject({
    hide_credentials: z
      .boolean()
      .default(false)
      .meta({ title: 'Hide credentials', description: 'Remove the header with username and password from the request before it goes upstream.' }),
    anonymous: anonymousField('without a valid username and password'),
    realm: realmText.min(1).default('service').meta({ title: 'Realm', description: 'Named in WWW-Authenticate; browsers show it.' }),
  }),
})
