import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Certificate, makeCertificate } from './harness/certificates.ts'
import { NodeProcess } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'

/** TLS on both sides: certificates for clients out of the configuration, and whom a node believes upstream. */

let node: NodeProcess
let origin: Origin
let tlsPort = 0
const authority = makeCertificate(['authority.test'])
const shop = makeCertificate(['shop.test'])
const wild = makeCertificate(['*.wild.test'])
const trailing = makeCertificate(['trailing.test'])
const fallback = makeCertificate(['fallback.test'])

const withNames = (certificate: Certificate, ...names: string[]) => ({ ...certificate, snis: names.map((name) => ({ name })) })
const services = () => [
  {
    name: 'origin',
    url: origin.url,
    routes: [
      { name: 'all', paths: ['/all'] },
      { name: 'secure', paths: ['/secure'], protocols: ['https'] },
      { name: 'by-sni', snis: ['shop.test', '*.wild.test'], paths: ['/sni'], protocols: ['https'] },
    ],
  },
]

async function apply(document: Record<string, unknown>): Promise<void> {
  const { status, body } = await node.postConfig({ _format_version: '3.0', ...document })
  if (status !== 201) throw new Error(JSON.stringify(body.issues))
}

beforeAll(async () => {
  origin = await Origin.start('origin', (_, response, received) => response.end(JSON.stringify(received.headers)))
  node = await NodeProcess.start({ env: { SLUICE_PROXY_TLS_LISTEN: '127.0.0.1:0' } })
  const listen = JSON.parse(readFileSync(join(node.dataDir, 'listen.json'), 'utf8')) as { tls: string }
  tlsPort = Number(listen.tls.split(':').pop())
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

/** A handshake as a client makes it: the name on the certificate that it is shown, or null where it is shown none. */
async function handshake(servername: string | undefined): Promise<{ socket: TLSSocket; name: string | null }> {
  const socket = connect({ port: tlsPort, host: '127.0.0.1', rejectUnauthorized: false, ...(servername === undefined ? {} : { servername }) })
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('secureConnect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  return { socket, name: isOpen ? (new X509Certificate(socket.getPeerCertificate().raw).subject.replace('CN=', '') ?? null) : null }
}

async function nameShown(servername: string | undefined): Promise<string | null> {
  const { socket, name } = await handshake(servername)
  socket.destroy()
  return name
}

async function get(servername: string, path: string): Promise<string> {
  const { socket } = await handshake(servername)
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${servername}:${tlsPort}\r\nConnection: close\r\n\r\n`)
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

describe('the certificate that a client is shown', () => {
  beforeAll(() => apply({ services: services(), certificates: [withNames(shop, 'shop.test'), withNames(wild, '*.wild.test'), withNames(trailing, 'trailing.*')] }))

  test.each([
    ['shop.test', 'shop.test'],
    ['SHOP.test', 'shop.test'],
    ['a.wild.test', '*.wild.test'],
    ['a.b.wild.test', null],
    ['wild.test', null],
    ['trailing.org', 'trailing.test'],
    ['unknown.test', null],
    [undefined, null],
  ])('for %s is that of %s', async (servername, expected) => {
    expect(await nameShown(servername)).toBe(expected)
  })

  test('changes with the configuration, while open connections go on', async () => {
    const { socket } = await handshake('shop.test')
    await apply({ services: services(), certificates: [withNames(trailing, 'shop.test'), withNames(fallback, '*')] })
    expect(await nameShown('shop.test')).toBe('trailing.test')
    const answered = new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString())))
    socket.write('GET /all HTTP/1.1\r\nHost: shop.test\r\n\r\n')
    expect(await answered).toContain('HTTP/1.1 200')
    socket.destroy()
  })

  test('is that of the name * for clients that no other fits, and for those that name none', async () => {
    expect(await nameShown('unknown.test')).toBe('fallback.test')
    expect(await nameShown(undefined)).toBe('fallback.test')
    await apply({ services: services(), certificates: [withNames(shop, 'shop.test')] })
    expect(await nameShown(undefined)).toBeNull()
  })

  test('has a key that fits: another is refused with the place of the fault', async () => {
    const { status, body } = await node.postConfig({ _format_version: '3.0', certificates: [{ cert: shop.cert, key: wild.key, snis: [{ name: 'shop.test' }] }] })
    expect(status).toBe(400)
    expect(body.issues?.[0]?.path).toMatch(/^certificates\[/)
  })
})

describe('a request over TLS', () => {
  beforeAll(() => apply({ services: services(), certificates: [withNames(shop, 'shop.test'), withNames(wild, '*.wild.test'), withNames(fallback, '*')] }))

  test('takes https-only routes, and tells the upstream about https', async () => {
    const text = await get('shop.test', '/secure')
    expect(text).toContain('HTTP/1.1 200')
    expect(text).toContain('"x-forwarded-proto":"https"')
    expect(text).toContain(`"x-forwarded-port":"${tlsPort}"`)
    expect((await sendRaw({ base: node.proxy, path: '/secure' })).status).toBe(426)
  })

  test.each([
    ['shop.test', 200],
    ['a.wild.test', 200],
    ['other.test', 404],
  ])('with the server name %s is routed by it: %d', async (servername, status) => {
    expect(await get(servername, '/sni')).toContain(`HTTP/1.1 ${status}`)
  })
})

describe('an upstream over TLS', () => {
  const secure = makeCertificate(['localhost', '127.0.0.1'], authority)
  const servers: Server[] = []
  const start = async (options: object = {}): Promise<number> => {
    const server = createServer({ ...secure, ...options }, (request, response) => {
      const socket = request.socket as TLSSocket
      response.end(JSON.stringify({ servername: socket.servername || null, host: request.headers.host, client: socket.getPeerCertificate()?.subject?.CN ?? null }))
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })
  const CA = '11111111-1111-4111-8111-111111111111'
  const CLIENT = '22222222-2222-4222-8222-222222222222'
  const client = makeCertificate(['node.test'], authority)
  const over = (service: Record<string, unknown>, trusted: Certificate = authority) =>
    apply({
      services: [{ name: 's', protocol: 'https', retries: 0, routes: [{ paths: ['/'] }], ...service }],
      ca_certificates: [{ id: CA, cert: trusted.cert }],
      certificates: [{ id: CLIENT, ...client }],
    })

  test('is believed when a trusted authority signed for its name or address', async () => {
    const port = await start()
    for (const host of ['localhost', '127.0.0.1']) {
      await over({ host, port, ca_certificates: [CA] })
      const answer = await sendRaw({ base: node.proxy, path: '/' })
      expect(JSON.parse(answer.body)).toEqual({ servername: host === 'localhost' ? 'localhost' : null, host: `${host}:${port}`, client: null })
    }
  })

  test('is not believed otherwise: 502, and nothing is sent', async () => {
    const port = await start()
    await over({ host: 'localhost', port })
    expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(502)
    await over({ host: 'localhost', port, ca_certificates: [CA] }, shop)
    expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(502)
    const other = await start(makeCertificate(['elsewhere.test'], authority))
    await over({ host: 'localhost', port: other, ca_certificates: [CA] })
    expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(502)
  })

  test('is taken unseen with tls_verify off', async () => {
    await over({ host: 'localhost', port: await start(), tls_verify: false })
    expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(200)
  })

  test('is shown the client certificate of the service', async () => {
    const port = await start({ requestCert: true, rejectUnauthorized: true, ca: [authority.cert] })
    await over({ host: 'localhost', port, ca_certificates: [CA], client_certificate: { id: CLIENT } })
    expect(JSON.parse((await sendRaw({ base: node.proxy, path: '/' })).body)).toMatchObject({ client: 'node.test' })
    await over({ host: 'localhost', port, ca_certificates: [CA] })
    expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(502)
  })

  test('is asked for by the Host that preserve_host keeps', async () => {
    const port = await start(makeCertificate(['shop.test'], authority))
    await over({ host: 'localhost', port, ca_certificates: [CA], routes: [{ paths: ['/'], preserve_host: true }] })
    const answer = await sendRaw({ base: node.proxy, path: '/', headers: ['Host', 'shop.test'] })
    expect(JSON.parse(answer.body)).toMatchObject({ servername: 'shop.test', host: 'shop.test' })
    expect((await sendRaw({ base: node.proxy, path: '/', headers: ['Host', 'evil.test'] })).status).toBe(502)
  })
})

describe('a handshake', () => {
  beforeAll(() => apply({ services: services(), certificates: [withNames(shop, 'shop.test')] }))

  const offer = (options: ConnectionOptions) =>
    new Promise<string | null>((resolve) => {
      const socket = connect({ port: tlsPort, host: '127.0.0.1', rejectUnauthorized: false, servername: 'shop.test', ...options })
      socket.once('secureConnect', () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
        socket.destroy()
      })
      socket.once('error', () => resolve(null))
    })

  test.each([
    ['TLS 1.3', { minVersion: 'TLSv1.3' }, 'TLSv1.3 TLS_AES_128_GCM_SHA256'],
    ['TLS 1.2 with GCM', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }, 'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLS 1.2 with ChaCha20', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }, 'TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305'],
    ['TLS 1.2 with CBC and SHA-1', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }, null],
    ['TLS 1.2 with CBC and SHA-256', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }, null],
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, null],
  ] as const)('%s', async (_, options, expected) => {
    const agreed = await offer({ ...options, ...(expected?.startsWith('TLSv1.3') ? { ciphers: 'TLS_AES_128_GCM_SHA256' } : {}) })
    expect(agreed).toBe(expected)
  })

  test('holds to the same ciphers after a certificate for all names came with a configuration', async () => {
    await apply({ services: services(), certificates: [withNames(shop, 'shop.test'), withNames(fallback, '*')] })
    expect(await offer({ servername: '', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' })).toBeNull()
    expect(await offer({ servername: '', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).toBe('TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384')
  })
})

describe('a session', () => {
  /** Connects until the client has a ticket, or offers one; says whether the session was resumed. */
  async function connectOnce(port: number, session?: Buffer): Promise<{ isReused: boolean; session: Buffer | null }> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'shop.test', ...(session === undefined ? {} : { session }) })
    let ticket: Buffer | null = null
    let isReused = false
    socket.on('session', (fresh) => {
      ticket = fresh
    })
    socket.on('data', () => {})
    socket.once('secureConnect', () => {
      isReused = socket.isSessionReused()
      socket.write('GET /all HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n')
    })
    await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
    return { isReused, session: ticket }
  }

  test('is resumed by every worker, also after the certificate for all names has changed', async () => {
    const several = await NodeProcess.start({ env: { SLUICE_PROXY_TLS_LISTEN: '127.0.0.1:0', SLUICE_WORKERS: '3' } })
    try {
      const { tls } = JSON.parse(readFileSync(join(several.dataDir, 'listen.json'), 'utf8')) as { tls: string }
      const port = Number(tls.split(':').pop())
      const document = (other: Certificate) => ({ _format_version: '3.0', services: services(), certificates: [withNames(shop, 'shop.test'), withNames(other, '*')] })
      for (const other of [fallback, trailing]) {
        expect((await several.postConfig(document(other))).status).toBe(201)
        const { session } = await connectOnce(port)
        const resumed = await Promise.all(Array.from({ length: 24 }, () => connectOnce(port, session ?? Buffer.alloc(0))))
        expect(resumed.filter(({ isReused }) => !isReused)).toEqual([])
      }
    } finally {
      await several.stop()
    }
  })
})
