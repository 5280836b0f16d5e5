import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, Launched } from '../measuring/processes.ts'
import { CONNECTIONS_MAX, LIMIT_PER_MINUTE, type Peer, routePrefix, type Serving, type Work } from './peer.ts'

const MODULES = '/usr/lib/nginx/modules'
const LUA_MODULES = ['ndk_http_module.so', 'ngx_http_lua_module.so'].map((name) => join(MODULES, name))

/** What a program says when asked for its version, or null where it is not installed. */
export function versionOf(command: string, args: string[], pattern: RegExp): string | null {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return pattern.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[1] ?? null
}

const version = versionOf('nginx', ['-v'], /nginx\/(\S+)/)
const hasLua = LUA_MODULES.every((file) => existsSync(file))

/** Everything that nginx writes is kept in one folder. */
function frame(folder: string, parts: { modules?: string[]; http: string[]; workers?: number }): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`)
  return [
    ...(parts.modules ?? []).map((file) => `load_module ${file};`),
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    `worker_processes ${parts.workers ?? 1};`,
    'daemon off;',
    `pid ${join(folder, 'nginx.pid')};`,
    'error_log stderr crit;',
    `worker_rlimit_nofile ${CONNECTIONS_MAX * 2};`,
    `events { worker_connections ${CONNECTIONS_MAX}; }`,
    'http {',
    ...temporary,
    'access_log off;',
    'keepalive_requests 1000000000;',
    'client_body_buffer_size 64k;',
    'client_header_timeout 10s;',
    'default_type application/json;',
    ...parts.http,
    '}',
  ].join('\n')
}

async function run(cores: string, folder: string, config: string, port: number): Promise<Serving> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, config)
  const launched = new Launched(cores, ['nginx', '-p', folder, '-c', file])
  await launched.untilListening(port)
  return { launched, port }
}

/** Answers `…/1k` and `…/100k` with so many bytes and eight header fields, and reads the body of `…/post` whole before it answers. */
export async function startOrigin(folder: string, cores: string): Promise<Serving> {
  const port = await freePort()
  const sink = join(folder, 'sink.sock')
  mkdirSync(join(folder, 'files'), { recursive: true })
  writeFileSync(join(folder, 'files', 'large'), Buffer.alloc(100 * 1024, 'x'))
  // Server, Date, Content-Type, Content-Length and Connection are the other five.
  const fields = ['add_header Cache-Control "no-cache";', 'add_header X-Request-Id "0123456789abcdef0123456789abcdef";', 'add_header Vary "Accept";']
  const server = [
    `server { listen unix:${sink}; location / { return 200 "ok"; } }`,
    `upstream sink { server unix:${sink}; keepalive 64; }`,
    'server {',
    `listen 127.0.0.1:${port};`,
    ...fields,
    `location ~ /1k$ { return 200 "${'x'.repeat(1024)}"; }`,
    `location ~ /100k$ { etag off; root ${join(folder, 'files')}; try_files /large =404; }`,
    'location ~ /post$ { proxy_pass http://sink; proxy_http_version 1.1; proxy_set_header Connection ""; }',
    '}',
  ]
  return run(cores, folder, frame(folder, { http: server }), port)
}

/** `edits` are the routes that were changed, each with the number of its edit. */
function serverLines(work: Work, port: number, edits: ReadonlyMap<number, number> = new Map()): string[] {
  const files = { cert: join(work.folder, 'cert.pem'), key: join(work.folder, 'key.pem') }
  mkdirSync(work.folder, { recursive: true })
  if (work.scenario.isTls) {
    writeFileSync(files.cert, work.certificate.cert)
    writeFileSync(files.key, work.certificate.key, { mode: 0o600 })
  }
  const secure = [`ssl_certificate ${files.cert};`, `ssl_certificate_key ${files.key};`, 'ssl_protocols TLSv1.2 TLSv1.3;', 'ssl_session_cache off;']
  return [
    `upstream origin { server 127.0.0.1:${work.originPort}; keepalive 256; keepalive_requests 1000000000; }`,
    ...(work.scenario.isStreaming ? ['client_max_body_size 0;', 'proxy_request_buffering off;'] : []),
    'proxy_http_version 1.1;',
    'proxy_set_header Connection "";',
    'proxy_set_header Host $host;',
    'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    'proxy_set_header X-Forwarded-Proto $scheme;',
    'server {',
    `listen 127.0.0.1:${port}${work.scenario.isTls ? ` ssl${work.scenario.load === 'http2' ? ' http2' : ''}` : ''} backlog=4096;`,
    ...(work.scenario.isTls ? secure : []),
    ...Array.from(
      { length: work.routes },
      (_, index) => `location ${routePrefix(index)} { ${edits.has(index) ? `set $edit ${edits.get(index)}; ` : ''}proxy_pass http://origin; }`,
    ),
    '}',
  ]
}

const configurationOf = (work: Work, port: number, edits?: ReadonlyMap<number, number>) => frame(work.folder, { http: serverLines(work, port, edits), workers: work.workers })

/** Writes the configuration anew with these routes changed and has nginx take it, as `nginx -s reload` does. */
export function reloadNginx(work: Work, { launched, port }: Serving, edits: ReadonlyMap<number, number>): void {
  const file = join(work.folder, 'nginx.conf')
  // The reload before may still read the file.
  writeFileSync(`${file}.new`, configurationOf(work, port, edits))
  renameSync(`${file}.new`, file)
  process.kill(launched.pid, 'SIGHUP')
}

export const nginx: Peer = {
  name: 'nginx',
  version,
  missing: 'Debian package nginx',
  asksForKeys: false,
  configuration: {
    file: 'nginx.ts',
    says: '`worker_processes` as workers, 256 idle connections kept to the origin, three `proxy_set_header`, 10 s for a head, one `location` for each route.',
  },
  can: () => true,
  async start(work) {
    const port = await freePort()
    return run(work.cores, work.folder, configurationOf(work, port), port)
  },
}

/** Consumers in a Lua table of each worker, one counter per consumer and minute in shared memory, and the header fields that a client of a limit sees. */
const LUA_SETUP = (consumers: number) => `
  consumers = {}
  for index = 0, ${consumers - 1} do consumers[string.format("bench-key-%06d", index)] = string.format("consumer-%06d", index) end`

const LUA_ACCESS = `
  local consumer = consumers[ngx.var.http_apikey or ""]
  if not consumer then return ngx.exit(401) end
  local now = ngx.time()
  local rest = 60 - now % 60
  local used = ngx.shared.counters:incr(consumer .. ":" .. (now - now % 60), 1, 0, 60)
  ngx.header["RateLimit-Limit"] = ${LIMIT_PER_MINUTE}
  ngx.header["RateLimit-Remaining"] = ${LIMIT_PER_MINUTE} - used
  ngx.header["RateLimit-Reset"] = rest
  if used > ${LIMIT_PER_MINUTE} then return ngx.exit(429) end
  ngx.req.set_header("X-Consumer-Username", consumer)`

export const nginxLua: Peer = {
  name: 'nginx + Lua',
  version: hasLua && version !== null ? version : null,
  missing: 'Debian package libnginx-mod-http-lua',
  asksForKeys: true,
  configuration: {
    file: 'nginx.ts',
    says: 'nginx with consumers in a Lua table of the worker, one counter per consumer and minute in shared memory, and three `RateLimit` fields.',
  },
  can: ({ scenario }) => scenario.consumers > 0,
  async start(work) {
    const port = await freePort()
    const setup = ['lua_shared_dict counters 64m;', `init_by_lua_block {${LUA_SETUP(work.scenario.consumers)}\n}`]
    const server = serverLines(work, port).map((line) => (line === 'server {' ? `server {\naccess_by_lua_block {${LUA_ACCESS}\n}` : line))
    return run(work.cores, work.folder, frame(work.folder, { modules: LUA_MODULES, http: [...setup, ...server] }), port)
  },
}
