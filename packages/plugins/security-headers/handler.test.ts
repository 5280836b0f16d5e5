import { describe, expect, test } from 'vitest'
import type { RequestFixture } from '../testing/exchange-fixture.ts'
import { createPlugin, pass, problems } from '../testing/run-plugin.ts'

const answer = async (config: unknown, request: RequestFixture = {}) => {
  const { exchange } = await pass(createPlugin('security-headers', config), request)
  return Object.fromEntries(exchange.responseHeaders.entries())
}
const DEFAULTS = { 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'SAMEORIGIN', 'Referrer-Policy': 'strict-origin-when-cross-origin' }
const NOTHING = { content_type_options: false, frame_options: null, referrer_policy: null, remove: [] }

describe('an answer', () => {
  test('has the headers that harm no API by default, and loses those that tell too much', async () => {
    expect(await answer({}, { responseHeaders: { 'x-powered-by': 'PHP', Server: 'a' } })).toEqual({ Server: 'a', ...DEFAULTS })
  })

  test('has each header that is set, and no other', async () => {
    expect(await answer(NOTHING, { responseHeaders: { a: '1' } })).toEqual({ a: '1' })
    const all = {
      ...NOTHING,
      frame_options: 'DENY',
      referrer_policy: 'no-referrer',
      content_security_policy: "default-src 'self'",
      permissions_policy: 'camera=()',
      cross_origin_opener_policy: 'same-origin',
      cross_origin_embedder_policy: 'require-corp',
      cross_origin_resource_policy: 'same-site',
    }
    expect(await answer(all)).toEqual({
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Content-Security-Policy': "default-src 'self'",
      'Permissions-Policy': 'camera=()',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cross-Origin-Resource-Policy': 'same-site',
    })
  })

  test('has a policy that only reports where that is wanted', async () => {
    expect(await answer({ ...NOTHING, content_security_policy: 'x', content_security_policy_report_only: true })).toEqual({ 'Content-Security-Policy-Report-Only': 'x' })
  })

  test('keeps what the upstream says unless it is overwritten', async () => {
    const responseHeaders = { 'x-frame-options': 'DENY' }
    expect(await answer({}, { responseHeaders })).toMatchObject({ 'x-frame-options': 'SAMEORIGIN' })
    expect(await answer({ overwrite: false }, { responseHeaders })).toMatchObject({ 'x-frame-options': 'DENY', 'X-Content-Type-Options': 'nosniff' })
  })
})

describe('Strict-Transport-Security', () => {
  const hsts = async (config: object, request: RequestFixture) => (await answer({ ...NOTHING, ...config }, request))['Strict-Transport-Security']
  const YEAR = { hsts_max_age: 31_536_000 }

  test('is sent over https, also where a proxy ended it, and never over http', async () => {
    expect(await hsts(YEAR, { scheme: 'https' })).toBe('max-age=31536000')
    expect(await hsts(YEAR, { headers: { 'X-Forwarded-Proto': 'HTTPS' } })).toBe('max-age=31536000')
    expect(await hsts(YEAR, { scheme: 'http' })).toBeUndefined()
  })

  test('says what is configured', async () => {
    expect(await hsts({ ...YEAR, hsts_include_subdomains: true, hsts_preload: true }, { scheme: 'https' })).toBe('max-age=31536000; includeSubDomains; preload')
    expect(await hsts({ hsts_max_age: 0 }, { scheme: 'https' })).toBe('max-age=0')
    expect(await hsts({}, { scheme: 'https' })).toBeUndefined()
  })
})

test.each<[unknown, string]>([
  [{ hsts_max_age: -1 }, 'hsts_max_age'],
  [{ hsts_include_subdomains: true }, 'hsts_include_subdomains: needs hsts_max_age'],
  [{ hsts_preload: true, hsts_max_age: 31_536_000 }, 'hsts_preload: needs hsts_include_subdomains'],
  [{ hsts_preload: true, hsts_max_age: 100, hsts_include_subdomains: true }, 'hsts_preload: needs hsts_include_subdomains, and a hsts_max_age of at least 31536000'],
  [{ frame_options: 'ALLOW-FROM https://a.test' }, 'frame_options'],
  [{ referrer_policy: 'never' }, 'referrer_policy'],
  [{ content_security_policy: 'a\r\nb' }, 'content_security_policy: may have printable ASCII only'],
  [{ content_security_policy: 'x'.repeat(8_193) }, 'content_security_policy'],
  [{ content_security_policy_report_only: true }, 'content_security_policy_report_only: needs content_security_policy'],
  [{ permissions_policy: '' }, 'permissions_policy'],
  [{ cross_origin_opener_policy: 'none' }, 'cross_origin_opener_policy'],
  [{ cross_origin_embedder_policy: 'none' }, 'cross_origin_embedder_policy'],
  [{ cross_origin_resource_policy: 'none' }, 'cross_origin_resource_policy'],
  [{ remove: ['a b'] }, 'remove.0: must be a header name'],
  [{ xss_protection: true }, ': xss_protection'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('security-headers', config).some((text) => text.startsWith(problem))).toBe(true)
})
