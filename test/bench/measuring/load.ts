import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Scenario } from '../scenarios/scenarios.ts'
import { LOAD_CORE } from './processes.ts'

const SCRIPT = join(import.meta.dirname, 'load.lua')
const RESULT = /^RESULT (\d+) (\d+) (\d+) (\d+) (\d+)$/m

/** What wrk has beyond its time to prepare its requests and to end; then it is ended. */
const OVERTIME_MS = 30_000

export interface LoadResult {
  requests: number
  seconds: number
  /** Answers of 400 and above. */
  refused: number
  /** Connections refused, reset or timed out. */
  broken: number
  p99Ms: number
}

/** Runs wrk, one thread, for so many seconds against one proxy. */
export function load(scenario: Scenario, target: { port: number; routes: number; seconds: number }): Promise<LoadResult> {
  const url = scenario.isTls ? `https://localhost:${target.port}` : `http://127.0.0.1:${target.port}`
  const numbers = [target.routes, scenario.resource, scenario.consumers, scenario.bodyBytes, scenario.isReconnect ? 1 : 0].map(String)
  const wrk = ['wrk', '-t1', `-c${scenario.connections}`, `-d${target.seconds}s`, '--timeout', '10s', '-s', SCRIPT, url, '--', ...numbers]
  const child = spawn('taskset', ['-c', String(LOAD_CORE), ...wrk], { stdio: ['ignore', 'pipe', 'pipe'], timeout: target.seconds * 1000 + OVERTIME_MS })
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
