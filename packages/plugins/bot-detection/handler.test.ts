import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const status = async (agent: string | string[] | null, config: unknown = {}) => {
  const { reply } = await ask(createPlugin('bot-detection', config), { headers: agent === null ? {} : { 'User-Agent': agent } })
  return reply?.status ?? 200
}

describe('a person is let through', () => {
  test.each([
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
    'Mozilla/5.0 (Linux; Android 9; CUBOT_NOTE_S) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Linux; Android 9; Cubot Max 3) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Windows NT 10.0) Edg/126.0.0.0',
  ])('%s', async (agent) => expect(await status(agent)).toBe(200))
})

describe('a program that Kong lets through is let through', () => {
  test.each(['curl/8.5.0', 'Wget/1.21', 'python-requests/2.32', 'node-fetch/1.0', 'k6/0.51.0', 'PostmanRuntime/7.39.0', ''])('%j', async (agent) =>
    expect(await status(agent)).toBe(200),
  )
})

describe('a known program is refused with 403', () => {
  test.each([
    'facebookexternalhit/1.1',
    'Googlebot/2.1 (+http://www.google.com/bot.html)',
    'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
    'Twitterbot/1.0',
    'LinkedInBot/1.0',
    'Pingdom.com_bot_version_1.4',
    'Scrapy/2.11',
    'Mozilla/5.0 (compatible; YandexImages/3.0)',
    'my-spider/1.0',
    'SuperCrawler 2',
    'axios/1.7.2',
    'okhttp/4.12.0',
    'Go-http-client/1.1',
    'Python-urllib/3.11',
    'Apache-HttpClient/4.5',
    'reqwest/0.12',
    'unirest-java/3',
  ])('%s', async (agent) => expect(await status(agent)).toBe(403))
})

test('no User-Agent goes on, two are refused with 400', async () => {
  expect(await status(null)).toBe(200)
  expect(await status(['a', 'b'])).toBe(400)
})

test('allow wins over deny and over the known programs, deny adds to them', async () => {
  expect(await status('facebookexternalhit/1.1', { allow: ['facebookexternalhit'] })).toBe(200)
  expect(await status('curl/8.5.0', { deny: ['^curl/'] })).toBe(403)
  expect(await status('curl/8.5.0', { deny: ['^curl/'], allow: ['8\\.5'] })).toBe(200)
  expect(await status('xcurl/8.5.0', { deny: ['^curl/'] })).toBe(200)
})

test('a refusal has Kong’s text', async () => {
  const { reply } = await ask(createPlugin('bot-detection', {}), { headers: { 'User-Agent': 'axios/1' } })
  expect(reply).toEqual({ kind: 'error', status: 403, message: 'Forbidden' })
})

test('a verdict does not depend on who asked before, even where more came than are kept (property)', async () => {
  const plugin = createPlugin('bot-detection', { deny: ['[02468]$'] })
  for (let index = 0; index < 10_000; index += 1) await ask(plugin, { headers: { 'User-Agent': `agent-${index}` } })
  const property = fc.asyncProperty(fc.nat({ max: 10_000 }), async (index) => {
    const { reply } = await ask(plugin, { headers: { 'User-Agent': `agent-${index}` } })
    expect(reply !== undefined).toBe(index % 2 === 0)
  })
  await fc.assert(property)
})

test('no header makes it throw (property)', () => fc.assert(fc.asyncProperty(fc.string({ maxLength: 3_000 }), async (text) => [200, 403].includes(await status(text)))))

test.each<[unknown, string]>([
  [{ deny: ['(a)\\1'] }, 'deny.0: invalid regex'],
  [{ allow: ['(?=a)'] }, 'allow.0: invalid regex'],
  [{ allow: [''] }, 'allow.0'],
  [{ deny: ['a'.repeat(2_049)] }, 'deny.0: invalid regex: longer than 2048 characters'],
  [{ deny: Array.from({ length: 257 }, () => 'a') }, 'deny'],
  [{ whitelist: [] }, ': whitelist'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('bot-detection', config).some((text) => text.startsWith(problem))).toBe(true)
})
