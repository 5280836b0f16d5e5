import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, Launched } from '../measuring/processes.ts'
import { versionOf } from './nginx.ts'
import { CONNECTIONS_MAX, isPlainRelay, isRelayOrTls, type Peer, type Serving, type Work } from './peer.ts'

/** Packages of Debian that `--install` brings where apt-get and the rights for it are there. */
export const DEBIAN_PACKAGES = ['wrk', 'nginx', 'libnginx-mod-http-lua', 'haproxy', 'caddy', 'varnish']

async function run(work: Work, command: (file: string, port: number) => string[], file: { name: string; text: (port: number) => string }): Promise<Serving> {
  const port = await freePort()
  mkdirSync(work.folder, { recursive: true })
  const path = join(work.folder, file.name)
  writeFileSync(path, file.text(port))
  const home = { HOME: work.folder, XDG_DATA_HOME: work.folder, XDG_CONFIG_HOME: work.folder }
  const launched = new Launched(work.cores, command(path, port), { cwd: work.folder, env: { ...process.env, ...home } })
  await launched.untilListening(port)
  return { launched, port }
}

function writeCertificate(work: Work): { both: string; cert: string; key: string } {
  mkdirSync(work.folder, { recursive: true })
  const files = { both: join(work.folder, 'both.pem'), cert: join(work.folder, 'cert.pem'), key: join(work.folder, 'key.pem') }
  writeFileSync(files.both, `${work.certificate.cert}${work.certificate.key}`, { mode: 0o600 })
  writeFileSync(files.cert, work.certificate.cert)
  writeFileSync(files.key, work.certificate.key, { mode: 0o600 })
  return files
}

export const haproxy: Peer = {
  name: 'HAProxy',
  version: versionOf('haproxy', ['-v'], /version (\d[\d.]*)/),
  missing: 'Debian package haproxy',
  asksForKeys: false,
  configuration: { file: 'debian.ts', says: 'Threads as workers, `http-reuse always`, `option forwardfor`, 10 s for a head, no session cache.' },
  can: isRelayOrTls,
  start(work) {
    const { both } = writeCertificate(work)
    const secure = work.scenario.isTls ? ` ssl crt ${both} ssl-min-ver TLSv1.2 alpn ${work.scenario.load === 'http2' ? 'h2,' : ''}http/1.1` : ''
    const text = (port: number) => `global
  nbthread ${work.workers}
  maxconn ${CONNECTIONS_MAX}
  tune.ssl.cachesize 0
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend in
  bind 127.0.0.1:${port}${secure}
  default_backend origin
backend origin
  server origin 127.0.0.1:${work.originPort}
`
    return run(work, (file) => ['haproxy', '-db', '-f', file], { name: 'haproxy.cfg', text })
  },
}

export const caddy: Peer = {
  name: 'Caddy',
  version: versionOf('caddy', ['version'], /v?(\d[\d.]*)/),
  missing: 'Debian package caddy',
  asksForKeys: false,
  configuration: { file: 'debian.ts', says: '`reverse_proxy` with 256 idle connections kept to the origin and no compression, no admin address.' },
  // Its number of workers is the number of cores that it finds.
  can: ({ scenario }) => isRelayOrTls({ scenario }) && scenario.workerCounts.length === 1,
  start(work) {
    const { cert, key } = writeCertificate(work)
    const secure = work.scenario.isTls ? `tls ${cert} ${key}` : ''
    const text = (port: number) => `{
  admin off
  auto_https off
}
${work.scenario.isTls ? 'https' : 'http'}://localhost:${port}, ${work.scenario.isTls ? 'https' : 'http'}://127.0.0.1:${port} {
  bind 127.0.0.1
  ${secure}
  reverse_proxy 127.0.0.1:${work.originPort} {
    transport http {
      keepalive_idle_conns_per_host 256
      compression off
    }
  }
}
`
    return run(work, (file) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file], { name: 'Caddyfile', text })
  },
}

/** Passes everything: its cache would answer in place of the origin. */
export const varnish: Peer = {
  name: 'Varnish (pass)',
  version: versionOf('varnishd', ['-V'], /varnish-(\d[\d.]*)/),
  missing: 'Debian package varnish',
  asksForKeys: false,
  configuration: { file: 'debian.ts', says: 'Passes every request.' },
  can: isPlainRelay,
  start(work) {
    const text = () => `vcl 4.1;
backend origin { .host = "127.0.0.1"; .port = "${work.originPort}"; }
sub vcl_recv { return (pass); }
`
    const command = (file: string, port: number) => ['varnishd', '-F', '-j', 'none', '-a', `127.0.0.1:${port}`, '-f', file, '-n', join(work.folder, 'v'), '-s', 'malloc,64m']
    return run(work, command, { name: 'default.vcl', text })
  },
}
