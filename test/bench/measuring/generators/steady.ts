import { Agent, get } from 'node:http'
import { routePrefix } from '../../peers/peer.ts'
import { lastOf } from './request-head.ts'

/**
 * GETs at a steady rate on kept connections, over all routes in turn. Every message `{ seconds }` runs one round and is answered with latencies
 * in milliseconds: p50, p99 and the longest. Latency counts from when a request was due, so that a stall shows in all that wait for it.
 */

interface Args {
  port: number
  routes: number
  perSecond: number
  connections: number
}

const args = JSON.parse(process.argv[2] ?? '{}') as Args
const TIMEOUT_MS = 10_000
/** Coprime to any number of routes that is used: all are visited, and neighbours not one after the other. */
const STEP = 7_919
const agent = new Agent({ keepAlive: true, maxSockets: args.connections })

function ask(number: number, settle: (isGood: boolean) => void): void {
  const path = `${routePrefix((number * STEP) % args.routes)}1k`
  const request = get({ host: '127.0.0.1', port: args.port, path, agent, timeout: TIMEOUT_MS }, (response) => {
    response.resume()
    response.once('close', () => settle(response.complete && response.statusCode === 200))
  })
  request.once('timeout', () => request.destroy(new Error('no answer')))
  request.once('error', () => settle(false))
}

function round(seconds: number): void {
  const total = Math.round(args.perSecond * seconds)
  const latencies: number[] = []
  let sent = 0
  let ended = 0
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * args.perSecond) / 1000))
    for (; sent < due; sent += 1) {
      const dueAt = startedAt + ((sent + 1) * 1000) / args.perSecond
      let isOpen = true
      ask(sent, (isGood) => {
        if (!isOpen) return
        isOpen = false
        ended += 1
        if (isGood) latencies.push(performance.now() - dueAt)
        if (ended === total) tell(latencies, total)
      })
    }
    if (sent === total) clearInterval(timer)
  }, 1)
}

function tell(latencies: number[], total: number): void {
  latencies.sort((a, b) => a - b)
  process.send?.({ p50Ms: lastOf(latencies, 0.5), p99Ms: lastOf(latencies, 0.99), longestMs: lastOf(latencies, 1), failed: total - latencies.length })
}

process.on('message', (message) => round((message as { seconds: number }).seconds))
