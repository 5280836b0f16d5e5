import { Agent, get } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../fuzz/http1-messages.ts'
import { EditedGateway } from './harness/edited-gateway.ts'
import { type FakeConnection, FakeHub } from './harness/fake-hub.ts'
import { startNodeFor, untilServing } from './harness/linked-node.ts'
import { type NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'

/** Routes and services change while requests come in: each meets one revision, the one before or the one after, and never a mixture. */

const ROUTES = 10_000
/** `EDITS=1000 EDITS_REQUESTS_PER_SECOND=1000` for more than the suite has time for. */
const { EDITS: EDITS_WANTED = '150', EDITS_REQUESTS_PER_SECOND = '300' } = process.env
const EDITS = Number(EDITS_WANTED)
const PER_SECOND = Number(EDITS_REQUESTS_PER_SECOND)
const TICK_MS = 10
const TIMEOUT_MS = 60_000 + EDITS * 1_000

let hub: FakeHub
let node: NodeProcess
let origin: Origin
let connection: FakeConnection
const seed = Date.now() % 2 ** 31
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

beforeAll(async () => {
  origin = await Origin.start('origin', (request, response) => response.end(request.url))
  hub = await FakeHub.start()
  node = await startNodeFor(hub.url, 'edited', { token: 'sluice_join_for_the_test', env: { SLUICE_WORKERS: '2' } })
  connection = await hub.connection(0)
  await connection.welcome()
})
afterAll(async () => {
  agent.destroy()
  await node?.stop()
  await hub?.stop()
  await origin?.stop()
})

/** Status and body, or what went wrong. */
function ask(path: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get(`${node.proxy}${path}`, { agent }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      response.once('end', () => resolve(response.statusCode === 200 ? `200 ${body}` : String(response.statusCode)))
      response.once('error', (error) => resolve(error.message))
    })
    request.once('error', (error) => resolve(error.message))
  })
}

test(
  `${EDITS} edits among ${ROUTES} routes: every answer is one that the revision before or after gives`,
  async () => {
    console.log(`seed ${seed}`)
    const gateway = new EditedGateway({ port: origin.port, routes: ROUTES, random: seededRandom(seed) })
    gateway.sendSnapshot(connection)
    await untilServing(node, 1, 60_000)
    const wrong: string[] = []
    const seen = new Map<string, number>()
    let answered = 0
    const askOne = async () => {
      const hot = gateway.anyHot()
      const from = Math.max(1, gateway.applied)
      const answer = await ask(gateway.pathOf(hot))
      answered += 1
      const allowed = gateway.answersOf(hot, from, gateway.sent)
      if (!allowed.has(answer)) wrong.push(`${answer} for route ${hot} between the revisions ${from} and ${gateway.sent}, which give ${[...allowed].join(' or ')}`)
      const kind = answer.replace(/-\d+/, '')
      seen.set(kind, (seen.get(kind) ?? 0) + 1)
    }
    const load = setInterval(() => {
      for (let index = 0; index < (PER_SECOND * TICK_MS) / 1000; index += 1) void askOne()
    }, TICK_MS)
    try {
      for (let edit = 0; edit < EDITS; edit += 1) {
        const before = answered
        gateway.edit(connection)
        await until('the node to follow', () => (gateway.isServed(connection) && answered > before ? true : null))
      }
      const before = answered
      await until('requests after the last edit', () => (answered > before + 50 ? true : null))
    } finally {
      clearInterval(load)
    }
    expect(wrong).toEqual([])
    expect(gateway.applied).toBe(EDITS + 1)
    // Everything that there is was met.
    expect([...seen.keys()].sort()).toEqual(['200 /blue/deep/x', '200 /blue/x', '200 /green/deep/x', '200 /green/x', '404'])
    console.log(`${answered} requests while ${EDITS} edits were made`)
  },
  TIMEOUT_MS,
)
