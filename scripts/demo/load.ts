import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

/** Requests per second to each node, so that the charts live; small enough for a laptop on battery. */
const RATE_PER_NODE = 12
const VISITORS = 400
/** After so many answers in a row from a node that knows no demo route the demo was removed, and there is nothing left to do. */
const UNKNOWN_IN_A_ROW_MAX = 200

const [keyFile, ...ports] = process.argv.slice(2)
const key = readFileSync(String(keyFile), 'utf8').trim()
const agent = new Agent({ keepAlive: true, maxSockets: 16 })
let unknownInARow = 0

function judge(status: number | undefined): void {
  unknownInARow = status === 404 ? unknownInARow + 1 : 0
  if (unknownInARow < UNKNOWN_IN_A_ROW_MAX) return
  console.log('no demo route answers any more: the demo load ends')
  process.exit(0)
}

function send(port: number): void {
  const isPayment = Math.random() < 0.25
  const headers: Record<string, string> = { 'x-visitor': `visitor-${Math.floor(Math.random() * VISITORS)}` }
  if (isPayment) headers.apikey = key
  const path = isPayment ? '/payments/charges' : `/orders/${Math.floor(Math.random() * 1000)}`
  const outgoing = request({ host: '127.0.0.1', port, path, headers, agent, timeout: 5_000 }, (response) => {
    judge(response.statusCode)
    response.resume()
  })
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
