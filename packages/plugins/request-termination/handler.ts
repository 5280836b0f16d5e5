import { definePluginHandler, type PluginEnvironment, type PluginExchange, type PluginReply } from '../contract.ts'
import { requestTerminationSchema } from './schema.ts'

/** Texts for a status without a message, as Kong's table. */
const DEFAULT_TEXTS: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  411: 'Length required',
  412: 'Precondition failed',
  413: 'Payload too large',
  414: 'URI too long',
  415: 'Unsupported media type',
  417: 'Expectation failed',
  500: 'An unexpected error occurred',
  502: 'An invalid response was received from the upstream server',
  503: 'Service unavailable',
  504: 'The upstream server is timing out',
}

/** Bodies up to this size are echoed, in bytes. */
const ECHO_BYTES_MAX = 64 * 1024

function isTriggered(trigger: string, exchange: PluginExchange): boolean {
  return exchange.requestHeaders.has(trigger) || new URLSearchParams(exchange.query ?? '').has(trigger)
}

/** Arguments by name; a repeated one has all its values. */
function queryOf(query: string | null): Record<string, unknown> {
  const values = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(query ?? '')) {
    const present = values.get(name)
    if (present === undefined) values.set(name, [value])
    else present.push(value)
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]))
}

/** The body as data where its type says how to read it, else undefined. */
function parsedBody(raw: string, contentType: string): unknown {
  if (contentType.startsWith('application/x-www-form-urlencoded')) return queryOf(raw)
  if (!contentType.startsWith('application/json')) return undefined
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}

function capturesOf(captures: PluginExchange['uriCaptures']) {
  const isNumber = ([name]: [string, unknown]) => /^\d+$/.test(name)
  const entries = Object.entries(captures)
  return { named: Object.fromEntries(entries.filter((entry) => !isNumber(entry))), unnamed: entries.filter(isNumber).map(([, value]) => value) }
}

async function echo(exchange: PluginExchange, environment: PluginEnvironment, status: number): Promise<PluginReply> {
  const body = await exchange.body(ECHO_BYTES_MAX)
  const raw = body === null ? '' : Buffer.from(body).toString('utf8')
  const view = {
    message: DEFAULT_TEXTS[status] ?? `The upstream server responded with ${status}`,
    kong: { node_id: environment.node.id, worker_pid: environment.node.pid, hostname: environment.node.hostname },
    request: {
      scheme: exchange.scheme,
      host: exchange.host.replace(/:\d+$/, ''),
      port: exchange.port,
      headers: Object.fromEntries([...exchange.requestHeaders.entries()].map(([name, value]) => [name.toLowerCase(), value])),
      query: queryOf(exchange.query),
      body: parsedBody(raw, exchange.requestHeaders.get('content-type') ?? ''),
      raw_body: raw,
      method: exchange.method,
      path: exchange.path,
      uri_captures: capturesOf(exchange.uriCaptures),
    },
    matched_route: exchange.route,
    matched_service: exchange.service,
  }
  return { kind: 'json', status, body: view }
}

function contentTypeOf(contentType: string | null): string | null {
  // nginx adds a charset to these where none is given; Kong's answers have it.
  return contentType !== null && /^text\/(html|plain)$/i.test(contentType) ? `${contentType}; charset=UTF-8` : contentType
}

export const requestTerminationHandler = definePluginHandler(requestTerminationSchema, (config, environment) => {
  const { status_code: status } = config
  const fixed: PluginReply =
    status === 204 || status === 304
      ? { kind: 'raw', status, body: null, contentType: null }
      : config.body !== null
        ? { kind: 'raw', status, body: config.body, contentType: contentTypeOf(config.content_type) }
        : { kind: 'json', status, body: { message: config.message ?? DEFAULT_TEXTS[status] ?? `The upstream server responded with ${status}` } }
  return {
    onRequest(exchange) {
      if (config.trigger !== null && !isTriggered(config.trigger, exchange)) return undefined
      return config.echo ? echo(exchange, environment, status) : fixed
    },
  }
})
