import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { freePort, Launched } from '../measuring/processes.ts'
import { isPlainRelay, type Peer, type Work } from './peer.ts'

/** Exact, and in no lockfile: they are here to be measured, nothing of Sluice needs them. */
const PACKAGES = { 'fast-gateway': '3.4.7', 'express-gateway': '1.16.11', 'http-proxy': '1.18.1', '@fastify/http-proxy': '11.6.3' } as const
const BESIDE = ['fastify@5.12.8']
const SERVER = join(import.meta.dirname, 'npm-server.mjs')
const INSTALL_TIMEOUT_MS = 300_000
/** The one that does not start on a newer Node.js. */
const NEEDS_NODE_20 = 'express-gateway'

function findNode20(): string | null {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  const asked = places.filter((file) => existsSync(file)).map((file) => ({ file, version: spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout ?? '' }))
  return asked.find(({ version }) => version.startsWith('v20.'))?.file ?? null
}

function install(folder: string): string | null {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const wanted = [...Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`), ...BESIDE]
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...wanted]
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8', timeout: INSTALL_TIMEOUT_MS, stdio: ['ignore', 'pipe', 'pipe'] })
  return status === 0 ? null : `npm install failed: ${(stderr ?? '').trim().split('\n')[0] ?? ''}`
}

/** Its files with one endpoint, and the store for users kept in the process. */
function writeExpressGateway(folder: string, work: Work, port: number): void {
  const target = join(folder, 'express-gateway')
  cpSync(join(folder, 'node_modules/express-gateway/lib/config'), target, { recursive: true })
  const text = `http:
  port: ${port}
  hostname: 127.0.0.1
apiEndpoints:
  api:
    host: '*'
serviceEndpoints:
  origin:
    url: 'http://127.0.0.1:${work.originPort}'
policies:
  - proxy
pipelines:
  all:
    apiEndpoints:
      - api
    policies:
      - proxy:
          - action:
              serviceEndpoint: origin
`
  writeFileSync(join(target, 'gateway.config.yml'), text)
}

/** One peer for each; they can start once they are installed into `folder`, which takes about a minute. */
export function npmPeers(folder: string, { isInstalled }: { isInstalled: boolean }): Peer[] {
  const failure = isInstalled ? install(folder) : null
  const node20 = findNode20()
  return Object.entries(PACKAGES).map(([name, version]) => {
    const node = name === NEEDS_NODE_20 ? node20 : process.execPath
    return {
      name,
      version: failure === null && node !== null ? version : null,
      missing: failure ?? 'Node.js 20 on the PATH',
      asksForKeys: false,
      configuration: { file: 'npm-server.mjs', says: 'One route to the origin, kept connections to it where it has the choice.' },
      can: ({ scenario }) => scenario.hasNpmPeers && isPlainRelay({ scenario }),
      async start(work) {
        const port = await freePort()
        if (name === NEEDS_NODE_20) writeExpressGateway(folder, work, port)
        const env = { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '', LOG_LEVEL: 'error' }
        const launched = new Launched(work.cores, [node ?? 'node', SERVER, name, folder, String(port), String(work.originPort)], { cwd: folder, env })
        await launched.untilListening(port)
        return { launched, port }
      },
    }
  })
}
