import { beforeAll, describe, expect, test } from 'vitest'
import { sharedControlPlane } from './harness/control-plane-process.ts'
import { DEFAULTS, makeCertificate, type Pem, type Plural } from './harness/entity-values.ts'

const shared = sharedControlPlane()
const ids: Record<string, { id: string }> = {}
let pem: Pem
let otherPem: Pem

const create = (plural: Plural, value: Record<string, unknown>) => shared.api.mutate(`${plural}.create`, { value })
const revision = async () => (await shared.api.query('workspace.current')).revision

beforeAll(async () => {
  pem = makeCertificate('a.test')
  otherPem = makeCertificate('b.test')
  const made = {
    service: await create('services', { name: 'base', host: 'base.test' }),
    upstream: await create('upstreams', { name: 'base.upstream' }),
    consumer: await create('consumers', { username: 'base' }),
    certificate: await create('certificates', { ...pem }),
    group: await create('consumer_groups', { name: 'base' }),
    route: await create('routes', { name: 'base', paths: ['/base'], service: null }),
  }
  for (const [name, { item }] of Object.entries(made)) ids[name] = { id: item.id }
})

describe('an entity is made with the defaults of Kong', () => {
  const least: [Plural, () => Record<string, unknown>][] = [
    ['services', () => ({ host: 'a.test' })],
    ['routes', () => ({ paths: ['/a'] })],
    ['upstreams', () => ({ name: 'a.upstream' })],
    ['targets', () => ({ upstream: ids.upstream, target: '10.0.0.1:81' })],
    ['consumers', () => ({ custom_id: 'a' })],
    ['consumer_groups', () => ({ name: 'a' })],
    ['keyauth_credentials', () => ({ consumer: ids.consumer })],
    ['basicauth_credentials', () => ({ consumer: ids.consumer, username: 'a', password: 'b' })],
    ['hmacauth_credentials', () => ({ consumer: ids.consumer, username: 'a' })],
    ['jwt_secrets', () => ({ consumer: ids.consumer, key: 'a' })],
    ['acls', () => ({ consumer: ids.consumer, group: 'a' })],
    ['plugins', () => ({ name: 'cors' })],
    ['certificates', () => ({ ...otherPem })],
    ['snis', () => ({ name: 'a.test', certificate: ids.certificate })],
    ['ca_certificates', () => ({ cert: otherPem.cert })],
  ]

  test.each(least)('%s', async (plural, least) => {
    const before = await revision()
    const { item, revision: written } = await create(plural, least())
    expect(written).toBe(before + 1)
    const { password: _, key: __, ...given } = least()
    expect(item).toMatchObject({ ...DEFAULTS[plural], ...given, id: expect.stringMatching(/^[0-9a-f-]{36}$/), revision: written, updated_by: 'ada' })
    expect(await shared.api.query(`${plural}.get`, { id: item.id })).toEqual(item)
  })
})

describe('a shorthand is written out', () => {
  test.each<[Plural, () => Record<string, unknown>, Record<string, unknown>]>([
    ['services', () => ({ url: 'https://b.test/v1' }), { protocol: 'https', host: 'b.test', port: 443, path: '/v1' }],
    ['services', () => ({ url: 'http://b.test:8080' }), { protocol: 'http', host: 'b.test', port: 8080, path: null }],
    ['services', () => ({ url: 'http://[::1]:9000/x' }), { protocol: 'http', port: 9000, path: '/x' }],
    ['targets', () => ({ upstream: ids.upstream, target: 'c.test' }), { target: 'c.test:8000' }],
    ['targets', () => ({ upstream: ids.upstream, target: '[::1]:81' }), { target: '[::1]:81' }],
    ['routes', () => ({ paths: ['~/orders/\\d+$'], methods: ['GET'] }), { paths: ['~/orders/\\d+$'] }],
  ])('%s #%#', async (plural, value, expected) => {
    expect((await create(plural, value())).item).toMatchObject(expected)
  })
})

const LONG = 'x'.repeat(300)

describe('a bad value is refused at its field, and nothing is written', () => {
  const cases: [plural: Plural, field: string, value: () => Record<string, unknown>][] = [
    ['services', 'host', () => ({})],
    ['services', 'host', () => ({ host: 'http://a.test' })],
    ['services', 'host', () => ({ host: 'a.test:80' })],
    ['services', 'name', () => ({ host: 'a.test', name: 'has space' })],
    ['services', 'name', () => ({ host: 'a.test', name: '' })],
    ['services', 'protocol', () => ({ host: 'a.test', protocol: 'ftp' })],
    ['services', 'port', () => ({ host: 'a.test', port: 65_536 })],
    ['services', 'port', () => ({ host: 'a.test', port: 80.5 })],
    ['services', 'path', () => ({ host: 'a.test', path: 'v1' })],
    ['services', 'path', () => ({ host: 'a.test', path: '/a//b' })],
    ['services', 'path', () => ({ host: 'a.test', path: '/a?b=c' })],
    ['services', 'path', () => ({ host: 'a.test', path: '/a', protocol: 'tcp' })],
    ['services', 'retries', () => ({ host: 'a.test', retries: 32_768 })],
    ['services', 'connect_timeout', () => ({ host: 'a.test', connect_timeout: 0 })],
    ['services', 'read_timeout', () => ({ host: 'a.test', read_timeout: 2_147_483_647 })],
    ['services', 'write_timeout', () => ({ host: 'a.test', write_timeout: '60' })],
    ['services', 'tls_verify', () => ({ host: 'a.test', tls_verify: true })],
    ['services', 'tls_verify_depth', () => ({ host: 'a.test', protocol: 'https', tls_verify_depth: 65 })],
    ['services', 'client_certificate', () => ({ host: 'a.test', protocol: 'https', client_certificate: { id: ids.service?.id } })],
    ['services', 'ca_certificates[0]', () => ({ host: 'a.test', protocol: 'https', ca_certificates: [ids.service?.id] })],
    ['services', 'enabled', () => ({ host: 'a.test', enabled: 'yes' })],
    ['services', 'tags[0]', () => ({ host: 'a.test', tags: ['a,b'] })],
    ['services', 'hots', () => ({ host: 'a.test', hots: 'a.test' })],
    ['services', 'id', () => ({ host: 'a.test', id: 'one' })],
    ['services', 'url', () => ({ url: 'not a url' })],
    ['routes', 'paths', () => ({})],
    ['routes', 'paths[0]', () => ({ paths: ['a'] })],
    ['routes', 'paths[0]', () => ({ paths: ['/a//b'] })],
    ['routes', 'paths[0]', () => ({ paths: ['/a/../b'] })],
    ['routes', 'paths[1]', () => ({ paths: ['/a', '~/(?=a)'] })],
    ['routes', 'paths[0]', () => ({ paths: ['~/('] })],
    ['routes', 'methods[0]', () => ({ methods: ['get'] })],
    ['routes', 'hosts[0]', () => ({ hosts: ['a.*.test'] })],
    ['routes', 'hosts[0]', () => ({ hosts: ['a.*:80'] })],
    ['routes', 'hosts[0]', () => ({ hosts: ['*.*'] })],
    ['routes', 'headers', () => ({ headers: { Host: ['a.test'] } })],
    ['routes', 'headers.x[0]', () => ({ headers: { x: ['~*('] } })],
    ['routes', 'protocols', () => ({ paths: ['/a'], protocols: ['http', 'tcp'] })],
    ['routes', 'protocols', () => ({ paths: ['/a'], protocols: [] })],
    ['routes', 'snis', () => ({ paths: ['/a'], protocols: ['http'], snis: ['a.test'] })],
    ['routes', 'https_redirect_status_code', () => ({ paths: ['/a'], https_redirect_status_code: 303 })],
    ['routes', 'path_handling', () => ({ paths: ['/a'], path_handling: 'v2' })],
    ['routes', 'regex_priority', () => ({ paths: ['/a'], regex_priority: -1 })],
    ['routes', 'service', () => ({ paths: ['/a'], service: { id: ids.route?.id } })],
    ['routes', 'service', () => ({ paths: ['/a'], service: 'base' })],
    ['routes', 'strip_path', () => ({ paths: ['/a'], protocols: ['grpc'], strip_path: true })],
    ['routes', 'methods', () => ({ paths: ['/a'], protocols: ['grpc'], strip_path: false, methods: ['POST'] })],
    ['routes', 'sources', () => ({ protocols: ['tcp'] })],
    ['routes', 'snis', () => ({ protocols: ['tls_passthrough'] })],
    ['upstreams', 'name', () => ({ name: '10.0.0.1' })],
    ['upstreams', 'name', () => ({ name: 'a:80' })],
    ['upstreams', 'algorithm', () => ({ name: 'x', algorithm: 'random' })],
    ['upstreams', 'slots', () => ({ name: 'x', slots: 9 })],
    ['upstreams', 'slots', () => ({ name: 'x', slots: 65_537 })],
    ['upstreams', 'hash_on_header', () => ({ name: 'x', hash_on: 'header' })],
    ['upstreams', 'hash_fallback_header', () => ({ name: 'x', hash_on: 'ip', hash_fallback: 'header' })],
    ['upstreams', 'hash_fallback_header', () => ({ name: 'x', hash_on: 'header', hash_on_header: 'a', hash_fallback: 'header', hash_fallback_header: 'A' })],
    ['upstreams', 'hash_fallback', () => ({ name: 'x', hash_on: 'none', hash_fallback: 'ip' })],
    ['upstreams', 'hash_fallback', () => ({ name: 'x', hash_on: 'cookie', hash_on_cookie: 'a', hash_fallback: 'ip' })],
    ['upstreams', 'hash_fallback', () => ({ name: 'x', hash_on: 'ip', hash_fallback: 'ip' })],
    ['upstreams', 'healthchecks.active.healthy.interval', () => ({ name: 'x', healthchecks: { active: { healthy: { interval: -1 } } } })],
    ['upstreams', 'healthchecks.passive.unhealthy.http_statuses[0]', () => ({ name: 'x', healthchecks: { passive: { unhealthy: { http_statuses: [99] } } } })],
    ['upstreams', 'healthchecks.active.interval', () => ({ name: 'x', healthchecks: { active: { interval: 1 } } })],
    ['targets', 'upstream', () => ({ target: 'a.test' })],
    ['targets', 'target', () => ({ upstream: ids.upstream, target: 'a b' })],
    ['targets', 'target', () => ({ upstream: ids.upstream, target: 'a.test:70000' })],
    ['targets', 'weight', () => ({ upstream: ids.upstream, target: 'a.test', weight: 65_536 })],
    ['consumers', 'username', () => ({})],
    ['consumers', 'username', () => ({ username: LONG })],
    ['consumers', 'groups[0]', () => ({ username: 'x', groups: [ids.service?.id] })],
    ['consumer_groups', 'name', () => ({})],
    ['keyauth_credentials', 'consumer', () => ({ key: 'abc' })],
    ['keyauth_credentials', 'consumer', () => ({ consumer: { id: ids.service?.id } })],
    ['keyauth_credentials', 'ttl', () => ({ consumer: ids.consumer, ttl: -1 })],
    ['basicauth_credentials', 'password', () => ({ consumer: ids.consumer, username: 'x' })],
    ['basicauth_credentials', 'username', () => ({ consumer: ids.consumer, password: 'x' })],
    ['hmacauth_credentials', 'username', () => ({ consumer: ids.consumer })],
    ['jwt_secrets', 'algorithm', () => ({ consumer: ids.consumer, algorithm: 'none' })],
    ['jwt_secrets', 'rsa_public_key', () => ({ consumer: ids.consumer, algorithm: 'RS256' })],
    ['jwt_secrets', 'rsa_public_key', () => ({ consumer: ids.consumer, algorithm: 'RS256', rsa_public_key: 'not a key' })],
    ['acls', 'group', () => ({ consumer: ids.consumer, group: '' })],
    ['plugins', 'name', () => ({ name: 'nonsense' })],
    ['plugins', 'config.orgins', () => ({ name: 'cors', config: { orgins: ['*'] } })],
    ['plugins', 'config.minute', () => ({ name: 'rate-limiting', config: { minute: 0 } })],
    ['plugins', 'consumer', () => ({ name: 'cors', consumer: ids.consumer })],
    ['plugins', 'protocols[0]', () => ({ name: 'cors', protocols: ['ftp'] })],
    ['plugins', 'service', () => ({ name: 'cors', service: { id: ids.route?.id } })],
    ['certificates', 'cert', () => ({ cert: 'no', key: 'no' })],
    ['certificates', 'cert', () => ({ ...pem, cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' })],
    ['certificates', 'key', () => ({ cert: pem.cert, key: otherPem.key })],
    ['certificates', 'key', () => ({ cert: pem.cert, key: 'no' })],
    ['certificates', 'key_alt', () => ({ ...pem, cert_alt: pem.cert })],
    ['snis', 'name', () => ({ name: 'a b', certificate: ids.certificate })],
    ['snis', 'certificate', () => ({ name: 'x.test', certificate: { id: ids.service?.id } })],
    ['ca_certificates', 'cert', () => ({ cert: 'no' })],
  ]

  test.each(cases)('%s.%s #%#', async (plural, field, value) => {
    const before = await revision()
    const failure = await shared.api.failure(create(plural, value()))
    expect([failure.code, failure.fields, failure.data.issues?.every(({ message }) => message.length > 0)]).toEqual(['BAD_REQUEST', expect.arrayContaining([field]), true])
    expect(await revision()).toBe(before)
  })
})

describe('text that a database or the wire cannot keep as it is, is refused at its field', () => {
  test.each<[Plural, string, () => Record<string, unknown>]>([
    ['consumers', 'username', () => ({ username: 'a\u0000b' })],
    ['consumers', 'custom_id', () => ({ custom_id: 'a\ud800' })],
    ['acls', 'group', () => ({ consumer: ids.consumer, group: '\udc00' })],
    ['plugins', 'config.message', () => ({ name: 'request-termination', config: { message: 'a\u0000' } })],
    ['routes', 'headers.x[0]', () => ({ headers: { x: ['\u0000'] } })],
  ])('%s.%s', async (plural, field, value) => {
    expect((await shared.api.failure(create(plural, value()))).fields).toEqual([field])
  })

  test('a search or a filter with such text finds nothing and does not fail', async () => {
    expect((await shared.api.query('consumers.list', { search: 'a\u0000' })).items).toEqual([])
    expect((await shared.api.query('consumers.list', { where: { username: 'a\u0000' } })).items).toEqual([])
  })
})

describe('what must be unique is refused the second time, at its field', () => {
  const cases: [Plural, string, () => Record<string, unknown>, (() => Record<string, unknown>)?][] = [
    ['services', 'name', () => ({ name: 'twice', host: 'a.test' })],
    ['routes', 'name', () => ({ name: 'twice', paths: ['/a'] })],
    ['upstreams', 'name', () => ({ name: 'twice' })],
    ['targets', 'upstream', () => ({ upstream: ids.upstream, target: 'twice.test:1' })],
    ['consumers', 'username', () => ({ username: 'twice' })],
    ['consumers', 'custom_id', () => ({ custom_id: 'twice' })],
    ['consumer_groups', 'name', () => ({ name: 'twice' })],
    ['keyauth_credentials', 'key', () => ({ consumer: ids.consumer, key: 'twice' })],
    ['basicauth_credentials', 'username', () => ({ consumer: ids.consumer, username: 'twice', password: 'x' })],
    ['hmacauth_credentials', 'username', () => ({ consumer: ids.consumer, username: 'twice' })],
    ['jwt_secrets', 'key', () => ({ consumer: ids.consumer, key: 'twice' })],
    ['acls', 'consumer', () => ({ consumer: ids.consumer, group: 'twice' })],
    ['plugins', 'name', () => ({ name: 'key-auth', service: ids.service })],
    ['plugins', 'instance_name', () => ({ name: 'key-auth', route: ids.route, instance_name: 'twice' }), () => ({ name: 'cors', route: ids.route, instance_name: 'twice' })],
    ['snis', 'name', () => ({ name: 'twice.test', certificate: ids.certificate })],
    ['ca_certificates', 'cert_digest', () => ({ cert: pem.cert })],
    ['services', 'id', () => ({ host: 'a.test', id: '6f1f4a2e-8f1f-4a57-9c0f-1c4c3c1b7f10' })],
  ]

  test.each(cases)('%s.%s', async (plural, field, first, second) => {
    await create(plural, first())
    const before = await revision()
    const failure = await shared.api.failure(create(plural, (second ?? first)()))
    expect([failure.code, failure.status, failure.fields]).toEqual(['CONFLICT', 409, [field]])
    expect(await revision()).toBe(before)
  })
})
