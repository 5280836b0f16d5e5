import * as z from 'zod'
import { reference, tags, utf8Name, uuid } from './fields.ts'
import { secret } from './secret.ts'

/** A caller known to the gateway. At least one of `username` and `custom_id`. */
export const consumerSchema = z
  .strictObject({
    username: z.string().min(1).max(256).nullable().default(null).meta({ title: 'Username', description: 'Unique in the workspace.' }),
    custom_id: z.string().min(1).max(256).nullable().default(null).meta({ title: 'Custom id', description: 'The caller’s id in a system of your own; unique.' }),
    groups: z.array(uuid).max(256).default([]).meta({ title: 'Consumer groups', description: 'Groups it is a member of.', entity: 'consumer_group' }),
    tags,
  })
  .refine((consumer) => consumer.username !== null || consumer.custom_id !== null, { path: ['username'], error: 'must set username or custom_id' })
export type Consumer = z.infer<typeof consumerSchema>

export const consumerGroupSchema = z.strictObject({ name: utf8Name.meta({ title: 'Name', description: 'Unique in the workspace.' }), tags })
export type ConsumerGroup = z.infer<typeof consumerGroupSchema>

const consumer = reference.meta({ title: 'Consumer', description: 'Whom it proves.' })

/** `key` is stored as `sha256:<hex>` of the key; the key itself is shown once. */
export const keyauthCredentialSchema = z.strictObject({
  consumer,
  key: secret('hashed').meta({ title: 'Key', description: 'Empty: Sluice makes a random one. Shown once.' }),
  ttl: z.int().min(0).max(100_000_000).nullable().default(null).meta({ title: 'Time to live', description: 'The key stops working after this time; empty: never.', unit: 's' }),
  tags,
})

/** `password` is stored as an argon2id hash, or as Kong's `sha1:<hex>` where it was imported so. */
export const basicauthCredentialSchema = z.strictObject({
  consumer,
  username: z.string().min(1).max(256).meta({ title: 'Username', description: 'Unique in the workspace.' }),
  password: secret('password').meta({ title: 'Password', description: 'Stored hashed; cannot be read again.' }),
  tags,
})

export const hmacauthCredentialSchema = z.strictObject({
  consumer,
  username: z.string().min(1).max(256).meta({ title: 'Username', description: 'Unique in the workspace.' }),
  secret: secret('sealed').meta({ title: 'Secret', description: 'Empty: Sluice makes a random one.' }),
  tags,
})

export const JWT_ALGORITHMS = ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'EdDSA'] as const

export const jwtSecretSchema = z
  .strictObject({
    consumer,
    key: z.string().min(1).max(256).meta({ title: 'Key', description: 'What the claim iss (or key_claim_name) must say; unique.' }),
    secret: secret('sealed').meta({ title: 'Secret', description: 'For the HS algorithms. Empty: Sluice makes a random one.' }),
    algorithm: z.enum(JWT_ALGORITHMS).default('HS256').meta({ title: 'Algorithm', description: 'How the token is signed.' }),
    rsa_public_key: z.string().max(16_384).nullable().default(null).meta({ title: 'Public key', description: 'PEM; needed for RS, ES, PS and EdDSA.' }),
    tags,
  })
  .refine((jwt) => jwt.algorithm.startsWith('HS') || jwt.rsa_public_key !== null, { path: ['rsa_public_key'], error: 'is needed for this algorithm' })

/** An application that may ask for tokens. `client_secret` is stored as `sha256:<hex>`; the secret itself is shown once. */
export const oauth2CredentialSchema = z.strictObject({
  consumer,
  name: z.string().min(1).max(256).meta({ title: 'Name', description: 'What people call the application.' }),
  client_id: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x21-\x7e]+$/, { error: 'may have printable ASCII without blanks only' })
    .meta({ title: 'Client id', description: 'What the application calls itself; unique.' }),
  client_secret: secret('hashed').meta({ title: 'Client secret', description: 'Empty: Sluice makes a random one. Shown once.' }),
  client_type: z
    .enum(['confidential', 'public'])
    .default('confidential')
    .meta({ title: 'Client type', description: 'A public one cannot keep a secret, such as an app on a phone: it proves itself by PKCE instead.' }),
  redirect_uris: z
    .array(
      z
        .string()
        .max(2_048)
        .refine((text) => URL.parse(text) !== null && !text.includes('#'), { error: 'must be an absolute URI without fragment' }),
    )
    .max(32)
    .default([])
    .meta({ title: 'Redirect URIs', description: 'Where codes and tokens may be sent, to the letter.' }),
  tags,
})

export const aclSchema = z.strictObject({ consumer, group: z.string().min(1).max(256).meta({ title: 'Group', description: 'A name that acl and canary plugins know.' }), tags })
