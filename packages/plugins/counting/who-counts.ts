import type { PluginExchange } from '../contract.ts'

export type CountsBy = 'consumer' | 'consumer-group' | 'credential' | 'ip' | 'service' | 'route' | 'header' | 'path'

export interface CountsByFields {
  header_name: string | null
  path: string | null
}

/** Who shares a counter, as one text; the address of the client where the wished one is missing. */
export function whoCounts(by: CountsBy, { header_name, path }: CountsByFields, exchange: PluginExchange): string {
  switch (by) {
    case 'consumer':
      return exchange.consumer?.id ?? exchange.credential?.id ?? exchange.clientIp
    case 'consumer-group':
      return exchange.consumer?.groups[0] ?? exchange.clientIp
    case 'credential':
      return exchange.credential?.id ?? exchange.clientIp
    case 'service':
      return exchange.service?.id ?? exchange.clientIp
    case 'route':
      return exchange.route.id
    case 'header':
      return exchange.requestHeaders.get(header_name ?? '') ?? exchange.clientIp
    case 'path':
      return exchange.path === path ? exchange.path : exchange.clientIp
    case 'ip':
      return exchange.clientIp
  }
}
