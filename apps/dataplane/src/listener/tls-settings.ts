import { constants } from 'node:crypto'
import type { Server, TLSSocket } from 'node:tls'
import type { ClientCertificate } from '@sluice/plugins/contract'

/**
 * What a TLS listener takes unless it is set otherwise: TLS 1.2 and 1.3, forward secrecy and authenticated encryption only
 * (RFC 9325 4.2; Mozilla's "intermediate").
 */
export const TLS_SETTINGS = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const

/**
 * While clients are asked for certificates, no session is resumed: one that began under another name, or before anybody asked, would come
 * without the certificate, and one that is resumed has lost what the client sent to link it to an authority.
 */
export const WITHOUT_TICKETS = { secureOptions: constants.SSL_OP_NO_TICKET } as const

/** What a client may send with its certificate; OpenSSL bounds the bytes by 100 KB. */
const CHAIN_LENGTH_MAX = 8

interface VerifyingHandle {
  setVerifyMode(requestsCertificate: boolean, rejectsUnauthorized: boolean): void
}

function isVerifying(handle: unknown): handle is VerifyingHandle {
  return typeof handle === 'object' && handle !== null && 'setVerifyMode' in handle && typeof handle.setVerifyMode === 'function'
}

/**
 * Asks the client of a handshake for a certificate, or not, once it is known which server it wants. Node.js has no word for that: `requestCert`
 * is for all clients of a server. Its handle takes it until the answer to the hello is written, which is after SNICallback (`socket` is its
 * `this`). False where that is not so any more.
 */
export function askForCertificate(socket: unknown, asks: boolean): boolean {
  const handle: unknown = typeof socket === 'object' && socket !== null && '_handle' in socket ? socket._handle : null
  if (!isVerifying(handle)) return !asks
  handle.setVerifyMode(asks, false)
  return true
}

/** Clients that name no server never get to SNICallback: they are asked by what the server has in this field, which its types do not have. */
export function askThoseWithoutName(server: Server, asks: boolean): void {
  Object.assign(server, { requestCert: asks })
}

/** What the client of a connection has proved to be its own, or null. */
export function shownCertificate(socket: TLSSocket): ClientCertificate | null {
  const chain: Uint8Array[] = []
  for (let certificate = socket.getPeerX509Certificate(); certificate !== undefined && chain.length < CHAIN_LENGTH_MAX; certificate = certificate.issuerCertificate) {
    chain.push(certificate.raw)
  }
  return chain.length === 0 ? null : { chain }
}
