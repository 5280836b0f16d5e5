import * as z from 'zod'

/** Largest number that PostgreSQL's `integer` and Kong's timeouts take: 2^31 - 2. */
const INT_MAX = 2_147_483_646

export const uuid = z.uuid({ error: 'must be a UUID such as 6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10' }).toLowerCase()

/** A reference to another entity, written as in Kong's declarative format: `{ id }`. */
export const reference = z.strictObject({ id: uuid })
export type Reference = z.infer<typeof reference>

/** Kong's `utf8_name`: letters, digits, `. - _ ~` or any non-ASCII character; at most 128 characters. */
export const utf8Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\p{L}\p{N}.\-_~\u0080-\u{10FFFF}]+$/u, {
    error: 'may have letters, digits and . - _ ~ only',
  })

/** Kong's tag: printable without `,` and `/`. At most 64 tags of 128 characters. */
export const tags = z
  .array(
    z
      .string()
      .min(1)
      .max(128)
      .regex(/^[^,/\p{Cc}]+$/u, { error: 'a tag may not have , or /' }),
  )
  .max(64)
  .default([])
  .meta({ title: 'Tags', description: 'Words to find and select entities by.' })

export const port = z.int().min(0).max(65_535)

export const timeoutMs = (title: string, description: string) => z.int().min(1).max(INT_MAX).default(60_000).meta({ title, description, unit: 'ms' })

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

export function isIpv4(text: string): boolean {
  return IPV4.test(text)
}

/** Accepts what `new URL` accepts between brackets, so that shorthand and zone forms follow one reading. */
export function isIpv6(text: string): boolean {
  return text.includes(':') && /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`)
}

export function isHostname(text: string): boolean {
  if (text.length === 0 || text.length > 253) return false
  return text
    .replace(/\.$/, '')
    .split('.')
    .every((label) => LABEL.test(label))
}

/** A host name or an address, without scheme and port. */
export const host = z
  .string()
  .max(253)
  .refine((text) => isHostname(text) || isIpv4(text) || isIpv6(text.replace(/^\[|\]$/g, '')), {
    error: 'must be a host name or an IP address, without scheme and port',
  })
