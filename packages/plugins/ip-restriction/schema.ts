import * as z from 'zod'
import { definePluginSchema } from '../contract.ts'
import { isAddressRange } from './address-ranges.ts'

/** Entries of one list. */
const ENTRIES_MAX = 10_000

const ranges = z
  .array(z.string().max(64).refine(isAddressRange, { error: 'must be an address or a range such as 10.0.0.0/8' }))
  .max(ENTRIES_MAX)
  .nullable()
  .default(null)

export const ipRestrictionSchema = definePluginSchema({
  name: 'ip-restriction',
  title: 'IP restriction',
  category: 'protection',
  summary: 'Lets callers in, or keeps them out, by their address.',
  scopes: ['global', 'service', 'route', 'consumer', 'consumer_group'],
  protocols: ['grpc', 'grpcs', 'http', 'https'],
  config: z
    .strictObject({
      allow: ranges.meta({ title: 'Allow', description: 'Addresses and ranges that may call; everybody else is refused.' }),
      deny: ranges.meta({ title: 'Deny', description: 'Addresses and ranges that are refused, also where allow has them.' }),
      status: z.int().min(400).max(599).nullable().default(null).meta({ title: 'Status', description: 'Status of a refusal; 403 where unset.' }),
      message: z.string().min(1).max(8192).nullable().default(null).meta({ title: 'Message', description: 'Text of a refusal; where unset it names the address of the caller.' }),
    })
    .refine((config) => (config.allow?.length ?? 0) + (config.deny?.length ?? 0) > 0, { path: ['allow'], error: 'set at least one of allow and deny' }),
})
