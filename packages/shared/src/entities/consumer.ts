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

export const aclSchema = z.strictObject({ consumer, group: z.string().min(1).max(256).meta({ title: 'Group', description: 'A name that acl and canary plugins know.' }), tags })
