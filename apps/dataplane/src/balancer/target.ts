import { isIP } from 'node:net'

/** One address with its weight, as the balancer turns over it. What requests write of it is made once. */
export interface Target {
  /** A name or an address; an IPv6 address without brackets. */
  host: string
  port: number
  weight: number
  /** The host as URLs and Host have it: an IPv6 address in brackets. */
  authority: string
  /** `authority:port`. */
  address: string
}

const withoutBrackets = (host: string) => (host.startsWith('[') ? host.replace(/^\[|\]$/g, '') : host)

/** `host` may be in brackets. */
export function makeTarget(host: string, port: number, weight: number): Target {
  const plain = withoutBrackets(host)
  const authority = isIP(plain) === 6 ? `[${plain}]` : plain
  return { host: plain, port, weight, authority, address: `${authority}:${port}` }
}
