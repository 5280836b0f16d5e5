import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ClientCertificate } from '../contract.ts'
import { consumerFixture, environmentFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'
import { type Issued, issue, type Wish } from './testing/authorities.ts'

const ROOT_ID = '00000000-0000-4000-8000-000000000001'
const MIDDLE_ID = '00000000-0000-4000-8000-000000000002'
const root = issue({ subject: '/CN=root', authority: {} })
const otherRoot = issue({ subject: '/CN=root', authority: {} })
const middle = issue({ subject: '/CN=middle', issuer: root, authority: {} })
const leafOf = (wish: Partial<Wish> = {}) => issue({ subject: '/O=Shop/CN=anna', issuer: root, ...wish })
const anna = leafOf()

const annaConsumer = consumerFixture('anna')
const bert = consumerFixture('bert', { custom_id: 'b@shop.test' })
const guest = consumerFixture('guest')
/** Certificates are made while the tests run: all of them are valid by then. */
const nowMs = Date.now() + 60_000

const shown = (...certificates: Issued[]): ClientCertificate => ({ chain: certificates.map(({ cert }) => new X509Certificate(cert).raw) })
const environment = (more: { cas?: Record<string, string>; nowMs?: number } = {}) =>
  environmentFixture({ nowMs: more.nowMs ?? nowMs, consumers: [annaConsumer, bert, guest], caCertificates: more.cas ?? { [ROOT_ID]: root.cert, [MIDDLE_ID]: middle.cert } })
const plugin = (config: object = {}, at = environment()) => createPlugin('mtls-auth', { ca_certificates: [ROOT_ID], ...config }, at)
const call = (clientCertificate: ClientCertificate | null, config: object = {}, at = environment()) => ask(plugin(config, at), { clientCertificate })

const NONE = { kind: 'error', status: 401, message: 'No required TLS certificate was sent' }
const BAD = { kind: 'error', status: 401, message: 'TLS certificate failed verification' }

describe('a certificate is good', () => {
  test.each<[string, Issued[], object]>([
    ['of a listed root', [anna], {}],
    ['of an authority below it that came along', [leafOf({ issuer: middle }), middle], {}],
    ['of an authority below it that is listed too', [leafOf({ issuer: middle })], { ca_certificates: [ROOT_ID, MIDDLE_ID] }],
    ['of a listed authority that is no root, where that is allowed', [leafOf({ issuer: middle })], { ca_certificates: [MIDDLE_ID], allow_partial_chain: true }],
    ['with the root behind it', [anna, root], {}],
    ['that says that it is for clients', [leafOf({ extensions: ['extendedKeyUsage=clientAuth'] })], {}],
    ['with an RSA key of 2048 bits', [leafOf({ rsaBits: 2048 })], {}],
  ])('%s', async (_, certificates, config) => {
    const { reply, exchange } = await call(shown(...certificates), config)
    expect(reply).toBeUndefined()
    expect(exchange.consumer).toBe(annaConsumer)
    expect(exchange.credential?.identifier).toBe('anna')
    expect(exchange.requestHeaders.get('x-client-cert-dn')).toBe('CN=anna,O=Shop')
  })
})

describe('a certificate is refused', () => {
  const narrow = issue({ subject: '/CN=narrow', authority: { pathLength: 0 } })
  const below = issue({ subject: '/CN=below', issuer: narrow, authority: {} })
  const noAuthority = leafOf({ subject: '/CN=boss' })
  const noSigner = issue({ subject: '/CN=nosigner', issuer: root, authority: {}, extensions: ['keyUsage=critical,digitalSignature'] })
  const constrained = issue({ subject: '/CN=constrained', issuer: root, authority: {}, extensions: ['nameConstraints=critical,permitted;DNS:shop.test'] })
  const narrowId = { [ROOT_ID]: narrow.cert }

  test.each<[string, Issued[], object, Record<string, string>?]>([
    ['of another authority with the same name', [leafOf({ issuer: otherRoot })], {}],
    ['that issued itself', [issue({ subject: '/CN=anna' })], {}],
    ['of an authority below that did not come along', [leafOf({ issuer: middle })], {}],
    ['of a listed authority that is no root', [leafOf({ issuer: middle })], { ca_certificates: [MIDDLE_ID] }],
    ['whose issuer is no authority', [leafOf({ issuer: noAuthority }), noAuthority], {}],
    ['whose issuer may not sign certificates', [leafOf({ issuer: noSigner }), noSigner], {}],
    ['with more authorities in between than allowed', [leafOf({ issuer: below }), below], {}, narrowId],
    ['of an authority whose names are constrained', [leafOf({ issuer: constrained }), constrained], {}],
    ['for servers', [leafOf({ extensions: ['extendedKeyUsage=serverAuth'] })], {}],
    ['with a weak RSA key', [leafOf({ rsaBits: 1024 })], {}],
    ['of a curve that nobody asked for', [leafOf({ curve: 'secp256k1' })], {}],
    ['that is signed over SHA-1', [leafOf({ hash: 'sha1' })], {}],
    ['with a critical extension that nobody knows', [leafOf({ extensions: ['1.2.3.4=critical,DER:0500'] })], {}],
    ['of nobody who is known', [leafOf({ subject: '/CN=nobody' })], {}],
    ['whose authority is not in the configuration', [anna], {}, {}],
  ])('%s', async (_, certificates, config, cas) => {
    const { reply, exchange } = await call(shown(...certificates), config, environment(cas === undefined ? {} : { cas }))
    expect(reply).toEqual(BAD)
    expect(exchange.consumer).toBeNull()
    expect(exchange.credential).toBeNull()
  })

  test.each([
    ['that is over', 2],
    ['that is not valid yet', -2],
  ])('%s', async (_, days) => {
    expect((await call(shown(anna), {}, environment({ nowMs: nowMs + days * 86_400_000 }))).reply).toEqual(BAD)
  })

  test('of bytes that are none', async () => {
    expect((await call({ chain: [new Uint8Array([0x30, 0x84, 0xff, 0xff, 0xff, 0xff])] })).reply).toEqual(BAD)
    expect((await call({ chain: [] })).reply).toEqual(BAD)
  })

  test('where none came', async () => {
    expect((await call(null)).reply).toEqual(NONE)
  })

  test('as soon as it is over, within the lifetime of the verdict', async () => {
    const at = environment()
    const one = plugin({ cache_ttl: 86_400 }, at)
    const clientCertificate = shown(anna)
    expect((await ask(one, { clientCertificate })).reply).toBeUndefined()
    at.setNow(nowMs + 2 * 86_400_000)
    expect((await ask(one, { clientCertificate })).reply).toEqual(BAD)
  })
})

describe('the caller', () => {
  test.each<[string, Partial<Wish>, object, string]>([
    ['is found by an alternative name before the common name', { alternatives: 'DNS:x.test,email:b@shop.test' }, {}, 'bert'],
    ['is found by the common name where no other fits', { alternatives: 'DNS:x.test' }, {}, 'anna'],
    ['is found by the fields that are looked at alone', { subject: '/CN=bert', alternatives: 'email:b@shop.test' }, { consumer_by: ['username'] }, 'bert'],
    ['is the default consumer where nobody has a name of it', { subject: '/CN=nobody' }, { default_consumer: 'guest' }, 'guest'],
  ])('%s', async (_, wish, config, username) => {
    const { exchange } = await call(shown(leafOf(wish)), config)
    expect(exchange.consumer?.username).toBe(username)
    expect(exchange.anonymous).toBe(false)
  })

  test.each<[string, object, readonly string[] | null]>([
    ['common name', {}, ['anna']],
    ['distinguished name', { authenticated_group_by: 'DN' }, ['CN=anna,O=Shop']],
    ['nothing', { authenticated_group_by: null }, null],
  ])('is no consumer where none is looked for, and of a group by %s', async (_, config, groups) => {
    const { exchange } = await call(shown(anna), { skip_consumer_lookup: true, ...config })
    expect(exchange.consumer).toBeNull()
    expect(exchange.credential?.identifier).toBe('anna')
    expect(exchange.authenticatedGroups).toEqual(groups)
  })

  test('who is not known is the anonymous consumer, where there is one', async () => {
    const { reply, exchange } = await call(null, { anonymous: 'guest' })
    expect(reply).toBeUndefined()
    expect(exchange.consumer).toBe(guest)
    expect(exchange.anonymous).toBe(true)
  })

  test('whom another plugin knows already is not asked again where that is enough', async () => {
    const { exchange } = await ask(plugin({ anonymous: 'guest' }), { clientCertificate: null, consumer: bert, credential: { id: 'x', identifier: 'x', fields: {} } })
    expect(exchange.consumer).toBe(bert)
  })

  test('cannot say what its certificate is called, whatever the certificate has in its names', async () => {
    const odd = leafOf({ subject: '/O=Größe, "X"/CN=anna', alternatives: 'DNS:a.test,URI:https\\://shop.test/a b,IP:192.0.2.1' })
    const spoofed = { 'X-Client-Cert-Dn': 'CN=root', 'X-Client-Cert-San': 'root.test' }
    const { exchange } = await ask(plugin(), { clientCertificate: shown(odd), headers: spoofed })
    expect(exchange.requestHeaders.get('x-client-cert-dn')).toBe('CN=anna,O=Gr\\c3\\b6\\c3\\9fe\\, \\"X\\"')
    expect(exchange.requestHeaders.get('x-client-cert-san')).toContain('a.test, ')
    const refused = await ask(plugin({ anonymous: 'guest' }), { clientCertificate: null, headers: spoofed })
    expect([...refused.exchange.requestHeaders.entries()]).toEqual([])
  })
})

test('a configuration that cannot be done is refused with its path', () => {
  const good = { ca_certificates: [ROOT_ID] }
  expect(problems('mtls-auth', good)).toEqual([])
  expect(problems('mtls-auth', {})[0]).toMatch(/^ca_certificates: /)
  expect(problems('mtls-auth', { ca_certificates: [] })[0]).toMatch(/^ca_certificates: /)
  expect(problems('mtls-auth', { ca_certificates: ['root'] })[0]).toMatch(/^ca_certificates.0: /)
  expect(problems('mtls-auth', { ...good, revocation_check_mode: 'STRICT' })).toEqual([
    'revocation_check_mode: this version asks no authority whether it took a certificate back: SKIP is all that can be set',
  ])
  expect(problems('mtls-auth', { ...good, send_ca_dn: true })[0]).toMatch(/^send_ca_dn: this version/)
  expect(problems('mtls-auth', { ...good, authenticated_group_by: 'OU' })[0]).toMatch(/^authenticated_group_by: /)
  expect(problems('mtls-auth', { ...good, consumer_by: ['email'] })[0]).toMatch(/^consumer_by.0: /)
  expect(problems('mtls-auth', { ...good, cache_ttl: -1 })[0]).toMatch(/^cache_ttl: /)
  expect(problems('mtls-auth', { ...good, http_proxy_host: 'x' })).toEqual([': http_proxy_host'])
})
