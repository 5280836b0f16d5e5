import { join } from 'node:path'
import { CONNECTIONS_MAX, type Peer, routePrefix, type Serving, type Work } from '../peers/peer.ts'
import { scenario } from '../scenarios/scenarios.ts'
import { Generator, generate } from './generator.ts'
import { memoryMebibytes, ONE_EACH } from './processes.ts'
import type { Circumstances } from './rounds.ts'

/** What is measured with, by how much time there is. */
export const amountsFor = (isQuick: boolean) => ({
  connections: Math.min(isQuick ? 2_000 : 10_000, CONNECTIONS_MAX - 100),
  megabytes: isQuick ? 200 : 1_000,
  rounds: isQuick ? 1 : 2,
})
export const MANY_ROUTES = 1_000
const SAMPLE_MS = 50
const RELAY_MS = 60_000
/** The first connections count for nothing: what a proxy makes once for all of them is not of one. */
const BASE_SHARE = 0.1

export interface MemoryRound {
  idleMebibytes: number
  /** Null where the proxy has no routes. */
  manyRoutesMebibytes: number | null
  connectionKibibytes: number
  downMebibytes: number
  upMebibytes: number
}

const PLAIN = scenario('memory', 'Memory', { isStreaming: true })
const WITH_ROUTES = { ...PLAIN, routeCounts: [1, MANY_ROUTES] }

async function during<T>(peer: Peer, work: Work, use: (serving: Serving) => Promise<T>): Promise<T> {
  const serving = await peer.start(work)
  try {
    await serving.launched.settled()
    return await use(serving)
  } finally {
    await serving.launched.stop()
  }
}

/** Growth of one idle kept connection, above what the kernel keeps of it. */
async function connectionKibibytes({ launched, port }: Serving, count: number): Promise<number> {
  const generator = new Generator('connections', ONE_EACH.load, { port, path: `${routePrefix(0)}1024`, kind: 'kept' })
  const hold = async (hold: number) => {
    generator.send({ hold })
    const { held } = await generator.next<{ held: number }>(RELAY_MS)
    if (held < hold) throw new Error(`only ${held} of ${hold} connections are held`)
    await launched.settled()
    return memoryMebibytes(launched.pid)
  }
  try {
    const first = Math.round(count * BASE_SHARE)
    const before = await hold(first)
    return (((await hold(count)) - before) * 1024) / (count - first)
  } finally {
    generator.stop()
  }
}

/** Highest memory while a body is relayed, above what there was before. */
async function peakMebibytes({ launched, port }: Serving, direction: 'down' | 'up', megabytes: number): Promise<number> {
  const before = memoryMebibytes(launched.pid)
  let peak = before
  const sample = setInterval(() => {
    peak = Math.max(peak, memoryMebibytes(launched.pid))
  }, SAMPLE_MS)
  try {
    await generate('transfer', ONE_EACH.load, { port, path: routePrefix(0), bytes: megabytes * 1e6, direction }, RELAY_MS)
    return peak - before
  } finally {
    clearInterval(sample)
  }
}

/** One round of one proxy, each figure from a fresh process where a former one would show in it. */
export async function measureMemory(peer: Peer, round: number, { folder, certificate, pace }: Circumstances): Promise<MemoryRound> {
  const { connections, megabytes } = amountsFor(pace.isQuick)
  const origin = new Generator('byte-origin', ONE_EACH.load, {})
  try {
    const { port: originPort } = await origin.next<{ port: number }>()
    const place = join(folder, 'memory', `${peer.name}-${round}`)
    const work = { scenario: PLAIN, routes: 1, workers: 1, cores: ONE_EACH.proxy, originPort, certificate }
    const many = { ...work, scenario: WITH_ROUTES, routes: MANY_ROUTES, folder: join(place, 'routes') }
    const idle = await during(peer, { ...work, folder: join(place, 'idle') }, async (serving) => ({
      idleMebibytes: memoryMebibytes(serving.launched.pid),
      connectionKibibytes: await connectionKibibytes(serving, connections),
    }))
    const relay = await during(peer, { ...work, folder: join(place, 'relay') }, async (serving) => ({
      downMebibytes: await peakMebibytes(serving, 'down', megabytes),
      upMebibytes: await peakMebibytes(serving, 'up', megabytes),
    }))
    const manyRoutesMebibytes = peer.can(many) ? await during(peer, many, async ({ launched }) => memoryMebibytes(launched.pid)) : null
    return { ...idle, ...relay, manyRoutesMebibytes }
  } finally {
    origin.stop()
  }
}
