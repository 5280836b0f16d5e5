import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Pem {
  cert: string
  key: string
}

/** A self-signed certificate that is its own authority, made by the openssl of the machine. */
export function makeCertificate(name: string): Pem {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cert-'))
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-addext', 'basicConstraints=critical,CA:TRUE']
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    })
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const HEALTHCHECK_DEFAULTS = {
  active: {
    type: 'http',
    timeout: 1,
    concurrency: 10,
    http_path: '/',
    https_sni: null,
    https_verify_certificate: true,
    headers: null,
    healthy: { interval: 0, successes: 0, http_statuses: [200, 302] },
    unhealthy: { interval: 0, tcp_failures: 0, timeouts: 0, http_failures: 0, http_statuses: [429, 404, 500, 501, 502, 503, 504, 505] },
  },
  passive: {
    type: 'http',
    healthy: { successes: 0, http_statuses: [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308] },
    unhealthy: { tcp_failures: 0, timeouts: 0, http_failures: 0, http_statuses: [429, 500, 503] },
  },
  threshold: 0,
}

/** Kong's defaults, field by field, beside what must be given. */
export const DEFAULTS = {
  services: {
    name: null,
    protocol: 'http',
    port: 80,
    path: null,
    retries: 5,
    connect_timeout: 60_000,
    write_timeout: 60_000,
    read_timeout: 60_000,
    client_certificate: null,
    tls_verify: null,
    tls_verify_depth: null,
    ca_certificates: null,
    enabled: true,
    tags: [],
  },
  routes: {
    name: null,
    service: null,
    protocols: ['http', 'https'],
    methods: null,
    hosts: null,
    headers: null,
    snis: null,
    sources: null,
    destinations: null,
    strip_path: true,
    preserve_host: false,
    path_handling: 'v0',
    regex_priority: 0,
    https_redirect_status_code: 426,
    request_buffering: true,
    response_buffering: true,
    tags: [],
  },
  upstreams: {
    algorithm: 'round-robin',
    hash_on: 'none',
    hash_fallback: 'none',
    hash_on_header: null,
    hash_fallback_header: null,
    hash_on_cookie: null,
    hash_on_cookie_path: '/',
    hash_on_query_arg: null,
    hash_fallback_query_arg: null,
    hash_on_uri_capture: null,
    hash_fallback_uri_capture: null,
    slots: 10_000,
    host_header: null,
    client_certificate: null,
    use_srv_name: false,
    healthchecks: HEALTHCHECK_DEFAULTS,
    tags: [],
  },
  targets: { weight: 100, tags: [] },
  consumers: { username: null, custom_id: null, groups: [], tags: [] },
  consumer_groups: { tags: [] },
  keyauth_credentials: { ttl: null, tags: [] },
  basicauth_credentials: { tags: [] },
  hmacauth_credentials: { tags: [] },
  jwt_secrets: { algorithm: 'HS256', rsa_public_key: null, tags: [] },
  oauth2_credentials: { client_type: 'confidential', redirect_uris: [], tags: [] },
  acls: { tags: [] },
  plugins: {
    instance_name: null,
    service: null,
    route: null,
    consumer: null,
    consumer_group: null,
    enabled: true,
    protocols: ['grpc', 'grpcs', 'http', 'https'],
    tags: [],
  },
  certificates: { cert_alt: null, key_alt: null, tags: [] },
  snis: { tags: [] },
  ca_certificates: { tags: [] },
} as const

export type Plural = keyof typeof DEFAULTS
