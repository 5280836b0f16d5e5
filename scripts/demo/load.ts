import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

/** Requests per second to each node, so that the charts live; small enough for a laptop on battery. */
const RATE_PER_NODE = 12
const VISITORS = 400

const [keyFile, ...ports] = process.argv.slice(2)
const key = readFileSync(String(keyFile), 'utf8').trim()
const agent = new Agent({ keepAlive: true, maxSockets: 16 })

function send(port: number): void {
  const isPayment = Math.random() < 0.25
  const headers: Record<string, string> = { 'x-visitor': `visitor-${Math.floor(Math.random() * VISITORS)}` }
  if (isPayment) headers.apikey = key
  const path = isPayment ? '/payments/charges' : `/orders/${Math.floor(Math.random() * 1000)}`
  const outgoing = request({ host: '127.0.0.1', port, path, headers, agent, timeout: 5_000 }, (response) => response.resume())
  outgoing.on('timeout', () => outgoing.destroy())
  // A node that restarts refuses for a moment; the load goes on.
  outgoing.on('error', () => {})
  outgoing.end()
}

for (const port of ports) {
  const next = () => {
    send(Number(port))
    setTimeout(next, (-Math.log(1 - Math.random()) * 1000) / RATE_PER_NODE)
  }
  next()
}

process.on('SIGTERM', () => process.exit(0))
