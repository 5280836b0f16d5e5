import type { Head } from './head.ts'

/** How the end of a body is known. `length` is of at least one byte; `until_close` exists for responses alone. */
export type BodyFraming = 'none' | 'length' | 'chunked' | 'until_close'

function framingOfFields(head: Head): BodyFraming | null {
  if (head.isChunked) return 'chunked'
  if (head.contentLength < 0) return null
  return head.contentLength === 0 ? 'none' : 'length'
}

/** RFC 9112 6.3: a request without Content-Length and Transfer-Encoding has no body. */
export function requestFraming(head: Head): BodyFraming {
  return framingOfFields(head) ?? 'none'
}

/**
 * RFC 9112 6.3: what answers HEAD, and 1xx, 204 and 304, end with the head whatever their fields say; so does a 2xx to CONNECT.
 * After 101 the bytes are no longer HTTP. Without framing fields the body lasts until the connection closes.
 */
export function responseFraming(head: Head, requestMethod: string): BodyFraming {
  if (requestMethod === 'HEAD' || isInterim(head) || head.status === 204 || head.status === 304) return 'none'
  if (requestMethod === 'CONNECT' && head.status < 300) return 'none'
  return framingOfFields(head) ?? 'until_close'
}

/** RFC 9110 15.2: 1xx, after which another head comes; for 101 the other protocol comes. */
export function isInterim(head: Head): boolean {
  return head.status >= 100 && head.status < 200
}

/** RFC 9112 9.3: whether the sender of this head keeps the connection after the message. A response that lasts until close keeps none. */
export function keepsConnection(head: Head): boolean {
  if (head.hasClose) return false
  return head.minorVersion === 1 || head.hasKeepAlive
}
