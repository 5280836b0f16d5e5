import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin } from '../testing/run-plugin.ts'
import { INJECTION_TYPES, type InjectionType } from './schema.ts'

/** Every attack of the corpus, in every place and encoding in which it can stand. */

const ATTACKS = JSON.parse(readFileSync(join(import.meta.dirname, 'testing/attacks.json'), 'utf8')) as Record<InjectionType, string[]>

/** As latin1, which is how the node has a target: one character per byte. */
const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
const percent = (text: string) => bytes(text).replaceAll(/[^A-Za-z0-9_.-]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
const everyByte = (text: string) => [...bytes(text)].map((character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
const isOneLine = (text: string) => !/[\r\n]/.test(text)
/** What is shorter is no text that base64 hides: too many words look like it. */
const isEncodable = (text: string) => text.length > 6
const json = (value: unknown, type = 'application/json'): RequestFixture => ({ method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(value) })
const form = (body: string): RequestFixture => ({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body })
const entities = (text: string) => [...text].map((character) => `&#${character.charCodeAt(0)};`).join('')
const entitiesHex = (text: string) => [...text].map((character) => `&#x${character.charCodeAt(0).toString(16)}`).join(';')
const unicode = (text: string) => [...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const wide = (text: string) => text.replaceAll(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
const multipart = (text: string) => `--b1\r\nContent-Disposition: form-data; name="a"\r\n\r\n${text}\r\n--b1--\r\n`

/** Null where an attack cannot stand in a place. */
const PLACES: Record<string, (attack: string) => RequestFixture | null> = {
  query: (attack) => ({ query: `a=1&q=${percent(attack)}` }),
  'query, twice encoded': (attack) => ({ query: `q=${percent(percent(attack))}` }),
  'query, three times encoded': (attack) => ({ query: `q=${percent(percent(percent(attack)))}` }),
  'query, every byte encoded': (attack) => ({ query: `q=${everyByte(attack)}` }),
  'query, with + for spaces': (attack) => ({ query: `q=${percent(attack).replaceAll('%20', '+')}` }),
  'query, as %uXXXX': (attack) => ({ query: `q=${[...attack].map((character) => `%u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}` }),
  'query, in base64': (attack) => (isEncodable(attack) ? { query: `q=${encodeURIComponent(Buffer.from(attack).toString('base64'))}` } : null),
  'the name of an argument': (attack) => ({ query: `${percent(attack)}=1` }),
  path: (attack) => ({ path: `/files/${percent(attack)}` }),
  'path, twice encoded': (attack) => ({ path: `/files/${percent(percent(attack))}/x` }),
  header: (attack) => (isOneLine(attack) ? { headers: { 'x-name': attack } } : { headers: { 'x-name': percent(attack) } }),
  referer: (attack) => ({ headers: { referer: `https://shop.test/?q=${percent(attack)}`.replace('https://shop.test/?q=', '') } }),
  cookie: (attack) => ({ headers: { cookie: `a=b; name=${percent(attack)}` } }),
  form: (attack) => form(`a=1&name=${percent(attack)}`),
  'form, twice encoded': (attack) => form(`name=${percent(percent(attack))}`),
  'form of parts': (attack) => ({ method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b1' }, body: multipart(attack) }),
  JSON: (attack) => json({ name: attack }),
  'JSON without its type': (attack) => json({ name: attack }, 'text/plain'),
  'JSON, nested': (attack) => json({ a: [{ b: { c: [1, null, attack] } }] }),
  'JSON, as a name': (attack) => json({ [attack]: 1 }),
  'JSON, as unicode escapes': (attack) => ({ ...json(0), body: `{"name":"${unicode(attack)}"}` }),
  'JSON, percent-encoded': (attack) => json({ name: percent(attack) }),
  'JSON, as entities of HTML': (attack) => json({ name: entities(attack) }),
  'JSON, as entities in hexadecimal': (attack) => json({ name: entitiesHex(attack) }),
  'JSON, as escapes in a text': (attack) => json({ name: unicode(attack) }),
  'JSON, in base64': (attack) => (isEncodable(attack) ? json({ name: Buffer.from(attack).toString('base64') }) : null),
  'JSON, in full-width characters': (attack) => json({ name: wide(attack) }),
  text: (attack) => ({ method: 'POST', headers: { 'content-type': 'text/plain' }, body: attack }),
}

const everywhere = createPlugin('injection-protection', { injection_types: [...INJECTION_TYPES], locations: ['path_and_query', 'headers', 'cookies', 'body'] })

test('the corpus has more than 300 attacks, each of them different', () => {
  const all = Object.values(ATTACKS).flat()
  expect(all.length).toBeGreaterThan(300)
  expect(new Set(all).size).toBe(all.length)
})

describe.each(Object.entries(ATTACKS))('attacks of the kind %s are refused', (type, attacks) => {
  const alone = createPlugin('injection-protection', { injection_types: [type], locations: ['path_and_query', 'headers', 'cookies', 'body'] })

  test('by the search for that kind alone', async () => {
    const passed: string[] = []
    for (const attack of attacks) if ((await ask(alone, { query: `q=${percent(attack)}` })).reply === undefined) passed.push(attack)
    expect(passed).toEqual([])
  })

  test.each(Object.keys(PLACES))('%s', async (place) => {
    const passed: string[] = []
    for (const attack of attacks) {
      const request = PLACES[place]?.(attack)
      if (request !== null && request !== undefined && (await ask(everywhere, request)).reply === undefined) passed.push(attack)
    }
    expect(passed).toEqual([])
  })
})
