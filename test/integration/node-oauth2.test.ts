import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { RedisProcess } from './harness/redis-process.ts'

/** oauth2 through two nodes with two workers each, and what they share by a Redis. */

const KEY = 'a-provision-key-for-tests-only-01234'
const BACK = 'https://app.test/back'
const VERIFIER = 'v'.repeat(43)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
let nodes: NodeProcess[] = []
let origin: Origin
let redis: RedisProcess

beforeAll(async () => {
  redis = await RedisProcess.start()
  origin = await Origin.start('origin', (_, response, received) => response.end(JSON.stringify(received.headers)))
  const env = { SLUICE_WORKERS: '2', SLUICE_TRUSTED_IPS: '127.0.0.1' }
  nodes = await Promise.all([NodeProcess.start({ env }), NodeProcess.start({ env })])
})
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await origin?.stop()
  await redis?.stop()
})

const documentOf = (config: object) => ({
  _format_version: '3.0',
  services: [
    {
      id: '00000000-0000-4000-8000-0000000000a1',
      name: 's',
      url: origin.url,
      routes: [
        {
          name: 'r',
          paths: ['/'],
          plugins: [
            {
              name: 'oauth2',
              config: {
                token_secret: 'a-token-secret-for-tests-only-012345',
                provision_key: KEY,
                enable_authorization_code: true,
                enable_client_credentials: true,
                accept_http_if_already_terminated: true,
                ...config,
              },
            },
          ],
        },
      ],
    },
  ],
  consumers: [
    {
      id: '00000000-0000-4000-8000-0000000000c1',
      username: 'anna',
      oauth2_credentials: [{ id: '00000000-0000-4000-8000-0000000000d1', name: 'app', client_id: 'app', client_secret: 'app-secret', redirect_uris: [BACK] }],
    },
  ],
})

async function configure(config: object): Promise<void> {
  for (const node of nodes) {
    const { status, body } = await node.postConfig(documentOf(config))
    expect(status, JSON.stringify(body.issues)).toBe(201)
  }
}

const base = (index: number) => nodes[index]?.proxy ?? ''

async function post(index: number, path: string, form: Record<string, string>): Promise<{ status: number; body: Record<string, string> }> {
  // A connection of its own, so that either worker may get it.
  const response = await fetch(`${base(index)}${path}`, { method: 'POST', body: new URLSearchParams(form), headers: { 'x-forwarded-proto': 'https', connection: 'close' } })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

const token = (index: number, form: Record<string, string>) => post(index, '/oauth2/token', { client_id: 'app', client_secret: 'app-secret', ...form })
async function codeOf(index: number): Promise<string> {
  const form = { provision_key: KEY, authenticated_userid: 'u-1', client_id: 'app', response_type: 'code', code_challenge: CHALLENGE, code_challenge_method: 'S256' }
  const { body } = await post(index, '/oauth2/authorize', form)
  return new URL(body.redirect_uri ?? 'none:').searchParams.get('code') ?? ''
}
const byCode = (index: number, code: string) => token(index, { grant_type: 'authorization_code', code, code_verifier: VERIFIER, redirect_uri: BACK })
const refresh = (index: number, refreshToken: string) => token(index, { grant_type: 'refresh_token', refresh_token: refreshToken })
async function call(index: number, accessToken: string) {
  const response = await fetch(`${base(index)}/api`, { headers: { authorization: `Bearer ${accessToken}` } })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

describe('with a Redis', () => {
  beforeAll(() => configure({ redis: redis.config }))

  test('a code of one node becomes a token at another, and the token is good at both', async () => {
    const { status, body } = await byCode(1, await codeOf(0))
    expect(status).toBe(200)
    for (const index of [0, 1]) {
      const answer = await call(index, body.access_token ?? '')
      expect(answer.status).toBe(200)
      expect(answer.body).toMatchObject({ 'x-consumer-username': 'anna', 'x-credential-identifier': 'app', 'x-authenticated-userid': 'u-1' })
      expect(answer.body.authorization).toBeUndefined()
    }
  })

  test('a code is good once, whichever nodes and workers it comes to at once', async () => {
    const code = await codeOf(0)
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => byCode(index % 2, code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.find(({ status }) => status !== 200)?.body).toEqual({ error: 'invalid_request', error_description: 'Invalid code' })
    // It came again, so what it gave gives nothing more.
    const given = answers.find(({ status }) => status === 200)?.body.refresh_token ?? ''
    expect((await refresh(0, given)).status).toBe(400)
  })

  test('a refresh token is good once; one that comes again ends all that came of the same consent', async () => {
    const first = (await byCode(0, await codeOf(0))).body.refresh_token ?? ''
    const second = (await refresh(1, first)).body.refresh_token ?? ''
    const third = (await refresh(0, second)).body.refresh_token ?? ''
    expect(new Set([first, second, third]).size).toBe(3)
    expect((await refresh(1, first)).body.error_description).toBe('Invalid refresh_token')
    expect((await refresh(0, third)).body.error_description).toBe('Invalid refresh_token')
    // Another consent goes on.
    const other = (await byCode(0, await codeOf(0))).body.refresh_token ?? ''
    expect((await refresh(1, other)).status).toBe(200)
  })

  test('that is killed, nothing is used that may have been, and calls go on; once it is back, all goes on', async () => {
    await configure({ redis: { ...redis.config, timeout: 500 } })
    const accessToken = (await byCode(0, await codeOf(0))).body.access_token ?? ''
    const code = await codeOf(0)
    await redis.kill()
    const { status, body } = await byCode(0, code)
    expect([status, body.error]).toEqual([503, 'temporarily_unavailable'])
    expect((await call(1, accessToken)).status).toBe(200)
    expect((await token(0, { grant_type: 'client_credentials' })).status).toBe(200)
    await redis.restart()
    await expect.poll(async () => (await byCode(0, await codeOf(0))).status, { timeout: 20_000, interval: 200 }).toBe(200)
    expect(nodes.map(({ output }) => output).join('')).not.toContain(code)
  })
})

describe('without a Redis', () => {
  test('a code is good once at a node, whichever worker it comes to', async () => {
    await configure({ reuse_refresh_token: true })
    const code = await codeOf(0)
    const answers = await Promise.all(Array.from({ length: 12 }, () => byCode(0, code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('refresh tokens that are good once are refused, by their path', async () => {
    const { status, body } = await (nodes[0] as NodeProcess).postConfig(documentOf({}))
    expect(status).toBe(400)
    expect(body.issues?.[0]?.path).toMatch(/config\.redis\.host$/)
  })
})

test('an application that is deleted takes its tokens along', async () => {
  await configure({ reuse_refresh_token: true })
  const accessToken = (await token(0, { grant_type: 'client_credentials' })).body.access_token ?? ''
  expect((await call(0, accessToken)).status).toBe(200)
  const document = documentOf({ reuse_refresh_token: true })
  const { status } = await (nodes[0] as NodeProcess).postConfig({ ...document, consumers: [{ username: 'anna' }] })
  expect(status).toBe(201)
  expect((await call(0, accessToken)).status).toBe(401)
})
