import { definePluginHandler } from '../contract.ts'
import { AddressRanges } from './address-ranges.ts'
import { ipRestrictionSchema } from './schema.ts'

const compile = (entries: readonly string[] | null) => (entries === null || entries.length === 0 ? null : new AddressRanges(entries))

export const ipRestrictionHandler = definePluginHandler(ipRestrictionSchema, (config) => {
  const deny = compile(config.deny)
  const allow = compile(config.allow)
  return {
    onRequest({ clientIp }) {
      // A caller whose address has no reading is not let in: neither list can speak for it.
      const isDenied = deny !== null && deny.has(clientIp) !== false
      const isAllowed = allow === null || allow.has(clientIp) === true
      if (!isDenied && isAllowed) return undefined
      return { kind: 'error', status: config.status ?? 403, message: config.message ?? `IP address not allowed: ${clientIp}` }
    },
  }
})
