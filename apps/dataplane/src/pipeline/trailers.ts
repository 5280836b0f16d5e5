import type { HeaderList } from '../exchange/header-list.ts'
import { NameSet } from '../exchange/name-set.ts'

/**
 * RFC 9110 6.5.1: what a recipient must know before the content, or acts on without looking where it stood: routing, request modifiers,
 * authentication, control of the answer, format of the content; and what is the connection's. What frames the message is refused by its parser.
 */
const NEVER = new NameSet([
  ...['connection', 'keep-alive', 'te', 'trailer', 'upgrade', 'http2-settings', 'via', 'forwarded', 'x-real-ip', 'host', 'content-length', 'transfer-encoding', 'proxy'],
  ...['cache-control', 'expect', 'max-forwards', 'pragma', 'range', 'accept', 'accept-charset', 'accept-encoding', 'accept-language'],
  ...['authorization', 'www-authenticate', 'cookie', 'set-cookie', 'x-anonymous-consumer'],
  ...['age', 'date', 'expires', 'location', 'refresh', 'retry-after', 'vary', 'warning', 'clear-site-data', 'strict-transport-security'],
  ...['content-encoding', 'content-type', 'content-range', 'content-language', 'content-location', 'content-disposition', 'content-security-policy'],
])
/** Conditions, proxies, and what the gateway alone says of a request: a server that takes trailers for headers must not believe it of a client. */
const NEVER_BEGINNING = /^(if|proxy|x-forwarded|x-sluice|x-consumer|x-credential|access-control)-/i

/** Trailers that may be passed on, in either direction and over any version of HTTP; the rest is dropped. */
export function passedTrailers(trailers: HeaderList | null): HeaderList | null {
  if (trailers === null) return null
  trailers.removeAll(NEVER)
  for (const [name] of [...trailers.entries()]) if (NEVER_BEGINNING.test(name)) trailers.remove(name)
  return trailers
}
