import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consumerFixture, type RequestFixture, UNCHANGED } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' }
const run = (config: unknown, request: RequestFixture = {}) => ask(createPlugin('request-transformer', config), request)
const headersAfter = async (config: unknown, headers: RequestFixture['headers'] = {}) => [...(await run(config, { headers })).exchange.requestHeaders.entries()]
const queryAfter = async (config: unknown, query: string | null) => (await run(config, { query })).exchange.query
const jsonAfter = async (config: unknown, body: string) => (await run(config, { headers: JSON_TYPE, body })).exchange.sentBody
const formAfter = async (config: unknown, body: string) => (await run(config, { headers: FORM_TYPE, body })).exchange.sentBody
const BAD_REQUEST = { kind: 'error', status: 400, message: 'Bad request' }

describe('headers', () => {
  test.each<[string, unknown, RequestFixture['headers'], [string, string][]]>([
    ['are removed whatever their case', { remove: { headers: ['x-a'] } }, { 'X-A': ['1', '2'], b: '3' }, [['b', '3']]],
    [
      'are renamed with all their lines',
      { rename: { headers: ['x-a:x-b'] } },
      { 'X-A': ['1', '2'] },
      [
        ['x-b', '1'],
        ['x-b', '2'],
      ],
    ],
    ['are renamed over what has the name', { rename: { headers: ['a:b'] } }, { a: '1', b: '2' }, [['b', '1']]],
    ['are not renamed where they are not there', { rename: { headers: ['a:b'] } }, { b: '2' }, [['b', '2']]],
    ['are replaced only where they are there', { replace: { headers: ['a:9', 'b:9'] } }, { a: ['1', '2'] }, [['a', '9']]],
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
      { append: { headers: ['a:9', 'b:8'] } },
      { a: '1' },
      [
        ['a', '1'],
        ['a', '9'],
        ['b', '8'],
      ],
    ],
    [
      'go through all five in order',
      { remove: { headers: ['a'] }, rename: { headers: ['b:c'] }, replace: { headers: ['c:new'] }, add: { headers: ['a:added'] }, append: { headers: ['a:appended'] } },
      { a: '1', b: '2' },
      [
        ['c', 'new'],
        ['a', 'added'],
        ['a', 'appended'],
      ],
    ],
  ])('%s', async (_, config, headers, expected) => expect(await headersAfter(config, headers)).toEqual(expected))

  test('Host can be replaced, and nothing else', async () => {
    expect((await run({ replace: { headers: ['Host:other.test:81'] } })).exchange.upstream.hostHeader).toBe('other.test:81')
    for (const change of ['add', 'append'] as const) {
      const { exchange } = await run({ [change]: { headers: ['host:mark'] } })
      expect(exchange.upstream.hostHeader).toBeNull()
      expect(exchange.requestHeaders.has('host')).toBe(false)
    }
    expect(await headersAfter({ rename: { headers: ['host:x', 'a:host'] }, remove: { headers: ['host'] } }, { a: '1' })).toEqual([['a', '1']])
  })
})

describe('query', () => {
  test.each<[unknown, string | null, string | null]>([
    [{ remove: { querystring: ['a'] } }, 'a=1&b=2&a=3', 'b=2'],
    [{ remove: { querystring: ['a b'] } }, 'a%20b=1&a+b=2&c', 'c'],
    [{ remove: { querystring: ['a'] } }, 'a=1', null],
    [{ rename: { querystring: ['a:ü b'] } }, 'x&a=%2F+1&a', 'x&%C3%BC%20b=%2F+1&%C3%BC%20b'],
    [{ rename: { querystring: ['a:b'] } }, 'b=1&a=2', 'b=2'],
    [{ replace: { querystring: ['a:9', 'b:9'] } }, 'a=1&c=2&a=3', 'a=9&c=2'],
    [{ add: { querystring: ['a:9', 'b:x y&=ü'] } }, 'a', 'a&b=x%20y%26%3D%C3%BC'],
    [{ add: { querystring: ['a:9'] } }, null, 'a=9'],
    [{ append: { querystring: ['a:9'] } }, 'a=1', 'a=1&a=9'],
    [{ replace: { querystring: ['a:9'] } }, 'odd=%zz&&=&%', 'odd=%zz&&=&%'],
  ])('%j makes of %j: %j', async (config, query, expected) => expect(await queryAfter(config, query)).toBe(expected))

  test('an argument that is added is read back by any reader, whatever it is (property)', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !/[:$]/.test(value) && value.isWellFormed())
    return fc.assert(
      fc.asyncProperty(text, text, async (name, value) => {
        const query = await queryAfter({ add: { querystring: [`${name}:${value}`] } }, null)
        expect([...new URLSearchParams(query ?? '')]).toEqual([[name, value]])
      }),
    )
  })
})

describe('a JSON body', () => {
  test.each<[unknown, string, string]>([
    [{ remove: { body: ['a'] } }, '{"a":1,"b":2}', '{"b":2}'],
    [{ rename: { body: ['a:c'] } }, '{"a":[1],"b":2}', '{"b":2,"c":[1]}'],
    [{ rename: { body: ['x:b'] } }, '{"b":2}', '{"b":2}'],
    [{ replace: { body: ['a:new', 'x:new'] } }, '{"a":false}', '{"a":"new"}'],
    [{ add: { body: ['a:new', 'x:ü'] } }, '{"a":null}', '{"a":null,"x":"ü"}'],
    [{ append: { body: ['a:2', 'b:2', 'c:2'] } }, '{"a":"1","b":[1]}', '{"a":["1","2"],"b":[1,"2"],"c":["2"]}'],
    [{ add: { body: ['p:v'] } }, '{"id":12345678901234567890,"price":1.00,"tiny":1e-7}', '{"id":12345678901234567890,"price":1.00,"tiny":1e-7,"p":"v"}'],
    [{ add: { body: ['__proto__:v'] } }, '{"a":1}', '{"a":1,"__proto__":"v"}'],
    [{ remove: { body: ['b'] } }, '{"__proto__":{"x":1},"b":1}', '{"__proto__":{"x":1}}'],
    [{ add: { body: ['p:v'] } }, '{"a":', '{"a":'],
    [{ add: { body: ['p:v'] } }, '[1]', '[1]'],
    [{ add: { body: ['p:v'] } }, 'null', 'null'],
    [{ add: { body: ['p:v'] } }, '', '{"p":"v"}'],
    [{ add: { body: ['p:v'] } }, '"\\ud800"', '"\\ud800"'],
  ])('%j makes of %s: %s', async (config, body, expected) => expect(await jsonAfter(config, body)).toBe(expected))

  test('is what it was where nothing applies (property)', () => {
    const property = fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
      const body = JSON.stringify(value)
      expect(JSON.parse(await jsonAfter({ remove: { body: ['no such member'] } }, body))).toEqual(JSON.parse(body))
    })
    return fc.assert(property)
  })

  test('that is nested too deep to be read is refused, not thrown over', async () => {
    const { reply, exchange } = await run({ add: { body: ['p:v'] } }, { headers: JSON_TYPE, body: `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}` })
    expect(reply).toEqual(BAD_REQUEST)
    expect(exchange.sentBody.startsWith('{"a":[[')).toBe(true)
  })
})

describe('a form', () => {
  test.each<[unknown, string, string]>([
    [{ remove: { body: ['a'] } }, 'a=1&b=%20', 'b=%20'],
    [{ remove: { body: ['a'] } }, 'a=1', ''],
    [{ rename: { body: ['a:b'] } }, 'a=1', 'b=1'],
    [{ add: { body: ['a:1', 'b:x y'] } }, 'a=0', 'a=0&b=x%20y'],
    [{ append: { body: ['a:1'] } }, 'a=0', 'a=0&a=1'],
  ])('%j makes of %s: %s', async (config, body, expected) => expect(await formAfter(config, body)).toBe(expected))
})

describe('a body', () => {
  test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/xml'])('of %s goes on as it is', async (type) => {
    expect((await run({ add: { body: ['p:v'] } }, { headers: { 'Content-Type': type }, body: 'a=1' })).exchange.sentBody).toBe('a=1')
  })

  test('above max_body_size is refused with 413, and left alone where the body is not to be changed', async () => {
    const request = { headers: FORM_TYPE, body: 'a=12345' }
    expect((await run({ add: { body: ['p:v'] }, max_body_size: 6 }, request)).reply).toEqual({ kind: 'error', status: 413, message: 'Payload too large' })
    expect((await run({ add: { body: ['p:v'] }, max_body_size: 7 }, request)).reply).toBeUndefined()
    expect((await run({ add: { headers: ['p:v'] }, max_body_size: 6 }, request)).reply).toBeUndefined()
  })
})

describe('method and path', () => {
  test('are those of the configuration', async () => {
    const { exchange } = await run({ http_method: 'POST', replace: { uri: '/v2/all' } })
    expect(exchange.upstream).toEqual({ ...UNCHANGED, method: 'POST', uri: '/v2/all' })
  })

  test('a form that is sent with GET becomes part of the query', async () => {
    const { exchange } = await run({ http_method: 'GET' }, { method: 'POST', query: 'q=1', headers: FORM_TYPE, body: 'a=1&b=x y#' })
    expect(exchange.query).toBe('q=1&a=1&b=x%20y%23')
    expect(exchange.sentBody).toBe('a=1&b=x y#')
  })

  test.each<[string, RequestFixture, string]>([
    ['/users/$(uri_captures.id)', { uriCaptures: { id: 'a/b' } }, '/users/a/b'],
    ['$(uri_captures[1])', { uriCaptures: { 1: 'rest' } }, '/rest'],
    ['/of/$(query_params.who)', { query: 'who=a%20b%3F%2Fc' }, '/of/a%20b%3F/c'],
    ['/of/$(headers.x_who)', { headers: { 'x-who': '%2e%2e#' } }, '/of/%252e%252e%23'],
  ])('%s with %j is %s', async (uri, request, expected) => expect((await run({ replace: { uri } }, request)).exchange.upstream.uri).toBe(expected))

  test.each(['..', '../admin', 'a/..', './x', 'a/../../b'])('a value %s that would leave its place is answered with 400', async (who) => {
    const { reply, exchange } = await run({ replace: { uri: '/of/$(query_params.who)' } }, { query: `who=${encodeURIComponent(who)}` })
    expect(reply).toEqual(BAD_REQUEST)
    expect(exchange.upstream.uri).toBeNull()
  })
})

describe('templates', () => {
  test('read the request as it came, whatever was done to it before', async () => {
    const config = { remove: { headers: ['x-a'] }, add: { headers: ['x-b:$(headers.x_a)', 'x-c:$(headers.x_b or "none")'], querystring: ['h:$(headers.x_a)'] } }
    const { exchange } = await run(config, { headers: { 'x-a': '1' } })
    expect([...exchange.requestHeaders.entries()]).toEqual([
      ['x-b', '1'],
      ['x-c', 'none'],
    ])
    expect(exchange.query).toBe('h=1')
  })

  test('that give nothing do nothing', async () => {
    expect(
      await headersAfter(
        { add: { headers: ['a:$(headers.none)'] }, append: { headers: ['b:$(query_params.none)'] }, replace: { headers: ['c:$(uri_captures.none)'] } },
        { c: '1' },
      ),
    ).toEqual([['c', '1']])
  })

  test('know the consumer', async () => {
    const add = { headers: ['x-user:$(headers["X-Consumer-Username"] or "nobody")'] }
    const userOf = async (request: RequestFixture) => (await run({ add }, request)).exchange.requestHeaders.get('x-user')
    expect(await userOf({ consumer: consumerFixture('anna') })).toBe('anna')
    expect(await userOf({ consumer: consumerFixture('anna'), headers: { 'X-Consumer-Username': 'forged' } })).toBe('anna')
    expect(await userOf({})).toBe('nobody')
  })

  test('cannot break out of a header, nor make a Host that is none', async () => {
    expect((await run({ add: { headers: ['a:$(query_params.v)'] } }, { query: 'v=x%0d%0ay:1' })).reply).toEqual(BAD_REQUEST)
    expect((await run({ replace: { headers: ['host:$(query_params.v)'] } }, { query: 'v=a%2Fb' })).reply).toEqual(BAD_REQUEST)
    expect((await run({ add: { headers: ['a:$(query_params.v)'] } }, { query: 'v=%c3%bc%ff' })).exchange.requestHeaders.get('a')).toBe('\xc3\xbc\xff')
  })

  test('write bytes of a request as text into JSON, and as escapes into a query', async () => {
    const { exchange } = await run({ add: { body: ['n:$(query_params.v)'], querystring: ['w:$(query_params.v)'] } }, { query: 'v=%C3%BC', headers: JSON_TYPE, body: '{}' })
    expect(exchange.sentBody).toBe('{"n":"ü"}')
    expect(exchange.query).toBe('v=%C3%BC&w=%C3%BC')
  })
})

test('no query, header or body makes it throw, and what it writes is legal (property)', () => {
  const config = {
    replace: { uri: '/x/$(query_params.a)' },
    add: { headers: ['h:$(query_params.a)'], querystring: ['b:$(headers.h)'], body: ['c:$(query_params.a)'] },
    rename: { querystring: ['a:z'], body: ['a:z'] },
  }
  const query = fc.oneof(
    fc.webQueryParameters(),
    fc.array(fc.constantFrom('a=', '%', '&', '%2e', '.', '/', '%0a', '=', '%C3', 'x')).map((list) => list.join('')),
  )
  return fc.assert(
    fc.asyncProperty(query, fc.string(), fc.constantFrom(JSON_TYPE, FORM_TYPE), async (text, body, headers) => {
      const { reply, exchange } = await run(config, { query: text, body, headers })
      if (reply !== undefined) expect(reply).toEqual(BAD_REQUEST)
      else expect(`${exchange.upstream.uri}?${exchange.query}`).toMatch(/^\/[\x21-\x7e]*$/)
    }),
    { numRuns: 500 },
  )
})

test('without a body to change no promise is made', () => {
  expect(createPlugin('request-transformer', { add: { headers: ['a:1'] } }).onRequest?.({ requestHeaders: { has: () => true } } as never)).toBeUndefined()
})

test.each<[unknown, string]>([
  [{ add: { headers: ['a'] } }, "add.headers.0: key 'a' has no value"],
  [{ replace: { body: ['a:'] } }, "replace.body.0: key 'a:' has no value"],
  [{ append: { querystring: [':v'] } }, "append.querystring.0: key ':v' has no value"],
  [{ rename: { body: ['a'] } }, "rename.body.0: key 'a' has no value"],
  [{ remove: { body: [''] } }, 'remove.body.0'],
  [{ remove: { body: [':a'] } }, 'remove.body.0: has no name'],
  [{ add: { headers: ['a b:1'] } }, 'add.headers.0: "a b" is no header name'],
  [{ add: { headers: ['a:1\r\nb:2'] } }, 'add.headers.0: has a control character in its value'],
  [{ add: { headers: ['Transfer-Encoding:chunked'] } }, 'add.headers.0: Transfer-Encoding belongs to the connection'],
  [{ rename: { headers: ['x-length:content-length'] } }, 'rename.headers.0: content-length belongs to the connection'],
  [{ remove: { headers: ['connection'] } }, 'remove.headers.0: connection belongs to the connection'],
  [{ replace: { headers: ['X-Forwarded-Host:a'] } }, 'replace.headers.0: the node itself writes X-Forwarded-Host after all plugins'],
  [{ add: { headers: ['X-Consumer-Username:root'] } }, 'add.headers.0: the node itself writes X-Consumer-Username after all plugins'],
  [{ add: { headers: ['a:$(os.exit())'] } }, 'add.headers.0: $(os.exit()) is no template'],
  [{ add: { body: ['a:$(shared.x)'] } }, 'add.body.0: $(shared.x) cannot be read: plugins share no values here'],
  [{ replace: { uri: 'v2' } }, 'replace.uri: must start with / or a template'],
  [{ replace: { uri: '/a?b=1' } }, 'replace.uri: is the path alone: arguments are set by querystring'],
  [{ replace: { uri: '/a/../b' } }, 'replace.uri: may not have . and .. as parts'],
  [{ replace: { uri: '/a b' } }, 'replace.uri: has a character that a path cannot have'],
  [{ replace: { uri: '/%zz' } }, 'replace.uri: has a character that a path cannot have'],
  [{ http_method: 'post' }, 'http_method: must be a method in capitals'],
  [{ http_method: 'HEAD' }, 'http_method: HEAD cannot be set'],
  [{ http_method: 'TRACE' }, 'http_method: CONNECT and TRACE are never sent upstream'],
  [{ max_body_size: 2 ** 25 }, 'max_body_size'],
  [{ add: { headers: Array.from({ length: 257 }, (_, index) => `a${index}:1`) } }, 'add.headers'],
  [{ add: { header: ['a:1'] } }, 'add: header'],
  [{ added: {} }, ': added'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('request-transformer', config).some((text) => text.startsWith(problem))).toBe(true)
})
