/** Who the failure belongs to. */
export type Side = 'client' | 'gateway' | 'upstream'

interface ErrorRow {
  status: number
  side: Side
  /** Nothing of the request can have been acted on, so another attempt is safe whatever the method. */
  replayable: boolean
  /** Text for the client; Kong's where Kong has one. */
  message: string
  /** Sentence for operators: the dashboard, the log, the documentation. */
  title: string
}

const row = (status: number, side: Side, message: string, title: string, replayable = false): ErrorRow => ({ status, side, replayable, message, title })

const UPSTREAM_INVALID = 'An invalid response was received from the upstream server'
const UPSTREAM_TIMEOUT = 'The upstream server is timing out'

/** Every reply that the gateway itself gives. The key is the metric label and the name in the access log. */
export const ERRORS = {
  bad_request: row(400, 'client', 'Bad request', 'The request has more than one legal reading or none.'),
  method_not_allowed: row(405, 'client', 'Method not allowed', 'TRACE is refused.'),
  payload_too_large: row(413, 'client', 'Payload too large', 'The body is larger than the limit.'),
  size_limit_exceeded: row(413, 'client', 'Request size limit exceeded', 'The body is longer than request-size-limiting allows.'),
  uri_too_long: row(414, 'client', 'URI too long', 'The request target is longer than the limit.'),
  head_too_large: row(431, 'client', 'Request header or cookie too large', 'The head is larger than the limit.'),
  route_not_found: row(404, 'client', 'no Route matched with those values', 'No route matches the request.'),
  service_missing: row(503, 'gateway', 'no Service found with those values', 'The route has no service and no plugin answered.'),
  protocol_mismatch: row(415, 'client', 'Non-gRPC request matched gRPC route', 'The route takes gRPC only, over HTTP/2, and over TLS where it says so.'),
  https_required: row(426, 'client', 'Please use HTTPS protocol', 'The route takes https only.'),
  request_timeout: row(408, 'client', 'Request timeout', 'The client did not send its request in time.'),
  client_gone: row(499, 'client', 'The client is gone', 'The client closed its connection before it had the answer.'),
  unknown_transfer_coding: row(501, 'client', 'Not implemented', 'The request has a transfer coding other than chunked.'),
  http_version_unsupported: row(505, 'client', 'HTTP version not supported', 'The request is not of HTTP/1.0 or HTTP/1.1.'),
  no_target: row(503, 'gateway', 'failure to get a peer from the ring-balancer', 'The upstream has no target that may take traffic.'),
  name_resolution_failed: row(503, 'upstream', 'name resolution failed', 'The host of the service or target has no address.', true),
  dns_failed: row(500, 'gateway', 'An unexpected error occurred', 'The resolver did not answer.', true),
  upstream_address_refused: row(503, 'gateway', 'failure to get a peer from the ring-balancer', 'The address is in a range that upstreams may not reach.'),
  upstream_connect_failed: row(502, 'upstream', UPSTREAM_INVALID, 'The target did not accept a connection.', true),
  upstream_connect_timeout: row(504, 'upstream', UPSTREAM_TIMEOUT, 'The target did not accept a connection in time.', true),
  upstream_tls_failed: row(502, 'upstream', UPSTREAM_INVALID, 'The TLS handshake with the target failed.', true),
  upstream_closed: row(502, 'upstream', UPSTREAM_INVALID, 'The target closed the connection without an answer.'),
  upstream_invalid_response: row(502, 'upstream', UPSTREAM_INVALID, 'The target’s answer is not HTTP or has two readings.'),
  upstream_answer_too_long: row(502, 'upstream', UPSTREAM_INVALID, 'The target’s answer is longer than a plugin that changes it may hold.'),
  upstream_read_timeout: row(504, 'upstream', UPSTREAM_TIMEOUT, 'The target did not answer within read_timeout.'),
  upstream_write_timeout: row(504, 'upstream', UPSTREAM_TIMEOUT, 'The target did not take the request within write_timeout.'),
  deadline_exceeded: row(504, 'client', 'Deadline exceeded', 'The gRPC call took longer than the grpc-timeout that its client gave it.'),
  overloaded: row(503, 'gateway', 'The server is overloaded', 'A worker of the node is short of memory, or behind with its work, and takes no more requests for now.'),
  upstream_busy: row(503, 'gateway', 'The upstream server is currently unavailable', 'All connections that the target may have are in use, and none came free in time.', true),
  draining: row(503, 'gateway', 'The upstream server is currently unavailable', 'The node is stopping.'),
  not_configured: row(503, 'gateway', 'no configuration yet', 'The node has no configuration yet.'),
  plugin_failed: row(500, 'gateway', 'An unexpected error occurred', 'A plugin threw; the log names it.'),
  internal: row(500, 'gateway', 'An unexpected error occurred', 'A defect of the gateway; the log has it under the request id.'),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS
