import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NodeProcess, until } from '../../integration/harness/node-process.ts'
import { type RawConnection, RawOrigin } from '../../integration/harness/raw-origin.ts'
import { RawSocket } from '../../integration/harness/raw-socket.ts'
import { type ReceivedAnswer, readAnswers } from './received-answer.ts'
import { readMessage } from './received-message.ts'
import { RESPONSE_BODY_GROUPS } from './response-body-cases.ts'
import type { ResponseCase, ResponseVerdict } from './response-case.ts'
import { RESPONSE_HEAD_CASES } from './response-head-cases.ts'

/** An upstream that answers with bytes, and what a client that reads bytes gets of them. */

const GROUPS: [string, ResponseCase[]][] = [['status line and fields', RESPONSE_HEAD_CASES], ...RESPONSE_BODY_GROUPS]

const CASES = GROUPS.flatMap(([, cases]) => cases)

let node: NodeProcess
let origin: RawOrigin

/** Bytes of each connection that were answered. */
const answered = new WeakMap<RawConnection, number>()

/** Answers `/case/<number>` with the bytes of that case, and everything else with its target as the body. */
function answerScripted(connection: RawConnection): void {
  const { socket, text } = connection
  const message = readMessage(text.slice(answered.get(connection) ?? 0))
  if (message?.isWhole !== true) return
  answered.set(connection, text.length - message.rest.length)
  const target = message.line.split(' ')[1] ?? ''
  const one = CASES[Number(/^\/case\/(\d+)$/.exec(target)?.[1] ?? Number.NaN)]
  if (one === undefined) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
  else if (one.ending === 'end') socket.end(one.bytes, 'latin1')
  else if (one.ending === 'reset') socket.write(one.bytes, 'latin1', () => socket.resetAndDestroy())
  else socket.write(one.bytes, 'latin1')
}

beforeAll(async () => {
  origin = await RawOrigin.start(answerScripted)
  node = await NodeProcess.start()
  const answer = await node.postConfig({ _format_version: '3.0', services: [{ name: 'raw', url: origin.url, retries: 0, routes: [{ paths: ['/'] }] }] })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
})
afterAll(async () => {
  await node?.stop()
  await origin?.stop()
})

const connectionOf = (target: string) => origin.connections.filter(({ text }) => text.includes(` ${target} HTTP/1.1\r\n`))

interface Carried {
  answers: ReceivedAnswer[]
  /** The upstream's connections that got the request, and those that got the next one. */
  used: RawConnection[]
  usedNext: RawConnection[]
  /** The node has closed the client's connection, so that there is no next answer on it. */
  isClosed: boolean
}

/** Asks for the answer of a case, then for another one: on the same connection where that is still open. */
async function carry(one: ResponseCase): Promise<Carried> {
  const id = CASES.indexOf(one)
  const method = one.method ?? 'GET'
  const client = await RawSocket.open(node.proxy)
  let isClosed = false
  void client.closed.then(() => {
    isClosed = true
  })
  const finals = () => readAnswers(client.received, [method, 'GET'], isClosed).filter(({ status }) => status >= 200)
  client.write(`${method} /case/${id} HTTP/1.1\r\nHost: a\r\n${one.asks ?? ''}\r\n`)
  await until('an answer, or the end', () => (isClosed || finals()[0]?.isWhole === true ? true : null))
  const used = connectionOf(`/case/${id}`)
  if (one.afterwards !== undefined) {
    used[0]?.socket.write(one.afterwards)
    await until('the node to give up the connection', () => (used[0]?.socket.readableEnded === true || used[0]?.socket.destroyed === true ? true : null))
  }
  const next = `GET /next/${id} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
  // What the client is told of its connection counts as well as that it is closed.
  const goesOn = !isClosed && !/^connection: close$/im.test(finals()[0]?.fields ?? '')
  if (goesOn) {
    client.write(next)
    await client.closed
    expect(finals()[1]).toMatchObject({ status: 200, body: `/next/${id}`, isWhole: true, rest: '' })
  } else {
    await client.closed
    expect(await RawSocket.talk(node.proxy, next)).toMatch(new RegExp(`\r\n\r\n/next/${id}$`))
  }
  return { answers: readAnswers(client.received, [method, 'GET'], true), used, usedNext: connectionOf(`/next/${id}`), isClosed: !goesOn }
}

function expectRelayed(verdict: Extract<ResponseVerdict, { kind: 'relayed' }>, { answers, used, usedNext }: Carried): void {
  const interim = answers.filter(({ status }) => status < 200).map(({ status }) => status)
  const first = answers.find(({ status }) => status >= 200)
  expect(interim).toEqual(verdict.interim)
  expect(first).toMatchObject({ status: verdict.status, body: verdict.body, trailers: verdict.trailers, isWhole: true })
  for (const pattern of verdict.has) expect(first?.fields).toMatch(pattern)
  for (const pattern of verdict.hasNot) expect(first?.fields).not.toMatch(pattern)
  if (verdict.reuse !== 'may') expect(usedNext[0] === used[0]).toBe(verdict.reuse === 'yes')
}

function expectVerdict({ ending }: ResponseCase, verdict: ResponseVerdict, carried: Carried): void {
  const { answers, used, usedNext } = carried
  const [first] = answers.filter(({ status }) => status >= 200)
  // Nothing is sent twice, but that a GET may be sent once more where a kept connection ends without an answer (RFC 9110 9.2.2).
  expect(used.length).toBeGreaterThan(0)
  expect(used.length).toBeLessThanOrEqual(ending !== undefined && verdict.kind === 'refused' ? 2 : 1)
  expect(usedNext.length).toBe(1)
  if (verdict.kind === 'relayed') {
    expectRelayed(verdict, carried)
    return
  }
  for (const connection of used) expect(usedNext[0]).not.toBe(connection)
  if (verdict.kind === 'refused') {
    expect(first).toMatchObject({ isWhole: true })
    expect(verdict.statuses).toContain(first?.status)
    expect(first?.body).not.toMatch(/^abc|evil/)
    return
  }
  expect(first === undefined || first.status === 502 || !first.isWhole).toBe(true)
  expect(carried.isClosed || first?.status === 502).toBe(true)
}

describe.each(GROUPS)('%s', (_, cases) => {
  test.each(cases)('$name', async (one) => expectVerdict(one, one.verdict, await carry(one)))
})

test('there are at least 60 answers, each under a name of its own', () => {
  const names = GROUPS.flatMap(([group, cases]) => cases.map(({ name }) => `${group}: ${name}`))
  expect(names.length).toBeGreaterThanOrEqual(60)
  expect(new Set(names).size).toBe(names.length)
})
