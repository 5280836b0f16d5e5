// Starts one of the gateways of npm on a port: `node npm-server.mjs <name> <folder of node_modules> <port> <port of the origin>`.
import http from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [name, folder, port, originPort] = process.argv.slice(2)
const load = createRequire(join(folder, 'package.json'))
const origin = `http://127.0.0.1:${originPort}`
const HOST = '127.0.0.1'

const START = {
  async 'fast-gateway'() {
    const server = load('fast-gateway')({ routes: [{ prefix: '/r00000', prefixRewrite: '/r00000', target: origin }] })
    await server.start(Number(port), HOST)
  },
  async 'http-proxy'() {
    const proxy = load('http-proxy').createProxyServer({ target: origin, agent: new http.Agent({ keepAlive: true, maxSockets: 256 }) })
    proxy.on('error', (_error, _request, response) => response.destroy())
    http.createServer((request, response) => proxy.web(request, response)).listen(Number(port), HOST)
  },
  async '@fastify/http-proxy'() {
    const server = load('fastify')({ logger: false })
    server.register(load('@fastify/http-proxy'), { upstream: origin })
    await server.listen({ port: Number(port), host: HOST })
  },
  async 'express-gateway'() {
    await load('express-gateway')().load(join(folder, 'express-gateway')).run()
  },
}

await START[name]()
