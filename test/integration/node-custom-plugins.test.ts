import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { NodeProcess, until } from './harness/node-process.ts'
import { Origin } from './harness/origin.ts'
import { sendRaw } from './harness/raw-request.ts'

/** Plugins of a user: loaded from a directory anywhere, and kept from doing harm beyond their own requests. */

const EXAMPLES = join(import.meta.dirname, '../../examples/plugins')
const LOADER = pathToFileURL(join(import.meta.dirname, '../../packages/plugins/custom-plugins.ts')).href
let origin: Origin
let directory: string

beforeAll(async () => {
  origin = await Origin.start('echo')
})
afterAll(() => origin?.stop())
beforeEach(() => {
  origin.received.length = 0
  directory = mkdtempSync(join(tmpdir(), 'sluice-plugins-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

interface Plugin {
  name: string
  config?: Record<string, unknown>
}

async function serve(node: NodeProcess, plugins: Plugin[]) {
  return node.postConfig({ _format_version: '3.0', services: [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins }] }] })
}

/** Text of a plugin that has these hooks. */
const pluginText = (name: string, body: string, more: { priority?: number; config?: string } = {}) => `
import { definePlugin, definePluginSchema } from '@sluice/plugin-sdk'
import * as z from 'zod'
const schema = definePluginSchema({ name: '${name}', title: 'Test', category: 'traffic', summary: 'A test.', scopes: ['global', 'route'], protocols: ['http', 'https'], config: ${more.config ?? 'z.strictObject({})'} })
export default definePlugin({ schema, priority: ${more.priority ?? 500}, create(config, environment) { return { ${body} } } })
`

describe('the example', () => {
  let node: NodeProcess
  beforeAll(async () => {
    node = await NodeProcess.start({ env: { SLUICE_PLUGINS_DIR: EXAMPLES, SLUICE_WORKERS: '2' } })
    await serve(node, [{ name: 'api-version', config: { versions: ['2', '1'], sunset: { 1: '2027-01-31' } } }])
  })
  afterAll(() => node?.stop())

  test('runs in every worker: it refuses, sets a header upstream and one for the client', async () => {
    const ask = (headers: string[]) => sendRaw({ base: node.proxy, path: '/', headers })
    for (let index = 0; index < 8; index += 1) {
      expect(await ask(['X-Api-Version', '3'])).toMatchObject({ status: 400, body: '{"message":"X-Api-Version must be one of 2, 1"}' })
      expect((await ask([])).headers.sunset).toBeUndefined()
      expect((await ask(['X-Api-Version', '1'])).headers.sunset).toBe('Sun, 31 Jan 2027 00:00:00 GMT')
    }
    expect(origin.received.slice(0, 2).map(({ headers }) => headers['x-api-version'])).toEqual(['2', '1'])
  })

  test.each([
    [{}, 'versions'],
    [{ versions: ['1'], other: 1 }, 'other'],
    [{ versions: ['1'], sunset: { 1: 'tomorrow' } }, 'sunset'],
  ])('is held to its schema: %j is refused at its field', async (config, field) => {
    const answer = await serve(node, [{ name: 'api-version', config }])
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain(`config.${field}`)
  })
})

const DEFECTS: [string, string, string][] = [
  ['a throw', "onRequest() { throw new Error('a defect') }", 'a defect'],
  ['a rejected promise', "async onRequest() { throw new Error('a defect') }", 'a defect'],
  ['a number in place of a reply', 'onRequest() { return 42 }', 'onRequest gave what is no reply'],
  ['a promise of garbage', "async onRequest() { return { kind: 'json', status: 99999, body: {} } }", 'onRequest gave what is no reply'],
  [
    'a reply with a header that is none',
    "onRequest() { return { kind: 'raw', status: 200, body: '', contentType: null, headers: { 'X-A': 'a\\r\\nb' } } }",
    'onRequest gave what is no reply',
  ],
  ['a reply with a circle in it', "onRequest() { const a = {}; a.a = a; return { kind: 'json', status: 200, body: a } }", 'onRequest gave what is no reply'],
  ['a thenable that throws', "onRequest() { return { then() { throw new Error('a defect') } } }", 'a defect'],
  ['a query that is none', 'onRequest(exchange) { exchange.query = 5 }', 'query must be'],
  ['a rewrite that throws', "onRequest() {}, onResponse(exchange) { exchange.rewriteResponse(1000, () => { throw new Error('a defect') }) }", 'a defect'],
  ['a rewrite that gives garbage', "onResponse(exchange) { exchange.rewriteResponse(1000, () => 'text') }", 'gave neither bytes nor null'],
]

describe('a defect stays within its request', () => {
  test('and is answered with 500, with the name of the plugin in the log, whatever it is', async () => {
    for (const [index, [, body]] of DEFECTS.entries()) writeFileSync(join(directory, `faulty-${index}.ts`), pluginText(`faulty-${index}`, body))
    const node = await NodeProcess.start({ env: { SLUICE_PLUGINS_DIR: directory, SLUICE_WORKERS: '1' } })
    try {
      for (const [index, [what, , reason]] of DEFECTS.entries()) {
        const name = `faulty-${index}`
        expect((await serve(node, [{ name }])).status, what).toBe(201)
        for (let count = 0; count < 2; count += 1) expect((await sendRaw({ base: node.proxy, path: '/' })).status, what).toBe(500)
        await until(`${what} in the log`, () => (node.output.split('\n').some((line) => line.includes(name) && line.includes(reason)) ? true : null))
      }
      expect((await serve(node, [])).status).toBe(201)
      expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(200)
      expect(node.output).not.toContain('worker crashed')
    } finally {
      await node.stop()
    }
  })

  test('what cannot be made, and what throws where nobody waits, ends no worker', async () => {
    writeFileSync(join(directory, 'unmade.ts'), pluginText('unmade', '').replace('return { ', "throw new Error('not today'); return { "))
    writeFileSync(
      join(directory, 'later.ts'),
      pluginText(
        'later',
        "onRequest() { setTimeout(() => { throw new Error('in a timer') }, 1); Promise.reject(new Error('forgotten')) }, async onResponse() { throw new Error('too late') }, onEnd() { throw new Error('at the end') }",
      ),
    )
    const node = await NodeProcess.start({ env: { SLUICE_PLUGINS_DIR: directory, SLUICE_WORKERS: '1' } })
    try {
      await serve(node, [{ name: 'unmade' }])
      expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(500)
      await until('the reason in the log', () => (/"plugin":"unmade".*not today/.test(node.output) ? true : null))
      await serve(node, [{ name: 'later' }])
      for (let index = 0; index < 3; index += 1) expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(200)
      for (const text of ['in a timer', 'forgotten', 'too late', 'at the end']) await until(text, () => (node.output.includes(text) ? true : null))
      expect((await sendRaw({ base: node.proxy, path: '/' })).status).toBe(200)
      expect(node.output).not.toContain('worker crashed')
    } finally {
      await node.stop()
    }
  })
})

test('priority says when a plugin runs, beside those of Sluice', async () => {
  const trace = (name: string) => `onRequest(exchange) { exchange.requestHeaders.add('X-Trace', '${name}:' + (exchange.consumer?.username ?? '-')) }`
  writeFileSync(join(directory, 'late.ts'), pluginText('late', trace('late'), { priority: 1 }))
  mkdirSync(join(directory, 'early'))
  writeFileSync(join(directory, 'early/plugin.ts'), pluginText('early', trace('early'), { priority: 5_000 }))
  writeFileSync(join(directory, '_shared.ts'), 'export const shared = 1')
  const node = await NodeProcess.start({ env: { SLUICE_PLUGINS_DIR: directory } })
  try {
    const answer = await node.postConfig({
      _format_version: '3.0',
      services: [{ name: 's', url: origin.url, routes: [{ name: 'r', paths: ['/'], plugins: [{ name: 'late' }, { name: 'early' }, { name: 'key-auth' }] }] }],
      consumers: [{ username: 'anna', keyauth_credentials: [{ key: 'key-of-anna' }] }],
    })
    expect(answer.status).toBe(201)
    await sendRaw({ base: node.proxy, path: '/', headers: ['apikey', 'key-of-anna'] })
    expect(origin.received[0]?.headers['x-trace']).toBe('early:-, late:anna')
  } finally {
    await node.stop()
  }
})

/** What installing each file alone says, in one process. */
function problemsOf(files: Record<string, string>): Record<string, string> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(directory, `of-${file}`))
    writeFileSync(join(directory, `of-${file}`, file), text)
  }
  const script = `
    import { installCustomPlugins } from ${JSON.stringify(LOADER)}
    const said = {}
    for (const file of ${JSON.stringify(Object.keys(files))}) said[file] = await installCustomPlugins(${JSON.stringify(directory)} + '/of-' + file).then(() => '', (error) => error.name + ' ' + error.message)
    console.log(JSON.stringify(said))`
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as Record<string, string>
}

describe('a plugin that cannot be used', () => {
  test('is named by its file with the reason', () => {
    const cases: [string, string, string][] = [
      ['broken.ts', 'export default {', 'it cannot be loaded'],
      ['enum.ts', 'enum A { B }\nexport default A', 'it cannot be loaded'],
      ['missing.ts', "import './nothing.ts'\nexport default 1", 'it cannot be loaded'],
      ['throws.ts', "throw new Error('on purpose')", 'on purpose'],
      ['empty.ts', 'export const a = 1', 'it has no default export'],
      ['number.ts', 'export default 5', 'expected object'],
      ['name.ts', pluginText('Bad Name', ''), 'schema.name must be'],
      ['taken.ts', pluginText('key-auth', ''), 'there is a plugin key-auth already'],
      ['priority.ts', pluginText('a-plugin', '').replace('priority: 500', "priority: 'high'"), 'priority'],
      ['config.ts', pluginText('a-plugin', '', { config: '{}' }), 'schema.config must be a schema of zod'],
      ['list.ts', pluginText('a-plugin', '', { config: 'z.array(z.string())' }), 'schema.config must be an object'],
    ]
    const said = problemsOf(Object.fromEntries(cases))
    for (const [file, , reason] of cases) {
      expect(said[file], file).toMatch(new RegExp(`the plugin in [^\\n]*${file.replace('.', '\\.')} cannot be used: `))
      expect(said[file], file).toContain(reason)
    }
  })

  test('stops the start of a node', async () => {
    writeFileSync(join(directory, 'broken.ts'), 'export default {')
    await expect(NodeProcess.start({ env: { SLUICE_PLUGINS_DIR: directory } })).rejects.toThrow(
      /SLUICE_PLUGINS_DIR: the plugin in [^\n]*broken\.ts cannot be used: it cannot be loaded/,
    )
  })

  test('nor is there a start with a directory that is not there', async () => {
    await expect(NodeProcess.start({ env: { SLUICE_PLUGINS_DIR: join(directory, 'none') } })).rejects.toThrow(/none cannot be used: the directory cannot be read \(ENOENT\)/)
  })
})
