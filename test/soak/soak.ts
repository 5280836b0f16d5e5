import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeCertificate } from '../integration/harness/certificates.ts'
import { NodeProcess, until } from '../integration/harness/node-process.ts'
import { openFiles } from '../integration/harness/process-figures.ts'
import { lineChart } from './line-chart.ts'
import { OriginProcess } from './origin.ts'
import { type Outcome, soakDocument } from './report.ts'
import { FIGURES, levelsOf, Sampler } from './samples.ts'
import { Traffic } from './traffic.ts'

/**
 * Mixed traffic through one node for a long time, to see that its memory and file descriptors stay level:
 * `npm run soak -- [--minutes 30] [--rate 200] [--out docs]`. Writes soak.md and images/soak.svg. Ends with 1 where a figure grew or a
 * request was not answered as it should.
 */

const WORKERS = 2
const TICK_MS = 20
const CONFIGURATION_INTERVAL_MS = 10_000
/** Upstream connections are kept for a minute. */
const SETTLE_MS = 90_000
const FILES_LEFT = 10
/** A machine that is too slow for the rate gets fewer requests, not more and more of them at a time. */
const RUNNING_MAX = 200
const MESSAGES_KEPT = 3
const KEY = 'soak-key'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '200' }, out: { type: 'string', default: join(import.meta.dirname, '../../docs') } },
})
const minutes = Number(values.minutes)
const perSecond = Number(values.rate)
if (!(minutes > 0) || !(perSecond > 0)) throw new Error('--minutes and --rate are numbers above 0')

const certificate = makeCertificate(['localhost'])
const documentFor = (url: string, edit: number) => ({
  _format_version: '3.0',
  certificates: [{ ...certificate, snis: [{ name: 'localhost' }] }],
  services: [
    { name: 'all', url, routes: [{ name: 'all', paths: ['/all'] }] },
    {
      name: 'keyed',
      url,
      routes: [{ name: 'keyed', paths: ['/keyed'] }],
      plugins: [{ name: 'key-auth' }, { name: 'rate-limiting', config: { minute: 1_000_000, policy: 'local' } }],
    },
    { name: 'edited', url, path: `/edit-${edit}`, routes: Array.from({ length: 100 }, (_, index) => ({ name: `edited-${index}`, paths: [`/edited-${index}/${edit}/`] })) },
  ],
  consumers: [{ username: 'soak', keyauth_credentials: [{ key: KEY }] }],
})

async function configure(node: NodeProcess, url: string, edit: number): Promise<void> {
  const { status, body } = await node.postConfig(documentFor(url, edit))
  if (status !== 201) throw new Error(`the configuration was refused: ${JSON.stringify(body)}`)
}

/** Sends by the clock, each kind by its share, until the time is over; resolves when the last has ended. */
async function drive(traffic: Traffic, ms: number): Promise<Record<string, Outcome>> {
  const kinds = Object.entries(traffic.kinds)
  const outcomes: Record<string, Outcome> = Object.fromEntries(kinds.map(([name]) => [name, { sent: 0, unexpected: 0, messages: [] }]))
  const wheel = kinds.flatMap(([name, { share, run }]) => Array.from({ length: share }, (_, turn) => ({ name, run, at: (turn + 0.5) / share }))).sort((a, b) => a.at - b.at)
  const running = new Set<Promise<void>>()
  const send = (index: number) => {
    const { name, run } = wheel[index % wheel.length] as (typeof wheel)[number]
    const outcome = outcomes[name] as Outcome
    outcome.sent += 1
    const done = run()
      .catch((error: Error) => {
        outcome.unexpected += 1
        if (outcome.messages.length < MESSAGES_KEPT && !outcome.messages.includes(error.message)) outcome.messages.push(error.message.slice(0, 300))
      })
      .finally(() => running.delete(done))
    running.add(done)
  }
  const startedAt = performance.now()
  for (let sent = 0; performance.now() - startedAt < ms; ) {
    for (const due = ((performance.now() - startedAt) * perSecond) / 1000; sent < due && running.size < RUNNING_MAX; sent += 1) send(sent)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(running)
  return outcomes
}

async function main(): Promise<boolean> {
  const origin = await OriginProcess.start()
  const node = await NodeProcess.start({ env: { SLUICE_WORKERS: String(WORKERS), SLUICE_PROXY_TLS_LISTEN: '127.0.0.1:0', SLUICE_ACCESS_LOG: 'off' } })
  await configure(node, origin.url, 0)
  const listen = JSON.parse(readFileSync(join(node.dataDir, 'listen.json'), 'utf8')) as { tls: string }
  const before = openFiles(node.pid)
  const sampler = new Sampler(node)
  const traffic = new Traffic({ proxy: node.proxy, tls: `https://${listen.tls}`, key: KEY })
  let edits = 0
  const editing = setInterval(() => {
    edits += 1
    configure(node, origin.url, edits).catch((error: Error) => console.error(error.message))
  }, CONFIGURATION_INTERVAL_MS)
  const telling = setInterval(() => console.log(JSON.stringify(sampler.samples.at(-1))), 30_000)
  const outcomes = await drive(traffic, minutes * 60_000)
  for (const timer of [editing, telling]) clearInterval(timer)
  sampler.stop()
  traffic.stop()
  await until('connections to be given up', () => (openFiles(node.pid) <= before + FILES_LEFT ? true : null), SETTLE_MS).catch((error: Error) => console.error(error.message))
  const after = openFiles(node.pid)
  const levels = levelsOf(sampler.samples)
  const run = { minutes, perSecond, levels, outcomes, configurations: edits, workers: WORKERS, openFiles: { before, after }, at: new Date() }
  mkdirSync(join(values.out, 'images'), { recursive: true })
  writeFileSync(join(values.out, 'soak.md'), soakDocument(run))
  writeFileSync(join(values.out, 'images/soak.svg'), lineChart(`${minutes} minutes of mixed traffic, ${perSecond} requests a second`, sampler.samples))
  for (const level of levels) console.log(`${FIGURES[level.figure].title}: ${level.before.toFixed(1)} → ${level.after.toFixed(1)}${level.isLevel ? '' : ', not level'}`)
  console.log(`open files before ${before}, after ${after}`)
  const surprises = Object.entries(outcomes).filter(([, { unexpected }]) => unexpected > 0)
  for (const [name, { unexpected, messages }] of surprises) console.log(`${name}: ${unexpected} not as expected, ${messages.join(' | ')}`)
  await node.stop()
  origin.stop()
  return levels.every(({ isLevel }) => isLevel) && after <= before + FILES_LEFT && surprises.length === 0
}

process.exit((await main()) ? 0 : 1)
