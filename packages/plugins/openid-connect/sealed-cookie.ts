import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const IV_BYTES = 12
const TAG_BYTES = 16
/** Browsers take 4,096 bytes for a cookie with its name and attributes. */
const CHUNK_CHARACTERS = 3_800
const CHUNKS_MAX = 4

/** Values that only who knows the secret can read or make (AES-256-GCM); `purpose` keeps those of one use from counting in another. */
export class Sealer {
  readonly #key: Buffer
  readonly #purpose: Buffer

  constructor(secret: string, purpose: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'sluice openid-connect cookie', 32))
    this.#purpose = Buffer.from(purpose)
  }

  seal(value: unknown): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(this.#purpose)
    const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
    return Buffer.concat([iv, body, cipher.getAuthTag()]).toString('base64url')
  }

  /** Null where it was not sealed by this secret for this purpose. */
  open(text: string): unknown {
    const bytes = Buffer.from(text, 'base64url')
    if (bytes.byteLength < IV_BYTES + TAG_BYTES) return null
    try {
      const end = bytes.byteLength - TAG_BYTES
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES)).setAAD(this.#purpose).setAuthTag(bytes.subarray(end))
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]).toString('utf8')) as unknown
    } catch {
      return null
    }
  }
}

export interface CookieSettings {
  name: string
  path: string
  domain: string | null
  sameSite: 'Lax' | 'Strict' | 'None'
  secure: boolean
  /** Seconds; 0 removes the cookie. */
  maxAge: number
}

function cookie(name: string, value: string, { path, domain, sameSite, secure, maxAge }: CookieSettings): string {
  return `${name}=${value}; Path=${path}${domain === null ? '' : `; Domain=${domain}`}; Max-Age=${maxAge}; HttpOnly; SameSite=${sameSite}${secure || sameSite === 'None' ? '; Secure' : ''}`
}

const chunkName = (name: string, index: number) => (index === 0 ? name : `${name}_${index + 1}`)

/** Names of the cookies that a value may be spread over. */
export const chunkNames = (name: string): string[] => Array.from({ length: CHUNKS_MAX }, (_, index) => chunkName(name, index))

/** Lines of Set-Cookie for a value, those that it does not need among them to remove; null where it is too long. `present`: what the browser has. */
export function setCookies(settings: CookieSettings, value: string, present: ReadonlyMap<string, string>): string[] | null {
  const chunks = value.match(new RegExp(`.{1,${CHUNK_CHARACTERS}}`, 'g')) ?? []
  if (chunks.length > CHUNKS_MAX) return null
  const wanted = chunks.map((chunk, index) => cookie(chunkName(settings.name, index), index === 0 ? `${chunks.length}.${chunk}` : chunk, settings))
  return [...wanted, ...removals(settings, chunks.length, present)]
}

function removals(settings: CookieSettings, from: number, present: ReadonlyMap<string, string>): string[] {
  const names = chunkNames(settings.name).slice(from)
  return names.filter((name) => present.has(name)).map((name) => cookie(name, '', { ...settings, maxAge: 0 }))
}

/** Lines of Set-Cookie that remove what the browser has of a value. */
export const removeCookies = (settings: CookieSettings, present: ReadonlyMap<string, string>): string[] => removals(settings, 0, present)

/** The value that was spread over cookies, null where it is not all there. */
export function readCookies(name: string, present: ReadonlyMap<string, string>): string | null {
  const head = /^([1-4])\.(.*)$/s.exec(present.get(name) ?? '')
  if (head === null) return null
  const chunks = [head[2] ?? '']
  for (let index = 1; index < Number(head[1]); index += 1) {
    const chunk = present.get(chunkName(name, index))
    if (chunk === undefined) return null
    chunks.push(chunk)
  }
  return chunks.join('')
}

/** Cookies of a request by name; of equal names the first counts (RFC 6265 5.4: the more specific one). */
export function parseCookies(lines: readonly string[]): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of lines.flatMap((line) => line.split(';'))) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals).trim()
    if (name !== '' && equals > 0 && !cookies.has(name)) cookies.set(name, pair.slice(equals + 1).trim())
  }
  return cookies
}
