import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess } from '../../integration/harness/node-process.ts'
import { type RawConnection, RawOrigin } from '../../integration/harness/raw-origin.ts'
import { RawSocket } from '../../integration/harness/raw-socket.ts'
import { CONNECTION_CASES } from './connection-cases.ts'
import { FIELD_CASES } from './field-cases.ts'
import { FRAMING_CASES } from './framing-cases.ts'
import { PIPELINE_CASES } from './pipeline-cases.ts'
import { type ReceivedMessage, readMessage, readMessages } from './received-message.ts'
import type { RequestCase, Verdict } from './request-case.ts'
import { START_LINE_CASES } from './start-line-cases.ts'
import { TARGET_CASES } from './target-cases.ts'
import { TRUNCATED_CASES } from './truncated-cases.ts'
import { EXPECT_CASES, UPGRADE_CASES } from './upgrade-cases.ts'

/** Each request as bytes on a connection of its own, and what an origin that records bytes gets of it. */

const GROUPS: [string, RequestCase[]][] = [
  ['start line', START_LINE_CASES],
  ['target', TARGET_CASES],
  ['fields and Host', FIELD_CASES],
  ['framing', FRAMING_CASES],
  ['connection', CONNECTION_CASES],
  ['upgrade', UPGRADE_CASES],
  ['Expect', EXPECT_CASES],
  ['truncated', TRUNCATED_CASES],
]

let node: NodeProcess
let origin: RawOrigin

/** Bytes of each connection that were answered. */
const answered = new WeakMap<RawConnection, number>()

/** Answers each request once it is whole, with its target as the body. Connections are kept, so that a request can go upstream at once. */
function answerWhole(connection: RawConnection): void {
  const { socket, text } = connection
  for (;;) {
    const message = readMessage(text.slice(answered.get(connection) ?? 0))
    if (message?.isWhole !== true) return
    answered.set(connection, text.length - message.rest.length)
    const target = message.line.split(' ')[1] ?? ''
    const protocol = target === '/no-upgrade' ? undefined : /^upgrade: (.*)$/im.exec(message.fields)?.[1]
    if (protocol !== undefined) socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`)
    else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${message.line.startsWith('HEAD') ? '' : target}`)
  }
}

async function serve(route: Record<string, unknown>): Promise<void> {
  const answer = await node.postConfig({ _format_version: '3.0', services: [{ name: 'raw', url: origin.url, retries: 0, routes: [{ paths: ['/'], ...route }] }] })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

/** Sent behind each request, on the same connection: what it is taken for shows where the node saw the end of the message. */
const marker = (id: number) => `GET /marker-${id} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
let markers = 0
/** Markers that must never be read as a request, not even after the connection is gone. */
const forbidden: string[] = []

/** Statuses of the final answers. */
const finalStatuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status))

/** Bytes that the origin has got so far, for each connection. */
const received = () => origin.connections.map(({ text }) => text.length)
const messagesSince = (before: number[]) => origin.connections.flatMap(({ text }, index) => readMessages(text.slice(before[index] ?? 0)))

interface Carried {
  statuses: number[]
  /** What the origin got, on all connections of this case. */
  messages: ReceivedMessage[]
  /** First line of the request that followed. */
  markerLine: string
}

/** What is answered to the bytes of a case and the marker until the node closes, and what the origin got. */
async function carry({ bytes, afterContinue, ends, verdict }: RequestCase): Promise<Carried> {
  const before = received()
  const client = await RawSocket.open(node.proxy)
  const behind = ends === true ? '' : marker(++markers)
  const markerLine = behind.split('\r\n')[0] ?? ''
  if (behind !== '' && !(verdict.kind === 'tunnelled' || (verdict.kind === 'forwarded' && verdict.next === 'answered'))) forbidden.push(markerLine)
  client.write(afterContinue === undefined ? bytes + behind : bytes)
  if (afterContinue !== undefined) {
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
    client.write(afterContinue + behind)
  }
  if (ends === true) client.socket.end()
  if (verdict.kind === 'tunnelled') await client.until(new RegExp(`\\r\\n\\r\\n/marker-${markers}$`))
  else await client.closed
  client.destroy()
  return { statuses: finalStatuses(client.received), messages: messagesSince(before), markerLine }
}

function expectForwarded(verdict: Extract<Verdict, { kind: 'forwarded' }>, { statuses, messages, markerLine }: Carried): void {
  const isNextRead = verdict.next === 'answered'
  expect(statuses).toEqual(isNextRead ? [200, 200] : [200])
  // Connections are in the order in which they were opened, which for two requests at once is either.
  expect(messages.map(({ line }) => line).toSorted()).toEqual((isNextRead ? [verdict.line, markerLine] : [verdict.line]).toSorted())
  expect(messages.every(({ isWhole }) => isWhole)).toBe(true)
  const message = messages.find(({ line }) => line === verdict.line)
  expect(message?.body).toBe(verdict.body)
  expect(message?.trailers).toBe(verdict.trailers)
  for (const pattern of verdict.has) expect(message?.fields).toMatch(pattern)
  for (const pattern of verdict.hasNot) expect(message?.fields).not.toMatch(pattern)
}

function expectVerdict(verdict: Verdict, carried: Carried): void {
  const { statuses, messages, markerLine } = carried
  switch (verdict.kind) {
    case 'refused':
      expect(statuses.length).toBe(1)
      expect(verdict.statuses).toContain(statuses[0])
      expect(messages).toEqual([])
      return
    case 'broken-off':
      expect(statuses.length === 0 || (statuses.length === 1 && [400, 413, 431].includes(statuses[0] ?? 0))).toBe(true)
      expect(messages.filter(({ isWhole }) => isWhole)).toEqual([])
      return
    case 'tunnelled':
      expect(statuses).toEqual([200])
      expect(messages.map(({ line }) => line)).toEqual([verdict.line, markerLine])
      for (const pattern of verdict.has) expect(messages[0]?.fields).toMatch(pattern)
      for (const pattern of verdict.hasNot) expect(messages[0]?.fields).not.toMatch(pattern)
      return
    case 'forwarded':
      expectForwarded(verdict, carried)
  }
}

/** The framing of a body that is held is the node's own: bytes and trailers have to be the same. */
const OF_FRAMING = /transfer-encoding|content-length/
const whateverFraming = (verdict: Verdict): Verdict => {
  if (verdict.kind !== 'forwarded') return verdict
  const others = (patterns: readonly RegExp[]) => patterns.filter(({ source }) => !OF_FRAMING.test(source))
  return { ...verdict, has: others(verdict.has), hasNot: others(verdict.hasNot) }
}

describe.each([
  ['read into shared memory and written to directly', 'on'],
  ['read and written to as a stream', 'off'],
])('a client that is %s', (_, isDirect) => {
  beforeAll(async () => {
    forbidden.length = 0
    origin = await RawOrigin.start(answerWhole)
    node = await NodeProcess.start({ env: { SLUICE_SHARED_READS: isDirect, SLUICE_DIRECT_IO: isDirect } })
    await serve({ request_buffering: false })
  })
  afterAll(async () => {
    await node?.stop()
    await origin?.stop()
  })

  describe.each(GROUPS)('%s', (_, cases) => {
    test.each(cases)('$name', async (one) => expectVerdict(one.verdict, await carry(one)))
  })

  describe('with bodies that are held until they are whole', () => {
    beforeAll(() => serve({ request_buffering: true }))
    afterAll(() => serve({ request_buffering: false }))

    test.each([...FRAMING_CASES, ...EXPECT_CASES, ...TRUNCATED_CASES])('$name', async (one) => expectVerdict(whateverFraming(one.verdict), await carry(one)))
  })

  describe('pipelined', () => {
    // What the cases before left on its way to the origin is there once this is.
    beforeAll(async () => {
      await RawSocket.talk(node.proxy, 'GET /settled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    })

    test.each(PIPELINE_CASES)('$name', async ({ bytes, statuses, answers }) => {
      const before = received()
      const answer = await RawSocket.talk(node.proxy, bytes)
      expect(finalStatuses(answer)).toEqual(statuses)
      expect([...answer.matchAll(/\r\n\r\n(\/[a-z0-9]+)/g)].map(([, target]) => target)).toEqual(answers)
      expect(
        messagesSince(before)
          .map(({ line }) => line.split(' ')[1])
          .toSorted(),
      ).toEqual(answers.toSorted())
    })
  })

  test('what follows a refused or broken message, or an answer that closes, never becomes a request', () => {
    const lines = new Set(origin.connections.flatMap(({ text }) => readMessages(text)).map(({ line }) => line))
    expect(forbidden.length).toBeGreaterThan(200)
    expect(forbidden.filter((line) => lines.has(line))).toEqual([])
  })
})

test('there are at least 250 cases, each under a name of its own', () => {
  const names = GROUPS.flatMap(([group, cases]) => cases.map(({ name }) => `${group}: ${name}`))
  expect(names.length).toBeGreaterThanOrEqual(250)
  expect(new Set(names).size).toBe(names.length)
})
