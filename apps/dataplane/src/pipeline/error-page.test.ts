import { describe, expect, test } from 'vitest'
import { chooseFormat, errorPage } from './error-page.ts'

describe('the format of an error follows Accept', () => {
  test.each([
    ['application/json', 'json'],
    ['text/html', 'html'],
    ['text/plain', 'plain'],
    ['text/*', 'plain'],
    ['application/xml', 'xml'],
    ['*/*', 'json'],
    ['', 'json'],
    ['image/png', 'json'],
    ['text/html;q=0.4, application/xml;q=0.9', 'xml'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['text/html;q=0', 'json'],
  ])('%s gives %s', (accept, format) => expect(chooseFormat(accept)).toBe(format))
})

describe('an error page', () => {
  const page = (accept: string | null, fallback: string | null = null) => errorPage({ message: 'no <b> & c', requestId: 'abc', accept, fallback })

  test('is JSON without Accept', () => {
    expect(page(null)).toEqual({ body: '{\n  "message":"no <b> & c",\n  "request_id":"abc"\n}', contentType: 'application/json; charset=utf-8' })
  })

  test('is plain without Accept after a failed attempt', () => {
    expect(page(null, 'text/plain').body).toBe('no <b> & c\nrequest_id: abc\n')
    expect(page(null, 'application/json; charset=utf-8').contentType).toContain('json')
    expect(page(null, 'application/x-www-form-urlencoded').contentType).toContain('text/plain')
  })

  test('escapes markup where it is markup', () => {
    expect(page('text/html').body).toContain('no &lt;b&gt; &amp; c.')
    expect(page('application/xml').body).toContain('<message>no &lt;b&gt; &amp; c</message>')
  })
})
