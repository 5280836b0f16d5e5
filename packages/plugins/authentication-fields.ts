import * as z from 'zod'

/** `whom` completes "the consumer for callers …", such as "without a valid key". */
export const anonymousField = (whom: string) =>
  z
    .string()
    .min(1)
    .max(256)
    .nullable()
    .default(null)
    .meta({ title: 'Anonymous consumer', description: `Id or username of the consumer for callers ${whom}. Unset: they are refused.` })

/** Goes into a header between quotes. */
export const realmText = z
  .string()
  .max(256)
  .regex(/^[\x20-\x7e]*$/, { error: 'may have printable ASCII only' })

export const realmField = realmText.nullable().default(null).meta({ title: 'Realm', description: 'Named in WWW-Authenticate.' })
