import { readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Issued, issue } from '../../packages/plugins/mtls-auth/testing/authorities.ts'
import { makeCertificate } from './harness/certificates.ts'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'

/** mtls-auth through a node: whom it asks for a certificate in the handshake, and what it makes of what it gets. */

const ROOT_ID = '00000000-0000-4000-8000-000000000001'
const root = issue({ subject: '/CN=root', authority: {} })
const middle = issue({ subject: '/CN=middle', issuer: root, authority: {} })
const anna = issue({ subject: '/O=Shop/CN=anna', issuer: root })
const bert = issue({ subject: '/CN=bert', issuer: middle })
const stranger = issue({ subject: '/CN=anna' })
const server = makeCertificate(['shop.test'])

let node: NodeProcess
let origin: Origin
let tlsPort = 0

const MTLS = { name: 'mtls-auth', config: { ca_certificates: [ROOT_ID] } }
const documentWith = (routes: object[], more: object = {}) => ({
  _format_version: '3.0',
  ca_certificates: [{ id: ROOT_ID, cert: root.cert }],
  certificates: [{ ...server, snis: [{ name: 'shop.test' }, { name: '*' }] }],
  services: [{ name: 's', url: origin.url, routes }],
  consumers: [{ username: 'anna' }, { username: 'bert' }, { username: 'guest' }],
  ...more,
})
const guarded = (more: object = {}) => ({ name: 'guarded', paths: ['/guarded'], plugins: [MTLS], ...more })
const open = { name: 'open', paths: ['/open'] }

async function apply(document: object): Promise<void> {
  const { status, body } = await node.postConfig(document)
  expect(status, JSON.stringify(body.issues)).toBe(201)
}

beforeAll(async () => {
  origin = await Origin.start('origin', (_, response, received) => response.end(JSON.stringify(received.headers)))
  node = await NodeProcess.start({ env: { SLUICE_PROXY_TLS_LISTEN: '127.0.0.1:0', SLUICE_WORKERS: '2' } })
  const listen = JSON.parse(readFileSync(join(node.dataDir, 'listen.json'), 'utf8')) as { tls: string }
  tlsPort = Number(listen.tls.split(':').pop())
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

interface Answer {
  status: number
  body: string
  reused: boolean
  session: Buffer | null
}

/** One request over a connection of its own. */
async function get(
  path: string,
  options: { servername?: string; shows?: Issued; along?: Issued; headers?: string } & Pick<ConnectionOptions, 'session' | 'maxVersion'> = {},
): Promise<Answer> {
  const { servername, shows, along, headers = '', ...more } = options
  const pair = shows === undefined ? {} : { cert: shows.cert + (along?.cert ?? ''), key: shows.key }
  const socket: TLSSocket = connect({ port: tlsPort, host: '127.0.0.1', rejectUnauthorized: false, ...(servername === undefined ? {} : { servername }), ...pair, ...more })
  let text = ''
  let session: Buffer | null = null
  socket.on('session', (given: Buffer) => {
    session = given
  })
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const reused = socket.isSessionReused()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${headers}\r\n`)
  await new Promise((resolve) => socket.once('close', resolve))
  return { status: Number(text.slice(9, 12)), body: text.slice(text.indexOf('\r\n\r\n') + 4), reused, session }
}

/** Whether a client that names this server is asked for a certificate: told by what the node knows of it then. */
const isAsked = async (servername: string | undefined) => {
  const answer = await get('/guarded', { ...(servername === undefined ? {} : { servername }), shows: anna })
  return answer.status === 200
}

describe('a route with mtls-auth', () => {
  beforeAll(() => apply(documentWith([guarded(), open])))

  test('lets callers pass whose certificate leads to the authority, and tells the upstream who they are', async () => {
    const spoofed = 'X-Client-Cert-Dn: CN=root\r\nX-Client-Cert-San: root\r\nX-Consumer-Username: root\r\nX-Credential-Identifier: root\r\n'
    const { status, body } = await get('/guarded', { servername: 'shop.test', shows: anna, headers: spoofed })
    expect(status).toBe(200)
    expect(body).not.toContain('root')
    expect(JSON.parse(body)).toMatchObject({ 'x-consumer-username': 'anna', 'x-credential-identifier': 'anna', 'x-client-cert-dn': 'CN=anna,O=Shop' })
  })

  test('takes certificates in between from the caller', async () => {
    expect((await get('/guarded', { servername: 'shop.test', shows: bert, along: middle })).body).toContain('"x-consumer-username":"bert"')
    expect((await get('/guarded', { servername: 'shop.test', shows: bert })).status).toBe(401)
  })

  test('takes them over TLS 1.2 and HTTP/2 too', async () => {
    expect((await get('/guarded', { servername: 'shop.test', shows: anna, maxVersion: 'TLSv1.2' })).status).toBe(200)
    const client = connectHttp2(`https://127.0.0.1:${tlsPort}`, { servername: 'shop.test', rejectUnauthorized: false, cert: anna.cert, key: anna.key })
    const status = await new Promise((resolve, reject) => {
      client.once('error', reject)
      client
        .request({ ':path': '/guarded', ':authority': 'shop.test' })
        .once('response', (headers) => resolve(headers[':status']))
        .once('error', reject)
        .resume()
    })
    expect(status).toBe(200)
    await new Promise<void>((resolve) => client.close(resolve))
  })

  test.each([
    ['without a certificate', undefined, 'No required TLS certificate was sent'],
    ['with one that nobody trusted has issued', stranger, 'TLS certificate failed verification'],
  ])('answers a caller %s with 401, once the handshake is through', async (_, shows, message) => {
    const { status, body } = await get('/guarded', { servername: 'shop.test', ...(shows === undefined ? {} : { shows }) })
    expect(status).toBe(401)
    expect(body).toContain(message)
    expect((await get('/open', { servername: 'shop.test', ...(shows === undefined ? {} : { shows }) })).status).toBe(200)
  })

  test('answers who comes without TLS with 401', async () => {
    expect((await sendRaw({ base: node.proxy, path: '/guarded' })).status).toBe(401)
  })

  test('asks under every name where the route has none of its own', async () => {
    expect(await isAsked('shop.test')).toBe(true)
    expect(await isAsked('other.test')).toBe(true)
    expect(await isAsked(undefined)).toBe(true)
  })
})

describe('who is asked for a certificate', () => {
  test('are those that name a server of the route, and nobody else', async () => {
    await apply(
      documentWith([
        guarded({ snis: ['shop.test', '*.wild.test'] }),
        open,
        { name: 'bare', paths: ['/guarded'], snis: ['other.test'], plugins: [{ name: 'mtls-auth', config: MTLS.config, enabled: false }] },
      ]),
    )
    expect(await isAsked('shop.test')).toBe(true)
    expect(await isAsked('a.wild.test')).toBe(true)
    // The disabled plugin of that route does not run, and it does not ask: the upstream sees no certificate.
    expect((await get('/guarded', { servername: 'other.test', shows: anna })).body).not.toContain('x-client-cert')
    expect((await get('/open', { servername: 'plain.test', shows: anna })).status).toBe(200)
  })

  test('changes with the configuration, for new connections', async () => {
    await apply(documentWith([{ ...guarded(), plugins: [] }, open]))
    const before = await get('/guarded', { servername: 'shop.test', shows: anna })
    expect(before.body).not.toContain('x-client-cert')
    await apply(documentWith([guarded(), open]))
    expect((await get('/guarded', { servername: 'shop.test', shows: anna })).status).toBe(200)
    // A session from before would come without the certificate.
    const resumed = await get('/guarded', { servername: 'shop.test', shows: anna, ...(before.session === null ? {} : { session: before.session }) })
    expect(before.session).not.toBeNull()
    expect(resumed.reused).toBe(false)
    expect(resumed.status).toBe(200)
    await apply(documentWith([open]))
    const first = await until('a session', async () => ((await get('/open', { servername: 'shop.test' })).session === null ? null : get('/open', { servername: 'shop.test' })))
    expect((await get('/open', { servername: 'shop.test', ...(first.session === null ? {} : { session: first.session }) })).reused).toBe(true)
  })
})

describe('with others', () => {
  test('any of two is enough with anonymous, and the groups of a certificate count for acl', async () => {
    const plugins = [
      { name: 'mtls-auth', config: { ...MTLS.config, anonymous: 'guest' } },
      { name: 'key-auth', config: { anonymous: 'guest' } },
    ]
    const consumers = [{ username: 'anna' }, { username: 'guest' }, { username: 'bert', keyauth_credentials: [{ key: 'bert-key' }] }]
    await apply(documentWith([{ name: 'r', paths: ['/either'], plugins }], { consumers }))
    const names: unknown[] = []
    for (const options of [{ shows: anna }, { shows: anna, headers: 'apikey: bert-key\r\n' }, { headers: 'apikey: bert-key\r\n' }, {}])
      names.push(JSON.parse((await get('/either', { servername: 'shop.test', ...options })).body)['x-consumer-username'])
    expect(names).toEqual(['anna', 'anna', 'bert', 'guest'])
  })

  test('acl decides by the group that the certificate names', async () => {
    const plugins = (allow: string) => [
      { name: 'mtls-auth', config: { ...MTLS.config, skip_consumer_lookup: true } },
      { name: 'acl', config: { allow: [allow] } },
    ]
    await apply(
      documentWith([
        { name: 'a', paths: ['/a'], plugins: plugins('anna') },
        { name: 'b', paths: ['/b'], plugins: plugins('staff') },
      ]),
    )
    const passed = await get('/a', { servername: 'shop.test', shows: anna })
    expect(passed.status).toBe(200)
    expect(JSON.parse(passed.body)).toMatchObject({ 'x-authenticated-groups': 'anna', 'x-credential-identifier': 'anna' })
    expect(passed.body).not.toContain('x-consumer-id')
    expect((await get('/b', { servername: 'shop.test', shows: anna })).status).toBe(403)
  })
})

test('a CA certificate that is not there is refused with the place that names it', async () => {
  const { status, body } = await node.postConfig({ ...documentWith([guarded()]), ca_certificates: [] })
  expect(status).toBe(400)
  expect(body.issues).toEqual([{ path: expect.stringMatching(/plugins\[.*\]\.config\.ca_certificates\[0\]$/), message: `there is no ca_certificate ${ROOT_ID}` }])
})
