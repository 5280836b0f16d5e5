import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import * as z from 'zod'

const IV_BYTES = 12
const TAG_BYTES = 16
const TOKEN_LENGTH_MAX = 4_096

/** What a code or a token says, to us alone. */
const grantShape = z.object({
  /** Client id and id of the credential: one that is made anew under the same client id knows none of the former's. */
  client: z.string(),
  credential: z.string(),
  /** Service that gave it; null for all. */
  service: z.string().nullable(),
  user: z.string().nullable(),
  scope: z.string().nullable(),
  /** Unix time in milliseconds. */
  untilMs: z.number(),
  id: z.string(),
  /** All that came of one consent. */
  family: z.string(),
  /** Of a code: where it was sent, and the challenge that its owner can meet (RFC 7636). */
  redirectUri: z.string().nullable(),
  challenge: z.string().nullable(),
})
export type Grant = z.infer<typeof grantShape>
export type Kind = 'code' | 'access' | 'refresh'

export const randomId = () => randomBytes(16).toString('base64url')

/** Seals grants into texts that only who knows the secret can read or make (AES-256-GCM). A text of one kind never counts as another. */
export class TokenSealer {
  readonly #keys: readonly Buffer[]

  /** The first secret seals; any of them opens. */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'sluice oauth2 tokens', 32)))
  }

  seal(kind: Kind, grant: Grant): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#keys[0] as Buffer, iv).setAAD(Buffer.from(kind))
    const body = Buffer.concat([cipher.update(JSON.stringify(grant), 'utf8'), cipher.final()])
    return Buffer.concat([iv, body, cipher.getAuthTag()]).toString('base64url')
  }

  /** Null for what is no text of this kind, or is over. */
  open(kind: Kind, text: string, nowMs: number): Grant | null {
    if (text.length > TOKEN_LENGTH_MAX) return null
    const bytes = Buffer.from(text, 'base64url')
    if (bytes.byteLength <= IV_BYTES + TAG_BYTES) return null
    for (const key of this.#keys) {
      const grant = grantShape.safeParse(openWith(key, kind, bytes)).data
      if (grant !== undefined) return grant.untilMs > nowMs ? grant : null
    }
    return null
  }
}

function openWith(key: Buffer, kind: Kind, bytes: Buffer): unknown {
  try {
    const end = bytes.byteLength - TAG_BYTES
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(kind)).setAuthTag(bytes.subarray(end))
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]).toString('utf8')) as unknown
  } catch {
    return null
  }
}
