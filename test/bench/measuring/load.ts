import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { routePrefix } from '../peers/peer.ts'
import { type Scenario, STREAMS_PER_CONNECTION } from '../scenarios/scenarios.ts'
import { generate } from './generator.ts'

const SCRIPT = join(import.meta.dirname, 'load.lua')
const RESULT = /^RESULT (\d+) (\d+) (\d+) (\d+) (\d+)$/m

/** What wrk has beyond its time to prepare its requests and to end; then it is ended. */
const OVERTIME_MS = 30_000
/** The other handshakes are of connections that began before there was a session. */
const RESUMED_SHARE_MIN = 0.95

export interface LoadResult {
  requests: number
  seconds: number
  /** Answers of 400 and above. */
  refused: number
  /** Connections refused, reset or timed out. */
  broken: number
  p99Ms: number
}

interface Target {
  port: number
  routes: number
  seconds: number
  cores: string
}

/** Loads one proxy for so many seconds, in the way of the scenario. Fails where what was measured is not what the scenario names. */
export function load(scenario: Scenario, target: Target): Promise<LoadResult> {
  if (scenario.load === 'kept') return loadByWrk(scenario, target)
  return scenario.load === 'http2' ? loadByStreams(scenario, target) : loadByHandshakes(scenario, target)
}

async function loadByHandshakes(scenario: Scenario, { port, seconds, cores }: Target): Promise<LoadResult> {
  const isResumed = scenario.load === 'resumed-handshake'
  const args = { port, path: `${routePrefix(0)}${scenario.resource}`, connections: scenario.connections, seconds, isResumed }
  const result = await generate<LoadResult & { resumed: number }>('handshakes', cores, args, seconds * 1000)
  const share = result.resumed / (result.requests + result.broken)
  if (isResumed ? share < RESUMED_SHARE_MIN : share > 0) throw new Error(`${Math.round(share * 100)} % of the handshakes were resumed`)
  return result
}

function loadByStreams(scenario: Scenario, { port, seconds, cores }: Target): Promise<LoadResult> {
  const args = { port, path: `${routePrefix(0)}${scenario.resource}`, connections: scenario.connections, streams: STREAMS_PER_CONNECTION, seconds }
  return generate<LoadResult>('streams', cores, args, seconds * 1000)
}

/** One thread of wrk for each core of the load. */
function loadByWrk(scenario: Scenario, target: Target): Promise<LoadResult> {
  const url = scenario.isTls ? `https://localhost:${target.port}` : `http://127.0.0.1:${target.port}`
  const numbers = [target.routes, scenario.resource, scenario.consumers, scenario.bodyBytes].map(String)
  const threads = target.cores.split(',').length
  const wrk = ['wrk', `-t${threads}`, `-c${scenario.connections}`, `-d${target.seconds}s`, '--timeout', '10s', '-s', SCRIPT, url, '--', ...numbers]
  const child = spawn('taskset', ['-c', target.cores, ...wrk], { stdio: ['ignore', 'pipe', 'pipe'], timeout: target.seconds * 1000 + OVERTIME_MS })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      const [, requests, microseconds, refused, broken, p99] = RESULT.exec(output) ?? []
      if (requests === undefined) return reject(new Error(`wrk: ${output.trim()}`))
      resolve({ requests: Number(requests), seconds: Number(microseconds) / 1e6, refused: Number(refused), broken: Number(broken), p99Ms: Number(p99) / 1000 })
    })
  })
}
