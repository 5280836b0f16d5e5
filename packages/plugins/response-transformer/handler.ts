import { JsonMembers } from '@sluice/shared/json-members'
import type * as z from 'zod'
import { definePluginHandler, type HeaderFields, type PluginInstance, type ResponseRewrite } from '../contract.ts'
import { splitEntry } from '../transformer-entries.ts'
import { responseTransformerSchema } from './schema.ts'
import { typedValue, type ValueType } from './typed-value.ts'

type Config = z.output<typeof responseTransformerSchema.config>

interface Assignment<Value> {
  name: string
  value: Value
}

interface Operations<Value> {
  remove: readonly string[]
  rename: readonly { name: string; value: string }[]
  replace: readonly Assignment<Value>[]
  add: readonly Assignment<Value>[]
  append: readonly Assignment<Value>[]
}

/** Fields that speak of the bytes of a body that becomes another. */
const OF_BYTES = ['content-md5', 'content-digest', 'digest', 'accept-ranges']

function isEmpty<Value>({ remove, rename, replace, add, append }: Operations<Value>): boolean {
  return [remove, rename, replace, add, append].every((list) => list.length === 0)
}

function headerOperations({ remove, rename, replace, add, append }: Config): Operations<string> | null {
  const operations = {
    remove: remove.headers.map((entry) => splitEntry(entry).name),
    rename: rename.headers.map(splitEntry),
    replace: replace.headers.map(splitEntry),
    add: add.headers.map(splitEntry),
    append: append.headers.map(splitEntry),
  }
  return isEmpty(operations) ? null : operations
}

function jsonOperations({ remove, rename, replace, add, append }: Config): Operations<unknown> | null {
  const typed = ({ json, json_types }: { json: readonly string[]; json_types: readonly ValueType[] }) =>
    json.map((entry, index) => {
      const { name, value } = splitEntry(entry)
      return { name, value: typedValue(value, json_types[index] ?? 'string') }
    })
  const operations = {
    remove: remove.json.map((entry) => splitEntry(entry).name),
    rename: rename.json.map(splitEntry),
    replace: typed(replace),
    add: typed(add),
    append: typed(append),
  }
  return isEmpty(operations) ? null : operations
}

function changeHeaders(operations: Operations<string>, headers: HeaderFields): void {
  for (const name of operations.remove) headers.remove(name)
  for (const { name, value: to } of operations.rename) {
    const values = headers.getAll(name)
    if (values.length === 0) continue
    headers.remove(name)
    headers.remove(to)
    for (const value of values) headers.add(to, value)
  }
  for (const { name, value } of operations.replace) if (headers.has(name)) headers.set(name, value)
  for (const { name, value } of operations.add) if (!headers.has(name)) headers.add(name, value)
  for (const { name, value } of operations.append) headers.add(name, value)
}

/** Throws RangeError where the body is nested too deep: what may be there to be removed must not go out because nobody could look. */
function changeJson(operations: Operations<unknown>, body: Uint8Array): Uint8Array | null {
  const members = body.byteLength === 0 ? null : JsonMembers.parse(body)
  if (members === null) return null
  for (const name of operations.remove) members.remove(name)
  for (const { name, value } of operations.rename) members.rename(name, value)
  for (const { name, value } of operations.replace) if (members.has(name)) members.set(name, value)
  for (const { name, value } of operations.add) if (!members.has(name)) members.set(name, value)
  for (const { name, value } of operations.append) members.append(name, value)
  return Buffer.from(members.toText())
}

function isJson(contentType: string | null): boolean {
  return contentType !== null && contentType.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}

export const responseTransformerHandler = definePluginHandler(responseTransformerSchema, (config) => {
  const ofHeaders = headerOperations(config)
  const ofJson = jsonOperations(config)
  const rewrite: ResponseRewrite | null = ofJson === null ? null : (body) => changeJson(ofJson, body)
  const onRequest: NonNullable<PluginInstance['onRequest']> = ({ requestHeaders }) => {
    // A compressed answer could not be read.
    requestHeaders.remove('accept-encoding')
    return undefined
  }
  return {
    ...(rewrite === null ? {} : { onRequest }),
    onResponse(exchange) {
      const headers = exchange.responseHeaders
      if (ofHeaders !== null) changeHeaders(ofHeaders, headers)
      if (rewrite === null || !isJson(headers.get('content-type'))) return
      for (const name of OF_BYTES) headers.remove(name)
      exchange.rewriteResponse(config.max_body_size, rewrite)
    },
  }
})
