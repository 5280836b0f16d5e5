import type { Service } from '@sluice/shared/entities/service'

type Address = Pick<Service, 'protocol' | 'host' | 'port' | 'path'>

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }

/** Where a service sends requests, as a URL; the usual port of the protocol is left out. */
export function addressOf({ protocol, host, port, path }: Address): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return `${protocol}://${name}${DEFAULT_PORTS[protocol] === port ? '' : `:${port}`}${path ?? ''}`
}
