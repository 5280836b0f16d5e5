#!/usr/bin/env node
// Prisma's command line wants a native schema engine from a host of its own. This speaks the same JSON-RPC on stdio with the WASM
// engine of the same version over an in-memory PGlite, so that migrations can be written and checked with what npm carries.
// Use: PRISMA_SCHEMA_ENGINE_BINARY=$PWD/scripts/schema-engine.mjs prisma migrate diff …
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaPGlite } from 'pglite-prisma-adapter'

const args = process.argv.slice(2)
if (args.includes('--version')) {
  console.log('schema-engine-cli wasm')
  process.exit(0)
}

const datamodels = args.flatMap((arg, index) => (arg === '--datamodels' ? [args[index + 1]] : []))

globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => process.stderr.write(`panic: ${message}\n`) }
const wasmFile = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
const bindings = await import(pathToFileURL(wasmFile).href)
const { instance } = await WebAssembly.instantiate(readFileSync(join(dirname(wasmFile), 'schema_engine_bg.wasm')), { './schema_engine_bg.js': bindings })
bindings.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()

function makeFactory() {
  const main = new PrismaPGlite(new PGlite())
  return { provider: main.provider, adapterName: main.adapterName, connect: () => main.connect(), connectToShadowDb: () => new PrismaPGlite(new PGlite()).connect() }
}

let started
function engine() {
  const models = datamodels.length === 0 ? undefined : datamodels.map((file) => [file, readFileSync(file, 'utf8')])
  started ??= bindings.SchemaEngine.new({ datamodels: models }, () => {}, bindMigrationAwareSqlAdapterFactory(makeFactory()))
  return started
}

let printed = 0
let open = 0
let isClosed = false
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const endWhenIdle = () => isClosed && open === 0 && process.exit(0)

async function answer({ id, method, params }) {
  const name = method === 'getDatabaseVersion' ? 'version' : method
  const result = (await (await engine())[name](params ?? {})) ?? {}
  if (method === 'diff' && result.stdout != null) {
    printed += 1
    send({ id: 1_000_000 + printed, method: 'print', params: { content: result.stdout } })
    result.stdout = null
  }
  send({ id, result })
}

const lines = createInterface({ input: process.stdin })
lines.on('close', () => {
  isClosed = true
  endWhenIdle()
})
lines.on('line', async (line) => {
  const message = JSON.parse(line)
  if (!message.method) return
  open += 1
  try {
    await answer(message)
  } catch (error) {
    const text = error?.message ?? String(error)
    send({ id: message.id, error: { code: 4466, message: text, data: { is_panic: false, message: text, meta: error?.meta ?? null, error_code: error?.code ?? null } } })
  }
  open -= 1
  endWhenIdle()
})
