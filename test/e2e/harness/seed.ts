import type { ApiClient } from '../../integration/harness/api-client.ts'

export interface SeedOrigins {
  stable: number
  canary: number
}

export const SEED = { key: 'a-key-of-the-browser-tests', longName: `settlements-${'of-the-second-quarter-'.repeat(4)}archive` } as const

const target = (port: number) => [{ target: `127.0.0.1:${port}` }]

/** A configuration with something of everything that has a page, and names long enough to burst a narrow column. */
export function seedDocument({ stable, canary }: SeedOrigins): Record<string, unknown> {
  const rollout = { hash: 'header', hash_header: 'x-visitor', percentage: 10, upstream_host: 'orders-v2', canary_by_header_name: 'x-sluice-variant' }
  return {
    _format_version: '3.0',
    upstreams: [
      { name: 'orders-v1', targets: target(stable) },
      { name: 'orders-v2', targets: target(canary) },
      { name: 'payments-v1', targets: [...target(stable), { target: `127.0.0.1:${canary}`, weight: 0 }], tags: ['team-payments'] },
      { name: 'nobody-is-here' },
    ],
    services: [
      {
        name: 'orders',
        host: 'orders-v1',
        tags: ['team-shop'],
        routes: [
          { name: 'orders', paths: ['/orders'], strip_path: false },
          { name: 'orders-by-number', paths: ['~/orders/(?<number>\\d+)$'], methods: ['GET', 'HEAD'], headers: { 'x-region': ['eu', '~*^us-(east|west)-\\d$'] } },
        ],
        plugins: [
          { name: 'canary', config: rollout },
          { name: 'correlation-id', config: { header_name: 'x-request-id' } },
        ],
      },
      {
        name: 'payments',
        host: 'payments-v1',
        tags: ['team-payments'],
        routes: [{ name: 'payments', paths: ['/payments'], hosts: ['pay.example.com', '*.pay.example.com'], strip_path: false }],
        plugins: [
          { name: 'key-auth', config: { hide_credentials: true } },
          { name: 'rate-limiting', config: { minute: 6000 } },
        ],
      },
      {
        name: SEED.longName,
        host: `${'very-'.repeat(10)}far-away.example.com`,
        path: `/${'deep/'.repeat(20)}end`,
        tags: Array.from({ length: 12 }, (_, index) => `tag-number-${index}`),
      },
      { name: 'switched-off', host: 'example.com', enabled: false },
    ],
    routes: [{ paths: ['/without-a-service'], hosts: Array.from({ length: 14 }, (_, index) => `host-${index}.example.com`) }],
    consumers: [{ username: 'demo-shop', keyauth_credentials: [{ key: SEED.key }], tags: ['partner'] }, { username: 'a caller with no key' }, { custom_id: 'only-an-id' }],
    plugins: [{ name: 'cors', enabled: false }],
  }
}

export async function importSeed(api: ApiClient, origins: SeedOrigins): Promise<void> {
  await api.mutate('declarative.import', { text: JSON.stringify(seedDocument(origins)), format: 'json', dry_run: false })
}

/** Ids by name of one type. */
export async function idsOf(api: ApiClient, plural: string): Promise<Map<string, string>> {
  const { items } = await api.query<{ items: { id: string; name?: string | null; username?: string | null }[] }>(`${plural}.list`, { limit: 500 })
  return new Map(items.map((item) => [item.name ?? item.username ?? item.id, item.id]))
}

/** The id of the entity that people call by this name. */
export async function idOf(api: ApiClient, plural: string, name: string): Promise<string> {
  const id = (await idsOf(api, plural)).get(name)
  if (id === undefined) throw new Error(`there is no ${name} among the ${plural}`)
  return id
}
