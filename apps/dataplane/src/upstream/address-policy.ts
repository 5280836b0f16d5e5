import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Which addresses upstreams may have. Link-local and metadata addresses are refused unless allowed by name. */
export interface AddressPolicy {
  allowPrivate: boolean
  /** CIDRs that are allowed whatever else holds. */
  allow: BlockList
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const LINK_LOCAL = new BlockList()
LINK_LOCAL.addSubnet('169.254.0.0', 16)
LINK_LOCAL.addSubnet('0.0.0.0', 8)
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6')
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6')
LINK_LOCAL.addAddress('100.100.100.200')
// What NAT64 (RFC 6052) would translate back into the first of these.
LINK_LOCAL.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6')
LINK_LOCAL.addAddress('::', 'ipv6')

const PRIVATE = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(net, bits)
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')

export function isAddressAllowed(policy: AddressPolicy, address: string): boolean {
  const kind = family(address)
  if (policy.allow.check(address, kind)) return true
  if (LINK_LOCAL.check(address, kind)) return false
  return policy.allowPrivate || !PRIVATE.check(address, kind)
}

/** Thrown to the attempt where every address of a name is refused. */
export class AddressRefused extends Error {
  readonly code = 'SLUICE_ADDRESS_REFUSED'
}

/** A `lookup` for sockets that checks addresses after DNS, so that a name cannot smuggle one in. */
export function guardedLookup(policy: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { all: true, family: options.family === 6 ? 6 : options.family === 4 ? 4 : 0 }, (error, addresses) => {
      if (error !== null) return callback(error, '')
      const allowed = addresses.filter(({ address }) => isAddressAllowed(policy, address))
      const [first] = allowed
      if (first === undefined) return callback(new AddressRefused(`${hostname} has no address that upstreams may have`), '')
      if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}
