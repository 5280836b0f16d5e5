import { describe, expect, test } from 'vitest'
import type { RequestFixture } from '../testing/exchange-fixture.ts'
import { ask, createPlugin, problems } from '../testing/run-plugin.ts'

const BODY = { kind: 'json', status: 400, body: { message: "request body doesn't conform to schema" } }
const PARAMETER = { kind: 'json', status: 400, body: { message: "request param doesn't conform to schema" } }
const TYPE = { kind: 'json', status: 400, body: { message: 'specified Content-Type is not allowed' } }
const NAMED = { version: 'draft202012', body_schema: '{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}' }

const reply = async (config: unknown, request: RequestFixture) => (await ask(createPlugin('request-validator', config), request)).reply
const post = (body: string, type: string | null = 'application/json'): RequestFixture => ({ method: 'POST', body, headers: type === null ? {} : { 'Content-Type': type } })

describe('a body', () => {
  test('goes on where it fits, as it was', async () => {
    const { reply: refusal, exchange } = await ask(createPlugin('request-validator', NAMED), post('{ "name":"anna" }'))
    expect(refusal).toBeUndefined()
    expect(exchange.sentBody).toBe('{ "name":"anna" }')
  })

  test.each(['{}', '{"name":1}', '[]', '{"name":"a"', '', '\ufffe', '"\\ud800'])('is refused where it does not: %j', async (body) => {
    expect(await reply(NAMED, post(body))).toEqual(BODY)
  })

  test('is refused where it is not there, and its method has one', async () => {
    expect(await reply(NAMED, { method: 'POST' })).toEqual(BODY)
    expect(await reply(NAMED, { method: 'GET' })).toBeUndefined()
    expect(await reply({ parameter_schema: [{ in: 'query', name: 'a', required: false }] }, { method: 'POST' })).toBeUndefined()
  })

  test('is described in Kong’s own format unless a version says otherwise', async () => {
    const config = { body_schema: '[{"name":{"type":"string","required":true}}]' }
    expect(await reply(config, post('{"name":"anna"}'))).toBeUndefined()
    expect(await reply(config, post('{"other":"anna"}'))).toEqual(BODY)
  })

  test('is too large with 413', async () => {
    expect(await reply({ ...NAMED, max_body_size: 10 }, post('{"name":"anna"}'))).toEqual({ kind: 'error', status: 413, message: 'Payload too large' })
  })

  test('that is nested deeper than its schema can be followed is refused, not an error of the gateway', async () => {
    const config = { version: 'draft202012', body_schema: '{"items":{"$ref":"#"}}' }
    expect(await reply(config, post(`${'['.repeat(200_000)}${']'.repeat(200_000)}`))).toEqual(BODY)
  })

  test('is told what is wrong with verbose_response', async () => {
    expect(await reply({ ...NAMED, verbose_response: true }, post('{"name":1}'))).toEqual({
      ...BODY,
      body: { ...BODY.body, errors: [{ path: '/name', message: 'must be string' }] },
    })
  })
})

describe('a content type', () => {
  test.each<[Record<string, unknown>, string | null, unknown]>([
    [{}, 'application/json', undefined],
    [{}, 'text/plain', TYPE],
    [{}, null, TYPE],
    [{}, 'application/json; charset=utf-8', TYPE],
    [{ content_type_parameter_validation: false }, 'application/json; charset=utf-8', undefined],
    [{ allowed_content_types: ['application/json; charset=utf-8'] }, 'application/json; charset=UTF-8', undefined],
    [{ allowed_content_types: [] }, 'application/json', TYPE],
  ])('with %j: %j', async (config, type, expected) => {
    expect(await reply({ ...NAMED, ...config }, post('{"name":"a"}', type))).toEqual(expected)
  })

  test('that is allowed and no JSON is not held to the schema; one that ends in +json is', async () => {
    const config = { ...NAMED, allowed_content_types: ['*/*'] }
    expect(await reply(config, post('{}', 'text/plain'))).toBeUndefined()
    expect(await reply(config, post('{}', 'application/problem+json'))).toEqual(BODY)
  })

  test('that is there twice is none', async () => {
    expect(await reply({ ...NAMED, allowed_content_types: ['*/*'] }, { ...post('{}'), headers: { 'Content-Type': ['text/plain', 'application/json'] } })).toEqual(TYPE)
  })
})

describe('a parameter', () => {
  const of = (parameter: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    version: 'draft202012',
    parameter_schema: [{ required: false, ...parameter }],
    ...more,
  })
  const page = { in: 'query', name: 'page', schema: '{"type":"integer","minimum":1}' }
  const tags = { in: 'header', name: 'X-Tags', schema: '{"type":"array","items":{"type":"integer"},"maxItems":3}' }
  const id = { in: 'path', name: 'id', required: true, schema: '{"type":"string","format":"uuid"}' }
  const filter = {
    in: 'query',
    name: 'filter',
    style: 'deepObject',
    explode: true,
    schema: '{"type":"object","properties":{"min":{"type":"number"}},"additionalProperties":false}',
  }

  test.each<[Record<string, unknown>, RequestFixture, unknown]>([
    [page, { query: 'page=1' }, undefined],
    [page, { query: 'page=%31' }, undefined],
    [page, { query: 'a=b' }, undefined],
    [page, { query: 'page=0' }, PARAMETER],
    [page, { query: 'page=x' }, PARAMETER],
    [page, { query: 'page=1&page=2' }, PARAMETER],
    [page, { query: '%70age=0' }, PARAMETER],
    [{ ...page, required: true }, {}, PARAMETER],
    [{ ...page, required: true, schema: null }, { query: 'page' }, undefined],
    [tags, { headers: { 'x-tags': '1,2' } }, undefined],
    [tags, { headers: { 'x-tags': ['1', '2'] } }, undefined],
    [tags, { headers: { 'x-tags': '1,a' } }, PARAMETER],
    [tags, { headers: { 'x-tags': ['1,2', '3,4'] } }, PARAMETER],
    [id, { uriCaptures: { id: '123e4567-e89b-12d3-a456-426614174000' } }, undefined],
    [id, { uriCaptures: { id: '123' } }, PARAMETER],
    [id, { uriCaptures: { id: false } }, PARAMETER],
    [id, {}, PARAMETER],
    [filter, { query: 'filter[min]=1.5' }, undefined],
    [filter, { query: 'filter%5Bmin%5D=x' }, PARAMETER],
    [filter, { query: 'filter[max]=1' }, PARAMETER],
    [filter, { query: 'filter[min]=1&filter[min]=2' }, PARAMETER],
    [{ in: 'query', name: 'on', schema: '{"type":"boolean"}' }, { query: 'on=true' }, undefined],
    [{ in: 'query', name: 'on', schema: '{"type":"boolean"}' }, { query: 'on=yes' }, PARAMETER],
    [{ in: 'query', name: 'q', schema: '{"type":"string","pattern":"^é x$"}' }, { query: 'q=%C3%A9+x' }, undefined],
  ])('%j of %j', async (parameter, request, expected) => expect(await reply(of(parameter), request)).toEqual(expected))

  test('is named by a refusal with verbose_response', async () => {
    const { body } = (await reply(of(page, { verbose_response: true }), { query: 'page=0' })) as { body: unknown }
    expect(body).toEqual({ ...PARAMETER.body, errors: [{ path: 'query page', message: 'must be >= 1' }] })
  })

  test('has a schema of draft 4 beside a body of Kong’s', async () => {
    const config = of({ ...page, schema: '{"type":"integer","minimum":1,"exclusiveMinimum":true}' }, { version: 'kong' })
    expect(await reply(config, { query: 'page=1' })).toEqual(PARAMETER)
    expect(await reply(config, { query: 'page=2' })).toBeUndefined()
  })
})

const parameter = { in: 'query', name: 'a', required: true }
test.each<[unknown, string]>([
  [{}, 'body_schema: there must be body_schema or parameter_schema'],
  [{ parameter_schema: [] }, 'body_schema: there must be'],
  [{ body_schema: '{' }, 'body_schema: is not JSON'],
  [{ body_schema: '{"type":"object"}' }, 'body_schema: the schema must be a list of fields'],
  [{ body_schema: '[{"a":{"type":"x"}}]' }, 'body_schema: the schema.0.a.type'],
  [{ body_schema: '{"$ref":"https://other.test"}', version: 'draft7' }, 'body_schema: #/$ref'],
  [{ body_schema: '{"pattern":"(?<=a)b"}', version: 'draft7' }, 'body_schema: #/pattern invalid regex'],
  [{ body_schema: '{}', version: 'draft5' }, 'version'],
  [{ body_schema: 5 }, 'body_schema'],
  [{ parameter_schema: [{ ...parameter, schema: '{"typ":1}' }], version: 'draft7' }, 'parameter_schema.0.schema: #/typ'],
  [{ parameter_schema: [{ ...parameter, style: 'matrix' }] }, 'parameter_schema.0.style: must be form'],
  [{ parameter_schema: [{ ...parameter, in: 'path', style: 'form' }] }, 'parameter_schema.0.style: must be simple'],
  [{ parameter_schema: [{ ...parameter, in: 'cookie' }] }, 'parameter_schema.0.in'],
  [{ parameter_schema: [{ in: 'query', name: 'a' }] }, 'parameter_schema.0.required'],
  [{ parameter_schema: [{ ...parameter, name: '' }] }, 'parameter_schema.0.name'],
  [{ parameter_schema: [{ ...parameter, kind: 1 }] }, 'parameter_schema.0: kind'],
  [{ parameter_schema: [{ ...parameter, explode: 'yes' }] }, 'parameter_schema.0.explode'],
  [{ parameter_schema: [parameter], allowed_content_types: ['json'] }, 'allowed_content_types.0: must be a media type'],
  [{ parameter_schema: [parameter], max_body_size: 16_777_217 }, 'max_body_size'],
  [{ parameter_schema: [parameter], verbose_response: 1 }, 'verbose_response'],
  [{ parameter_schema: [parameter], content_type_parameter_validation: 'no' }, 'content_type_parameter_validation'],
  [{ parameter_schema: [parameter], array_length_compat: 0 }, 'array_length_compat'],
])('%j is refused at its field', (config, problem) => {
  expect(problems('request-validator', config).some((text) => text.startsWith(problem))).toBe(true)
})
