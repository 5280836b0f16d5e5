import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'
import { Slapd } from './harness/slapd.ts'

/** ldap-auth through a node, with a real directory. */

const PEOPLE = [
  { uid: 'anna', password: 'opensesame' },
  { uid: 'größe', password: 'schlüssel' },
  { uid: 'a,b=c+"d"', password: 'odd' },
]
let slapd: Slapd
let node: NodeProcess
let origin: Origin

beforeAll(async () => {
  slapd = await Slapd.start(PEOPLE)
  origin = await Origin.start('origin', (_, response, received) => response.end(JSON.stringify(received.headers)))
  node = await NodeProcess.start({ env: { NODE_EXTRA_CA_CERTS: slapd.authorityFile } })
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
  await slapd?.stop()
})

interface Setup {
  config?: object
  more?: object[]
  consumers?: object[]
}

async function configure({ config = {}, more = [], consumers = [{ username: 'guest' }] }: Setup = {}): Promise<void> {
  const ldap = { name: 'ldap-auth', config: { ldap_host: '127.0.0.1', ldap_port: slapd.port, base_dn: Slapd.baseDn, attribute: 'uid', cache_ttl: 0, ...config } }
  const services = [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins: [ldap, ...more] }] }]
  const { status, body } = await node.postConfig({ _format_version: '3.0', services, consumers })
  expect(status, JSON.stringify(body.issues)).toBe(201)
}

const encoded = (username: string, password: string) => Buffer.from(`${username}:${password}`).toString('base64')
async function ask(headers: Record<string, string>) {
  const reply = await sendRaw({ base: node.proxy, path: '/', headers: Object.entries(headers).flat() })
  return { ...reply, seen: reply.status === 200 ? (JSON.parse(reply.body) as Record<string, string>) : {} }
}
const login = (username: string, password: string) => ask({ Authorization: `ldap ${encoded(username, password)}` })

describe('a username with a password', () => {
  beforeAll(() => configure())

  test.each(PEOPLE.map(({ uid, password }): [string, string] => [uid, password]))('that the directory takes goes on: %s', async (uid, password) => {
    const { status, seen } = await login(uid, password)
    expect(status).toBe(200)
    expect(Buffer.from(seen['x-credential-identifier'] ?? '', 'latin1').toString('utf8')).toBe(uid)
    expect(seen.authorization).toBeUndefined()
  })

  test.each([
    ['another password', 'anna', 'opensesam'],
    ['no password', 'anna', ''],
    ['nobody', 'nobody', 'opensesame'],
    ['no username', '', 'opensesame'],
    ['a username that would lead elsewhere', `anna,${Slapd.baseDn}`, 'opensesame'],
    ['a username with a wildcard', '*', 'opensesame'],
  ])('is refused: %s', async (_, username, password) => {
    const { status, headers, body } = await login(username, password)
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe('LDAP')
    expect(body).toContain('Unauthorized')
  })

  test.each([
    ['no header', {}],
    ['another scheme', { Authorization: `Basic ${encoded('anna', 'opensesame')}` }],
    ['no base64', { Authorization: 'ldap ::::' }],
  ])('is asked for where there is %s', async (_, headers) => {
    expect((await ask(headers as Record<string, string>)).status).toBe(401)
  })

  test('counts in Authorization where that of a proxy is no good', async () => {
    const headers = { 'Proxy-Authorization': `ldap ${encoded('anna', 'x')}`, Authorization: `ldap ${encoded('anna', 'opensesame')}` }
    expect((await ask(headers)).status).toBe(200)
  })

  test('makes nobody a consumer, whatever the caller says', async () => {
    const { seen } = await ask({
      Authorization: `ldap ${encoded('anna', 'opensesame')}`,
      'X-Consumer-Username': 'root',
      'X-Consumer-ID': 'root',
      'X-Credential-Identifier': 'root',
    })
    expect(JSON.stringify(seen)).not.toContain('root')
    expect(seen['x-credential-identifier']).toBe('anna')
  })
})

describe('the configuration says', () => {
  test('another scheme and realm', async () => {
    await configure({ config: { header_type: 'basic', realm: 'staff', hide_credentials: false } })
    expect((await ask({})).headers['www-authenticate']).toBe('basic realm="staff"')
    const { status, seen } = await ask({ Authorization: `Basic ${encoded('anna', 'opensesame')}` })
    expect(status).toBe(200)
    expect(seen.authorization).toContain('Basic')
  })

  test('who takes the place of callers that are not known', async () => {
    await configure({ config: { anonymous: 'guest' } })
    expect((await login('anna', 'x')).seen).toMatchObject({ 'x-consumer-username': 'guest', 'x-anonymous-consumer': 'true' })
    expect((await login('anna', 'opensesame')).seen['x-consumer-username']).toBeUndefined()
  })

  test('how long an answer of the directory is remembered', async () => {
    await configure({ config: { cache_ttl: 600 } })
    const before = slapd.binds
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await login('anna', 'opensesame')).status).toBe(200)
      expect((await login('anna', 'wrong')).status).toBe(401)
    }
    // Its log comes by a pipe; what came twice would come before the next.
    expect((await login('größe', 'wrong')).status).toBe(401)
    await until('the third question', () => (slapd.binds - before >= 3 ? true : null))
    expect(slapd.binds - before).toBe(3)
  })
})

describe('TLS', () => {
  test.each([
    ['ldaps', () => ({ ldap_host: 'localhost', ldap_port: slapd.tlsPort, ldaps: true })],
    ['start_tls', () => ({ ldap_host: 'localhost', start_tls: true })],
  ])('by %s: a directory is believed whose certificate is good for its name', async (_, config) => {
    await configure({ config: config() })
    expect((await login('anna', 'opensesame')).status).toBe(200)
    expect((await login('anna', 'wrong')).status).toBe(401)
    await configure({ config: { ...config(), ldap_host: '127.0.0.1' } })
    expect((await login('anna', 'opensesame')).status).toBe(500)
    await configure({ config: { ...config(), ldap_host: '127.0.0.1', verify_ldap_host: false } })
    expect((await login('anna', 'opensesame')).status).toBe(200)
  })

  test('never goes without: a directory that will not start it gets no password', async () => {
    const got: Buffer[] = []
    const plain: Server = createServer((socket: Socket) => {
      socket.on('data', (chunk: Buffer) => {
        got.push(chunk)
        // The extended response to this message: protocolError.
        const [id = 0] = chunk.subarray(4)
        socket.write(Buffer.from([0x30, 0x0c, 0x02, 0x01, id, 0x78, 0x07, 0x0a, 0x01, 0x02, 0x04, 0x00, 0x04, 0x00]))
      })
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const address = plain.address()
    await configure({ config: { start_tls: true, ldap_port: typeof address === 'object' ? address?.port : 0, timeout: 5_000 } })
    expect((await login('anna', 'opensesame')).status).toBe(500)
    expect(got.length).toBeGreaterThan(0)
    expect(Buffer.concat(got).toString('latin1')).not.toContain('opensesame')
    await new Promise<void>((resolve) => plain.close(() => resolve()))
  })
})

describe('a directory that fails', () => {
  test('to answer in time is answered with 500, and is asked again over another connection', async () => {
    await configure({ config: { timeout: 300, anonymous: 'guest' } })
    expect((await login('anna', 'opensesame')).status).toBe(200)
    slapd.pause()
    try {
      const { status, body } = await login('anna', 'opensesame')
      expect(status).toBe(500)
      expect(body).toContain('An unexpected error occurred')
    } finally {
      slapd.resume()
    }
    expect((await login('anna', 'opensesame')).status).toBe(200)
  })

  test('is answered with 500 while it is gone, and used again once it is back, over connections that were kept or not', async () => {
    await configure()
    expect((await login('anna', 'opensesame')).status).toBe(200)
    await slapd.kill()
    expect((await login('anna', 'opensesame')).status).toBe(500)
    await slapd.run()
    expect((await login('anna', 'opensesame')).status).toBe(200)
    await node.line('the directory could not be asked')
    expect(node.output).not.toContain('opensesame')
    expect(node.output).not.toContain(encoded('anna', 'opensesame'))
  })
})

test('a configuration that cannot be done is refused with its path', async () => {
  const { status, body } = await node.postConfig({
    _format_version: '3.0',
    plugins: [{ name: 'ldap-auth', config: { ldap_host: 'a b', attribute: 'u,id', base_dn: '', ldap_port: 0, timeout: 0, ldaps: true, start_tls: true } }],
  })
  expect(status).toBe(400)
  expect(body.issues?.map(({ path }) => path.replace(/^.*\.config\./, '')).sort()).toEqual(['attribute', 'base_dn', 'ldap_host', 'ldap_port', 'start_tls', 'timeout'])
})
