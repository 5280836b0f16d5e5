import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPlugin, pass, problems } from '../testing/run-plugin.ts'

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }
const answer = async (config: unknown, responseHeaders: Record<string, string> = {}) => (await pass(createPlugin('response-transformer', config), { responseHeaders })).exchange
const headersAfter = async (config: unknown, responseHeaders: Record<string, string>) => [...(await answer(config, responseHeaders)).responseHeaders.entries()]

async function rewritten(config: unknown, body: string): Promise<string> {
  const { rewrites } = await answer(config, JSON_TYPE)
  return rewrites.reduce((text, { rewrite }) => {
    const other = rewrite(Buffer.from(text))
    return other === null ? text : Buffer.from(other).toString()
  }, body)
}

describe('headers', () => {
  test.each<[string, unknown, Record<string, string>, [string, string][]]>([
    ['are removed whatever their case', { remove: { headers: ['x-a'] } }, { 'X-A': '1', b: '2' }, [['b', '2']]],
    ['are renamed', { rename: { headers: ['x-a:x-b'] } }, { 'X-A': '1', 'x-b': '2' }, [['x-b', '1']]],
    ['are not renamed where they are not there', { rename: { headers: ['a:b'] } }, { b: '2' }, [['b', '2']]],
    ['are replaced only where they are there', { replace: { headers: ['a:9', 'b:9'] } }, { a: '1' }, [['a', '9']]],
    [
      'are added only where they are not there',
      { add: { headers: ['a:9', 'b:value:2'] } },
      { A: '1' },
      [
        ['A', '1'],
        ['b', 'value:2'],
      ],
    ],
    [
      'are appended beside what is there',
      { append: { headers: ['a:9'] } },
      { a: '1' },
      [
        ['a', '1'],
        ['a', '9'],
      ],
    ],
    [
      'go through all five in order',
      { remove: { headers: ['a'] }, rename: { headers: ['b:c'] }, replace: { headers: ['c:new'] }, add: { headers: ['a:added'] }, append: { headers: ['a:more'] } },
      { a: '1', b: '2' },
      [
        ['c', 'new'],
        ['a', 'added'],
        ['a', 'more'],
      ],
    ],
  ])('%s', async (_, config, headers, expected) => expect(await headersAfter(config, headers)).toEqual(expected))

  test('alone leave the body and the request as they are', async () => {
    const plugin = createPlugin('response-transformer', { add: { headers: ['a:1'] } })
    const { exchange } = await pass(plugin, { responseHeaders: JSON_TYPE, headers: { 'Accept-Encoding': 'gzip' } })
    expect(plugin.onRequest).toBeUndefined()
    expect(exchange.rewrites).toEqual([])
    expect(exchange.requestHeaders.get('accept-encoding')).toBe('gzip')
  })
})

describe('a JSON body', () => {
  test.each<[unknown, string, string]>([
    [{ remove: { json: ['a'] } }, '{"a":1,"b":2}', '{"b":2}'],
    [{ rename: { json: ['a:c'] } }, '{"a":[1],"b":2}', '{"b":2,"c":[1]}'],
    [{ replace: { json: ['a:new', 'x:new'] } }, '{"a":false}', '{"a":"new"}'],
    [{ add: { json: ['a:-1', 'b:false', 'c:text', 'p:9'], json_types: ['number', 'boolean', 'string'] } }, '{"p":1}', '{"p":1,"a":-1,"b":false,"c":"text"}'],
    [{ append: { json: ['a:2', 'b:2', 'c:2'], json_types: ['string', 'number'] } }, '{"a":"1","b":[1]}', '{"a":["1","2"],"b":[1,2],"c":["2"]}'],
    [{ add: { json: ['x:1'] } }, '{"id":12345678901234567890,"price":1.00}', '{"id":12345678901234567890,"price":1.00,"x":"1"}'],
    [
      { remove: { json: ['a'] }, rename: { json: ['b:a'] }, replace: { json: ['a:r'] }, add: { json: ['b:n'] }, append: { json: ['b:m'] } },
      '{"a":1,"b":2}',
      '{"a":"r","b":["n","m"]}',
    ],
    [{ add: { json: ['x:1'] } }, '{"a":', '{"a":'],
    [{ add: { json: ['x:1'] } }, '[]', '[]'],
    [{ add: { json: ['x:1'] } }, '', ''],
  ])('%j makes of %s: %s', async (config, body, expected) => expect(await rewritten(config, body)).toBe(expected))

  test.each(['text/plain', 'application/jsonp', 'application/problem+json', ''])('that is called %j streams on', async (type) => {
    expect((await answer({ add: { json: ['x:1'] } }, { 'Content-Type': type })).rewrites).toEqual([])
  })

  test('is held up to max_body_size, loses fields about its bytes, and is not asked for compressed', async () => {
    const plugin = createPlugin('response-transformer', { remove: { json: ['a'] }, max_body_size: 1_000 })
    const { exchange } = await pass(plugin, { headers: { 'Accept-Encoding': 'gzip' }, responseHeaders: { ...JSON_TYPE, 'Content-MD5': 'x', 'Accept-Ranges': 'bytes' } })
    expect(exchange.rewrites.map(({ maxBytes }) => maxBytes)).toEqual([1_000])
    expect([...exchange.responseHeaders.entries()]).toEqual(Object.entries(JSON_TYPE))
    expect(exchange.requestHeaders.has('accept-encoding')).toBe(false)
  })

  test('that is nested too deep is never sent on unread', async () => {
    await expect(rewritten({ remove: { json: ['a'] } }, `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).rejects.toThrow(RangeError)
  })

  test('without the member that is removed has it never, and keeps all others (property)', () => {
    const property = fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
      const { a: _, ...others } = JSON.parse(JSON.stringify(value)) as Record<string, unknown>
      expect(JSON.parse(await rewritten({ remove: { json: ['a'] } }, JSON.stringify(value)))).toEqual(others)
    })
    return fc.assert(property)
  })
})

test.each<[unknown, string]>([
  [{ add: { headers: ['a'] } }, "add.headers.0: key 'a' has no value"],
  [{ replace: { json: [':v'] } }, "replace.json.0: key ':v' has no value"],
  [{ rename: { json: ['a'] } }, "rename.json.0: key 'a' has no value"],
  [{ remove: { json: [':a'] } }, 'remove.json.0: has no name'],
  [{ add: { headers: ['a b:1'] } }, 'add.headers.0: "a b" is no header name'],
  [{ add: { headers: ['a:1\r\nb:2'] } }, 'add.headers.0: has a character that a header cannot have'],
  [{ add: { headers: ['Content-Length:0'] } }, 'add.headers.0: Content-Length belongs to the connection'],
  [{ remove: { headers: ['X-Sluice-Request-Id'] } }, 'remove.headers.0: the node itself writes X-Sluice-Request-Id after all plugins'],
  [{ rename: { headers: ['a:via'] } }, 'rename.headers.0: the node itself writes via after all plugins'],
  [{ add: { json: ['a:x'], json_types: ['number'] } }, 'add.json.0: "x" is no number'],
  [{ add: { json: ['a:1', 'b:yes'], json_types: ['number', 'boolean'] } }, 'add.json.1: "yes" is no boolean'],
  [{ append: { json: ['a:1'], json_types: ['number', 'string'] } }, 'append.json_types: has more types than json has entries'],
  [{ add: { json_types: ['object'] } }, 'add.json_types.0'],
  [{ max_body_size: 0 }, 'max_body_size'],
  [{ add: { json: Array.from({ length: 257 }, (_, index) => `a${index}:1`) } }, 'add.json'],
  [{ add: { body: ['a:1'] } }, 'add: body'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('response-transformer', config).some((text) => text.startsWith(problem))).toBe(true)
})
