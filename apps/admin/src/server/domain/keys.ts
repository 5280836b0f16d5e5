import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const PREFIX = 'sealed:'
const IV_BYTES = 12
const TAG_BYTES = 16

/** What names a key without telling it: an id for each sealed value, and a check that only the same key gives. */
export interface KeyIdentity {
  key_id: string
  key_check: string
}

/**
 * Seals the secrets that must be read again (AES-256-GCM, a fresh nonce each, the key's id before it). The key is derived from
 * SLUICE_SECRET_KEY, so that any text of enough length may be given there.
 */
export class SecretKeys {
  readonly #key: Buffer
  readonly identity: KeyIdentity

  constructor(secretKey: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secretKey, 'sluice', 'sealed secrets', 32))
    const keyId = createHash('sha256').update('id').update(this.#key).digest('hex').slice(0, 8)
    this.identity = { key_id: keyId, key_check: createHmac('sha256', this.#key).update('check').digest('hex') }
  }

  seal(plain: string): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv)
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
    return `${PREFIX}${this.identity.key_id}:${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
  }

  /** Throws where the value was sealed with another key or altered. */
  unseal(value: string): string {
    const [keyId, content] = value.slice(PREFIX.length).split(':')
    if (!value.startsWith(PREFIX) || content === undefined) throw new Error('not a sealed value')
    if (keyId !== this.identity.key_id)
      throw new Error(`sealed with the key ${keyId}, this control plane has ${this.identity.key_id}; set SLUICE_SECRET_KEY to that of the former one`)
    const bytes = Buffer.from(content, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES))
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  }
}
