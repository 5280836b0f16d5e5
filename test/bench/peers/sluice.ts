import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Launched } from '../measuring/processes.ts'
import { keyOf, LIMIT_PER_MINUTE, type Peer, routePrefix, type Serving, type Work } from './peer.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MAIN = join(ROOT, 'apps/dataplane/src/main.ts')
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }

function documentFor(work: Work): string {
  const { scenario } = work
  const features = {
    plugins: [
      { name: 'key-auth', config: {} },
      { name: 'rate-limiting', config: { minute: LIMIT_PER_MINUTE, limit_by: 'consumer', policy: 'local' } },
    ],
    consumers: Array.from({ length: scenario.consumers }, (_, index) => ({ username: `consumer-${String(index).padStart(6, '0')}`, keyauth_credentials: [{ key: keyOf(index) }] })),
  }
  const routes = Array.from({ length: work.routes }, (_, index) => ({ name: `route-${index}`, paths: [routePrefix(index)], strip_path: false }))
  return JSON.stringify({
    _format_version: '3.0',
    services: [{ name: 'origin', url: `http://127.0.0.1:${work.originPort}`, routes }],
    ...(scenario.isTls ? { certificates: [{ ...work.certificate, snis: [{ name: 'localhost' }] }] } : {}),
    ...(scenario.consumers > 0 ? features : {}),
  })
}

function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_') && name !== 'NODE_OPTIONS' && name !== 'NODE_ENV'))
}

/** Starts a node as in production, without an access log; `from` says where its configuration comes from. It is ready when this settles. */
export async function startSluice(work: Work, from: { args?: string[]; env?: Record<string, string> }): Promise<Serving> {
  mkdirSync(work.folder, { recursive: true })
  const env = {
    ...withoutSettings(),
    NODE_ENV: 'production',
    SLUICE_DATA_DIR: work.folder,
    SLUICE_NODE_NAME: 'bench',
    SLUICE_PROXY_LISTEN: '127.0.0.1:0',
    SLUICE_PROXY_TLS_LISTEN: work.scenario.isTls ? '127.0.0.1:0' : 'off',
    SLUICE_STATUS_LISTEN: '127.0.0.1:0',
    SLUICE_WORKERS: String(work.workers),
    SLUICE_ACCESS_LOG: 'off',
    ...from.env,
  }
  const launched = new Launched(work.cores, [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, ...(from.args ?? [])], { env })
  const file = join(work.folder, 'listen.json')
  const listen = await launched.until(() => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { proxy: string; tls?: string; status: string }) : null))
  await launched.until(async () => ((await fetch(`http://${listen.status}/readyz`)).ok ? true : null))
  const address = work.scenario.isTls ? (listen.tls ?? '') : listen.proxy
  return { launched, port: Number(address.slice(address.lastIndexOf(':') + 1)) }
}

export const sluice: Peer = {
  name: 'Sluice',
  version,
  missing: '',
  asksForKeys: true,
  configuration: { file: 'sluice.ts', says: 'A declarative file, `SLUICE_WORKERS` as workers, `SLUICE_ACCESS_LOG=off`; defaults for the rest.' },
  can: () => true,
  async start(work) {
    mkdirSync(work.folder, { recursive: true })
    const config = join(work.folder, 'gateway.json')
    writeFileSync(config, documentFor(work))
    return startSluice(work, { args: ['--config', config] })
  },
}
