import { Exchange, type RequestHead } from '../exchange.ts'
import { fieldsFixture } from './fields.ts'

/** An exchange as the listener makes it, without a connection behind it. */
export function exchangeFixture(head: Partial<RequestHead> = {}, headers: string[] = []): Exchange {
  const whole: RequestHead = {
    id: '0123456789abcdef0123456789abcdef',
    startedAtMs: 1_000,
    method: 'GET',
    path: '/orders/1',
    rawPath: '/orders/1',
    query: null,
    scheme: 'http',
    host: 'shop.test:8000',
    port: 8000,
    sni: null,
    clientIp: '203.0.113.9',
    clientPort: 50_000,
    peerIp: '10.0.0.1',
    isPeerTrusted: false,
    connection: { id: 1, requests: 1 },
    clientCertificate: null,
    headers: fieldsFixture(headers),
    upgrade: null,
    httpVersion: '1.1',
    expectsContinue: false,
    ...head,
  }
  return new Exchange(whole, { present: false, read: async () => new Uint8Array() })
}
