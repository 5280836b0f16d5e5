import { BlockList, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { LdapDirectory } from './ldap-directory.ts'

/** What becomes of questions that a directory leaves open; with a real one they are in test/integration/node-ldap.test.ts. */

const PRIVATE_ALLOWED = { allowPrivate: true, allow: new BlockList() }
const servers: { server: Server; sockets: Set<Socket> }[] = []

afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
})

/** A server that takes connections and says nothing, or does with what it gets as it is told. */
async function silent(onData: (socket: Socket, chunk: Buffer) => void = () => {}) {
  const sockets = new Set<Socket>()
  let most = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    most = Math.max(most, sockets.size)
    socket.on('data', (chunk: Buffer) => onData(socket, chunk))
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  servers.push({ server, sockets })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  return { port, most: () => most, sockets }
}

const at = (port: number, more: object = {}) => ({ host: '127.0.0.1', port, security: 'none' as const, verifiesHost: true, timeoutMs: 500, keepaliveMs: 60_000, ...more })

/** The bind response to the message that came (RFC 4511 4.2.2). */
const bindResponse = (request: Buffer, code: number) => Buffer.from([0x30, 0x0c, 0x02, 0x01, request[4] ?? 0, 0x61, 0x07, 0x0a, 0x01, code, 0x04, 0x00, 0x04, 0x00])

test('at most 16 connections are open and 128 questions wait; the next are told that it is busy, and all end in time', async () => {
  const server = await silent()
  const directory = new LdapDirectory(PRIVATE_ALLOWED)
  // Who waits gives up first, so that no connection is taken over.
  const ask = (index: number) =>
    directory.bind(at(server.port, { timeoutMs: index < 16 ? 700 : 200 }), { dn: `uid=${index}`, password: 'x' }).catch((error: Error) => error.message)
  const outcomes = await Promise.all(Array.from({ length: 160 }, (_, index) => ask(index)))
  expect(outcomes.filter((outcome) => outcome === 'busy')).toHaveLength(160 - 16 - 128)
  expect(outcomes.filter((outcome) => /^no answer within \d+ ms$/.test(outcome))).toHaveLength(16 + 128)
  expect(server.most()).toBeLessThanOrEqual(16)
})

test('who still waits gets the connection that is given back, not who gave up', async () => {
  let answers: (() => void)[] = []
  const server = await silent((socket, chunk) => answers.push(() => socket.write(bindResponse(chunk, 0))))
  const directory = new LdapDirectory(PRIVATE_ALLOWED)
  const ask = (timeoutMs: number) => directory.bind(at(server.port, { timeoutMs }), { dn: 'uid=a', password: 'x' }).catch((error: Error) => error.message)
  const running = Array.from({ length: 16 }, () => ask(5_000))
  const impatient = ask(50)
  const patient = ask(5_000)
  expect(await impatient).toBe('no answer within 50 ms')
  await expect.poll(() => answers.length).toBe(16)
  const first = answers
  answers = []
  first[0]?.()
  await expect.poll(() => answers.length).toBe(1)
  for (const answer of [...first.slice(1), ...answers]) answer()
  expect(await patient).toBe('accepted')
  expect(await Promise.all(running)).toEqual(running.map(() => 'accepted'))
})

test('what a server says that is neither yes nor no is a failure', async () => {
  for (const [code, outcome] of [
    [0, 'accepted'],
    [49, 'refused'],
    [32, 'refused'],
    [51, 'failed'],
    [52, 'failed'],
    [80, 'failed'],
  ] as const) {
    const server = await silent((socket, chunk) => socket.write(bindResponse(chunk, code)))
    const answer = await new LdapDirectory(PRIVATE_ALLOWED).bind(at(server.port), { dn: 'uid=a', password: 'x' }).catch(() => 'failed')
    expect([code, answer]).toEqual([code, outcome])
  }
})

test('bytes that are no LDAP end in a failure, not in a crash', async () => {
  const server = await silent((socket) => socket.write(Buffer.alloc(512, 0xff)))
  await expect(new LdapDirectory(PRIVATE_ALLOWED).bind(at(server.port), { dn: 'uid=a', password: 'x' })).rejects.toThrow()
})

test('a kept connection that the server closes just then is replaced without the caller noticing', async () => {
  let questions = 0
  const server = await silent((socket, chunk) => {
    questions += 1
    // The second comes over the connection of the first.
    if (questions === 2) socket.destroy()
    else socket.write(bindResponse(chunk, 0))
  })
  const directory = new LdapDirectory(PRIVATE_ALLOWED)
  expect(await directory.bind(at(server.port), { dn: 'uid=a', password: 'x' })).toBe('accepted')
  expect(await directory.bind(at(server.port), { dn: 'uid=a', password: 'x' })).toBe('accepted')
  expect(questions).toBe(3)
})

test('a connection is closed that nobody used for as long as said', async () => {
  const server = await silent((socket, chunk) => socket.write(bindResponse(chunk, 0)))
  await new LdapDirectory(PRIVATE_ALLOWED).bind(at(server.port, { keepaliveMs: 20 }), { dn: 'uid=a', password: 'x' })
  const [socket] = server.sockets
  if (socket !== undefined) await new Promise((resolve) => socket.once('close', resolve))
  expect(server.sockets.size).toBe(0)
})

test.each(['127.0.0.1', 'localhost'])('%s is not asked where upstreams may not have such addresses', async (host) => {
  const server = await silent()
  const directory = new LdapDirectory({ allowPrivate: false, allow: new BlockList() })
  await expect(directory.bind(at(server.port, { host }), { dn: 'uid=a', password: 'x' })).rejects.toThrow('upstreams may have')
  expect(server.most()).toBe(0)
})
