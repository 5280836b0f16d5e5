import { createHash, createHmac } from 'node:crypto'

/** Where a value is made: the request that it is for. */
interface Place {
  method: string
  /** Path and query as they go on the line. */
  target: string
  /** Fields that are made already, in lower case. */
  headers: ReadonlyMap<string, string>
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const nowSeconds = () => Math.floor(Date.now() / 1000)

interface SignedClaims {
  alg: 'HS256' | 'HS384' | 'HS512'
  secret: string
  claims: Record<string, unknown>
  header?: Record<string, unknown>
}

function signClaims({ alg, secret, claims, header }: SignedClaims, place: Place): string {
  const signed = `${base64url(header ?? { typ: 'JWT', alg })}.${base64url(generated(claims, place))}`
  return `${signed}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(signed)
    .digest('base64url')}`
}

interface Signature {
  username: string
  secret: string
  algorithm: string
  headers: string[]
  override?: Record<string, string>
}

function signRequest({ username, secret, algorithm, headers, override }: Signature, { method, target, headers: fields }: Place): string {
  const lines = headers.map((name) => {
    if (override?.[name] !== undefined) return override[name]
    if (name === 'request-line') return `${method} ${target} HTTP/1.1`
    return name === '@request-target' ? `${name}: ${method.toLowerCase()} ${target}` : `${name}: ${fields.get(name) ?? ''}`.replace(/: $/, ':')
  })
  const signature = createHmac(algorithm.replace('hmac-', ''), secret).update(lines.join('\n')).digest('base64')
  return `hmac username="${username}", algorithm="${algorithm}", headers="${headers.join(' ')}", signature="${signature}"`
}

/** The value that stands for what `generated` cannot know before the others are made. */
export function dependsOnFields(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$hmac' in value
}

/** A value of a case with its generators run; the recorded cases say in README.md what each gives. */
export function generated(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) return value.map((entry) => generated(entry, place))
  if (typeof value !== 'object' || value === null) return value
  const [name, argument] = Object.entries(value)[0] ?? ['', null]
  if (name === '$basic') return `Basic ${Buffer.from((argument as string[]).join(':')).toString('base64')}`
  if (name === '$jwt') return signClaims(argument as SignedClaims, place)
  if (name === '$hmac') return signRequest(argument as Signature, place)
  if (name === '$now_plus') return nowSeconds() + Number(argument)
  if (name === '$http_date') return new Date(Date.now() + Number(argument) * 1000).toUTCString()
  if (name === '$digest_sha256') return `SHA-256=${createHash('sha256').update(String(argument)).digest('base64')}`
  if (name === '$concat') return (argument as unknown[]).map((part) => generated(part, place)).join('')
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, generated(entry, place)]))
}
