import { createHash, createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess } from './harness/node-process.ts'
import { Origin, type Received } from './harness/origin.ts'
import { type RawAnswer, sendRaw } from './harness/raw-request.ts'

/** What several authentication plugins do together, and what passwords cost, through a node. Each plugin alone has its own tests and recorded cases. */

let node: NodeProcess
let origin: Origin

beforeAll(async () => {
  origin = await Origin.start('origin')
  node = await NodeProcess.start()
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

const basic = (username: string, password: string) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
const sha1 = (text: string) => `sha1:${createHash('sha1').update(text).digest('hex')}`

interface Setup {
  plugins: unknown[]
  consumers: unknown[]
  more?: Record<string, unknown>
}

const documentOf = ({ plugins, consumers, more }: Setup) => ({
  _format_version: '3.0',
  services: [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins }] }],
  consumers,
  ...more,
})

async function configure(setup: Setup): Promise<void> {
  const { status, body } = await node.postConfig(documentOf(setup))
  expect(status, JSON.stringify(body.issues)).toBe(201)
}

async function ask(headers: Record<string, string>, more: { method?: string; path?: string; body?: string } = {}): Promise<RawAnswer & { received: Received | undefined }> {
  const before = origin.received.length
  const reply = await sendRaw({ base: node.proxy, path: '/', headers: Object.entries(headers).flat(), ...more })
  return { ...reply, received: origin.received[before] }
}

const ANNA = { username: 'anna', custom_id: 'c-1', keyauth_credentials: [{ key: 'anna-key' }], acls: [{ group: 'staff' }] }
const BERT = { username: 'bert', basicauth_credentials: [{ username: 'bert', password: 'opensesame' }] }

describe('several authentication plugins', () => {
  const both = { apikey: 'anna-key', Authorization: basic('bert', 'opensesame') }

  test('without anonymous all have to be passed, and the last one says who calls', async () => {
    await configure({ plugins: [{ name: 'key-auth' }, { name: 'basic-auth' }], consumers: [ANNA, BERT] })
    expect((await ask({ apikey: both.apikey })).status).toBe(401)
    expect((await ask({ Authorization: both.Authorization })).status).toBe(401)
    const { status, received } = await ask(both)
    expect(status).toBe(200)
    expect(received?.headers).toMatchObject({ 'x-consumer-username': 'bert', 'x-credential-identifier': 'bert' })
    expect(received?.headers['x-consumer-custom-id']).toBeUndefined()
  })

  test('with anonymous the first that knows the caller says who calls', async () => {
    const config = { anonymous: 'guest' }
    await configure({
      plugins: [
        { name: 'key-auth', config },
        { name: 'basic-auth', config },
      ],
      consumers: [ANNA, BERT, { username: 'guest' }],
    })
    const names = []
    const callers: Record<string, string>[] = [both, { apikey: 'anna-key' }, { Authorization: both.Authorization }, { apikey: 'x', Authorization: 'x' }]
    for (const headers of callers) names.push((await ask(headers)).received?.headers['x-consumer-username'])
    expect(names).toEqual(['anna', 'anna', 'bert', 'guest'])
  })

  test('each read the body that they need, whatever the one before could take', async () => {
    const consumers = [{ username: 'carl', hmacauth_credentials: [{ username: 'carl', secret: 'a secret' }] }, { username: 'guest' }]
    const plugins = [
      { name: 'key-auth', config: { key_in_body: true, anonymous: 'guest' } },
      { name: 'hmac-auth', config: { validate_request_body: true, enforce_headers: ['digest'] } },
    ]
    await configure({ plugins, consumers })
    const body = 'x'.repeat(200_000)
    const date = new Date().toUTCString()
    const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`
    const mac = createHmac('sha256', 'a secret').update(`date: ${date}\ndigest: ${digest}`).digest('base64')
    const signed = { Date: date, Digest: digest, Authorization: `hmac username="carl", algorithm="hmac-sha256", headers="date digest", signature="${mac}"` }
    const { status, received } = await ask({ 'Content-Type': 'application/json', ...signed }, { method: 'POST', body })
    expect(status).toBe(200)
    expect(received?.body).toBe(body)
    expect(received?.headers['x-consumer-username']).toBe('carl')
    expect((await ask(signed, { method: 'POST', body: `${body}x` })).status).toBe(401)
  })
})

test('who calls and what groups they are in cannot be told by the caller', async () => {
  await configure({ plugins: [{ name: 'key-auth' }, { name: 'acl', config: { allow: ['staff'], hide_groups_header: true } }], consumers: [ANNA] })
  const spoofed = {
    'X-Consumer-ID': 'root',
    'X-Consumer-Username': 'root',
    'X-Consumer-Custom-ID': 'root',
    'X-Credential-Identifier': 'root',
    'X-Anonymous-Consumer': 'true',
    'X-Consumer-Groups': 'root',
    'X-Authenticated-Groups': 'root',
  }
  const { status, received } = await ask({ apikey: 'anna-key', ...spoofed })
  expect(status).toBe(200)
  expect(JSON.stringify(received?.rawHeaders)).not.toContain('root')
  expect(received?.headers).toMatchObject({ 'x-consumer-username': 'anna', 'x-consumer-custom-id': 'c-1' })
})

describe('passwords', () => {
  test('that changed are wrong at once, and those that did not stay right', async () => {
    const setup = (password: string): Setup => ({
      plugins: [{ name: 'basic-auth' }],
      consumers: [BERT, { username: 'carl', basicauth_credentials: [{ username: 'carl', password }] }],
    })
    const statuses: number[] = []
    const askBoth = async () => {
      for (const headers of [{ Authorization: basic('carl', 'first') }, { Authorization: basic('bert', 'opensesame') }]) statuses.push((await ask(headers)).status)
    }
    await configure(setup('first'))
    await askBoth()
    await configure(setup('second'))
    await askBoth()
    expect(statuses).toEqual([200, 200, 401, 200])
  })

  test('of Kong are taken by their hash, with the id of the consumer', async () => {
    const id = '5a4f6a7c-2f3e-4f0a-9d0c-111111111111'
    const credential = { username: 'dora', password: sha1(`opensesame${id}`) }
    await configure({ plugins: [{ name: 'basic-auth' }], consumers: [{ id, username: 'dora', basicauth_credentials: [credential] }], more: { _transform: false } })
    expect((await ask({ Authorization: basic('dora', 'opensesame') })).status).toBe(200)
    expect((await ask({ Authorization: basic('dora', 'other') })).status).toBe(401)
  })

  test('are guessed by one address a few at a time; callers who are known go on meanwhile', async () => {
    await configure({ plugins: [{ name: 'basic-auth' }], consumers: [BERT] })
    expect((await ask({ Authorization: basic('bert', 'opensesame') })).status).toBe(200)
    // Far more than may wait, and each takes far longer to check than to send.
    const guesses = Promise.all(Array.from({ length: 200 }, (_, index) => sendRaw({ base: node.proxy, path: '/', headers: ['Authorization', basic('bert', `guess ${index}`)] })))
    const known = await ask({ Authorization: basic('bert', 'opensesame') })
    const answers = await guesses
    expect(known.status).toBe(200)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 503]))
    const busy = answers.filter(({ status }) => status === 503)
    expect(busy.every(({ headers }) => headers['retry-after'] === '1')).toBe(true)
  })

  test('with the same pair at once are checked once, and all are answered', async () => {
    await configure({ plugins: [{ name: 'basic-auth' }], consumers: [{ username: 'ella', basicauth_credentials: [{ username: 'ella', password: 'new here' }] }] })
    const answers = await Promise.all(Array.from({ length: 60 }, () => sendRaw({ base: node.proxy, path: '/', headers: ['Authorization', basic('ella', 'new here')] })))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
  })

  test('of a caller who is gone before they are checked do no harm', async () => {
    await configure({ plugins: [{ name: 'basic-auth' }], consumers: [BERT] })
    const { hostname, port } = new URL(node.proxy)
    const outgoing = httpRequest({ hostname, port, headers: { Authorization: basic('bert', 'gone') } })
    outgoing.on('error', () => {})
    outgoing.on('socket', (socket) => socket.on('connect', () => setImmediate(() => outgoing.destroy())))
    outgoing.end()
    await new Promise((resolve) => outgoing.once('close', resolve))
    expect((await ask({ Authorization: basic('bert', 'opensesame') })).status).toBe(200)
  })
})

describe('a credential that no node could use is refused with its path', () => {
  const issuesOf = async (consumer: Record<string, unknown>, more: Record<string, unknown> = {}) => {
    const { status, body } = await node.postConfig(documentOf({ plugins: [], consumers: [{ username: 'x', ...consumer }], more }))
    expect(status).toBe(400)
    return body.issues
  }

  test('a hash that would cost too much', async () => {
    const password = `$argon2id$v=19$m=4194304,t=3,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
    const issues = await issuesOf({ basicauth_credentials: [{ id: '5a4f6a7c-2f3e-4f0a-9d0c-222222222222', username: 'x', password }] }, { _transform: false })
    expect(issues).toEqual([{ path: 'basicauth_credentials[5a4f6a7c-2f3e-4f0a-9d0c-222222222222].password', message: expect.stringContaining('is no hash that a node checks') }])
  })

  test('a public key that is none', async () => {
    const id = '5a4f6a7c-2f3e-4f0a-9d0c-333333333333'
    const issues = await issuesOf({ jwt_secrets: [{ id, key: 'k', algorithm: 'RS256', rsa_public_key: 'no key' }] })
    expect(issues).toEqual([{ path: `jwt_secrets[${id}].rsa_public_key`, message: 'is not a public key that can be read (PEM)' }])
  })
})
