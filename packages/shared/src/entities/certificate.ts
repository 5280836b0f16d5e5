import * as z from 'zod'
import { isHostname, reference, tags } from './fields.ts'
import { secret } from './secret.ts'

const pem = (kind: string) =>
  z
    .string()
    .max(65_536)
    .regex(new RegExp(`-----BEGIN ${kind}-----`), { error: `must be a PEM block (BEGIN ${kind})` })

/** A server certificate with its key. That both belong together is checked where there is cryptography (domain and node). */
export const certificateSchema = z.strictObject({
  cert: pem('CERTIFICATE').meta({ title: 'Certificate', description: 'PEM, leaf first, then the chain.', widget: 'text' }),
  key: secret('sealed').meta({ title: 'Private key', description: 'PEM.', widget: 'text' }),
  cert_alt: pem('CERTIFICATE').nullable().default(null).meta({ title: 'Second certificate', description: 'Of another key type.', widget: 'text' }),
  key_alt: secret('sealed').nullable().default(null).meta({ title: 'Second private key', description: 'PEM.', widget: 'text' }),
  tags,
})

export const sniSchema = z.strictObject({
  name: z
    .string()
    .max(253)
    .refine((name) => name === '*' || isHostname(name.replace(/^\*\./, '').replace(/\.\*$/, '')), {
      error: 'must be a host name; * may be the first or the last label, or the whole name',
    })
    .meta({ title: 'Name', description: 'Server name, or a wildcard such as *.example.com; unique everywhere.' }),
  certificate: reference.meta({ title: 'Certificate', description: 'Shown to clients that ask for this name.' }),
  tags,
})

export const caCertificateSchema = z.strictObject({
  cert: pem('CERTIFICATE').meta({ title: 'Certificate', description: 'PEM of one certificate authority.', widget: 'text' }),
  cert_digest: z.string().max(128).nullable().default(null).meta({ title: 'Digest', description: 'SHA-256; computed.', readOnly: true }),
  tags,
})
