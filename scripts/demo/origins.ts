import { createServer } from 'node:http'

/** Typical latency and share of failures of each demo application; v2 of orders is a little slower and fails a little more. */
const ORIGINS = [
  { name: 'orders-v1', medianMs: 12, failureShare: 0.002 },
  { name: 'orders-v2', medianMs: 16, failureShare: 0.006 },
  { name: 'payments', medianMs: 25, failureShare: 0.003 },
] as const

const ports = process.argv.slice(2).map(Number)

for (const [index, origin] of ORIGINS.entries()) {
  const server = createServer((request, response) => {
    request.resume()
    const isFailure = Math.random() < origin.failureShare
    // Log-normal: most answers near the median, a few much later.
    const spread = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
    setTimeout(
      () => {
        response.writeHead(isFailure ? 500 : 200, { 'content-type': 'application/json' })
        response.end(`${JSON.stringify({ application: origin.name, path: request.url, at: new Date().toISOString() })}\n`)
      },
      origin.medianMs * Math.exp(0.45 * spread),
    )
  })
  server.listen(ports[index], '127.0.0.1', () => console.log(JSON.stringify({ msg: 'listening', name: origin.name, port: ports[index] })))
}

process.on('SIGTERM', () => process.exit(0))
