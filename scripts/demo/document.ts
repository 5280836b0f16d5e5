export interface DemoPorts {
  ordersV1: number
  ordersV2: number
  payments: number
}

/** The demo as a declarative document: everything carries the tag `demo`, so that it can be found and removed at once. */
export function demoDocument(input: { ports: DemoPorts; key: string }): Record<string, unknown> {
  const tags = ['demo']
  const upstream = (name: string, port: number) => ({ name, tags, targets: [{ target: `127.0.0.1:${port}`, tags }] })
  const canary = { hash: 'header', hash_header: 'x-visitor', percentage: 10, upstream_host: 'orders-v2', canary_by_header_name: 'x-sluice-variant' }
  const route = (name: string) => ({ name, paths: [`/${name}`], strip_path: false, tags })
  return {
    _format_version: '3.0',
    upstreams: [upstream('orders-v1', input.ports.ordersV1), upstream('orders-v2', input.ports.ordersV2), upstream('payments-v1', input.ports.payments)],
    services: [
      { name: 'orders', host: 'orders-v1', tags, routes: [route('orders')], plugins: [{ name: 'canary', tags, config: canary }] },
      {
        name: 'payments',
        host: 'payments-v1',
        tags,
        routes: [route('payments')],
        plugins: [
          { name: 'key-auth', tags, config: { hide_credentials: true } },
          { name: 'rate-limiting', tags, config: { minute: 6000 } },
        ],
      },
    ],
    consumers: [{ username: 'demo-shop', tags, keyauth_credentials: [{ key: input.key, tags }] }],
  }
}
