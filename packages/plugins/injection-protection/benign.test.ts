import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin } from '../testing/run-plugin.ts'
import { INJECTION_TYPES } from './schema.ts'

/** Requests that nobody means ill, with every kind switched on in every place. */

type Kind = 'query' | 'json text' | 'json document' | 'token' | 'user agent' | 'cookie' | 'path' | 'form' | 'header'
const BENIGN = JSON.parse(readFileSync(join(import.meta.dirname, 'testing/benign.json'), 'utf8')) as Record<Kind, string[]>
/** Share of the corpus that may be refused. */
const REFUSED_MAX = 0.02

const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
const AGENT = String(BENIGN['user agent'][0])
const USUAL = { 'user-agent': AGENT, accept: '*/*', 'accept-language': 'en-US,en;q=0.9' }
const json = (body: string): RequestFixture => ({ method: 'POST', path: '/api/notes', headers: { ...USUAL, 'content-type': 'application/json' }, body })

const REQUESTS: Record<Kind, (value: string) => RequestFixture> = {
  query: (value) => ({ path: '/search', query: `q=${bytes(encodeURIComponent(value)).replaceAll('%20', '+')}&page=1`, headers: USUAL }),
  'json text': (value) => json(JSON.stringify({ text: value.replaceAll('\\n', '\n'), id: 5, tags: ['a', 'b'] })),
  'json document': json,
  token: (value) => ({ path: '/callback', query: `token=${encodeURIComponent(value)}`, headers: { ...USUAL, 'x-token': value, cookie: `token=${encodeURIComponent(value)}` } }),
  'user agent': (value) => ({ headers: { ...USUAL, 'user-agent': value } }),
  cookie: (value) => ({ headers: { ...USUAL, cookie: value } }),
  path: (value) => ({ path: value, headers: USUAL }),
  form: (value) => ({ method: 'POST', headers: { ...USUAL, 'content-type': 'application/x-www-form-urlencoded' }, body: value }),
  header: (value) => ({ headers: { ...USUAL, [value.slice(0, value.indexOf(':'))]: value.slice(value.indexOf(':') + 2) } }),
}

test(`of a corpus of more than 300 requests at most ${REFUSED_MAX * 100} % are refused`, async () => {
  const lines: string[] = []
  const plugin = createPlugin('injection-protection', { injection_types: [...INJECTION_TYPES], locations: ['path_and_query', 'headers', 'cookies', 'body'] })
  let count = 0
  for (const kind of Object.keys(BENIGN) as Kind[]) {
    for (const value of BENIGN[kind]) {
      count += 1
      if ((await ask(plugin, REQUESTS[kind](value))).reply !== undefined) lines.push(`${kind}: ${value}`)
    }
  }
  expect(count).toBeGreaterThan(300)
  expect(lines.length / count, lines.join('\n')).toBeLessThanOrEqual(REFUSED_MAX)
})
