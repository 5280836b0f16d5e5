import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess } from '../../integration/harness/node-process.ts'
import { type RawConnection, RawOrigin } from '../../integration/harness/raw-origin.ts'
import { RawSocket, statusOf } from '../../integration/harness/raw-socket.ts'
import { CONNECTION_CASES } from './connection-cases.ts'
import { FIELD_CASES } from './field-cases.ts'
import { FRAMING_CASES } from './framing-cases.ts'
import { readMessage } from './received-message.ts'
import type { RequestCase } from './request-case.ts'
import { LENIENT_START_LINES, START_LINE_CASES } from './start-line-cases.ts'
import { TARGET_CASES } from './target-cases.ts'

/** Each request as bytes on a connection of its own, and what an origin that records bytes gets of it. */

const GROUPS: [string, RequestCase[]][] = [
  ['start line', START_LINE_CASES],
  ['target', TARGET_CASES],
  ['fields and Host', FIELD_CASES],
  ['framing', FRAMING_CASES],
  ['connection', CONNECTION_CASES],
]

let node: NodeProcess
let origin: RawOrigin

/** Answers a request once it is whole, and ends the connection, so that each case has one of its own. */
function answerWhole({ socket, text }: RawConnection): void {
  if (readMessage(text)?.isWhole === true) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
}

beforeAll(async () => {
  origin = await RawOrigin.start(answerWhole)
  node = await NodeProcess.start()
  const answer = await node.postConfig({ _format_version: '3.0', services: [{ name: 'raw', url: origin.url, retries: 0, routes: [{ paths: ['/'] }] }] })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

const FINAL_HEAD = /^HTTP\/1\.1 [2-5]\d\d[\s\S]*?\r\n\r\n/m

/** The final status: interim answers come before it. */
const finalStatus = (answer: string) => statusOf(answer.replace(/^(HTTP\/1\.1 1\d\d[\s\S]*?\r\n\r\n)+/, ''))

/** The answer to the first request of `bytes`, and what the origin got meanwhile. */
async function carry(bytes: string): Promise<{ answer: string; received: string }> {
  origin.connections.length = 0
  const client = await RawSocket.open(node.proxy)
  client.write(bytes)
  // A connection may be closed without an answer: the verdict says where that is right.
  await client.until(FINAL_HEAD).catch(() => '')
  // Whoever was refused must not be able to go on.
  if (finalStatus(client.received) >= 400) await client.closed
  client.destroy()
  return { answer: client.received, received: origin.text }
}

describe.each(GROUPS)('%s', (_, cases) => {
  test.each(cases)('$name', async ({ bytes, verdict }) => {
    const { answer, received } = await carry(bytes)
    if (verdict.kind === 'refused') {
      expect(verdict.statuses).toContain(finalStatus(answer))
      expect(received).toBe('')
      return
    }
    const message = readMessage(received)
    if (verdict.kind === 'broken-off') {
      expect(answer === '' || finalStatus(answer) === 400).toBe(true)
      expect(message?.isWhole ?? false).toBe(false)
      return
    }
    expect(finalStatus(answer)).toBe(200)
    expect(message?.line).toBe(verdict.line)
    expect(message?.body).toBe(verdict.body)
    expect(message?.rest).toBe('')
    for (const pattern of verdict.has) expect(message?.fields).toMatch(pattern)
    for (const pattern of verdict.hasNot) expect(message?.fields).not.toMatch(pattern)
  })
})

test('no more than two request lines are read more leniently than the rule of the house', () => {
  expect(LENIENT_START_LINES.length).toBe(2)
  expect(GROUPS.flatMap(([, cases]) => cases).filter(({ name }) => name.startsWith('lenient')).length).toBe(LENIENT_START_LINES.length)
})

test('there are at least 250 cases, each under a name of its own', () => {
  const names = GROUPS.flatMap(([group, cases]) => cases.map(({ name }) => `${group}: ${name}`))
  expect(names.length).toBeGreaterThanOrEqual(250)
  expect(new Set(names).size).toBe(names.length)
})
