import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseSync } from 'oxc-parser'

export const ROOT = join(import.meta.dirname, '../..')
const SKIPPED = new Set(['node_modules', '.next', '.git', '.turbo', 'generated', 'data'])

export interface Import {
  /** As written. */
  specifier: string
  /** Path from the root where the import stays in the repository, else null. */
  file: string | null
  isTypeOnly: boolean
}

export interface Source {
  /** Path from the root, with `/`. */
  path: string
  text: string
  imports: Import[]
  functions: { name: string; line: number; lines: number }[]
}

function walk(folder: string, ends: readonly string[]): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return walk(path, ends)
    return ends.some((end) => entry.name.endsWith(end)) ? [path] : []
  })
}

/** Every text file of the repository with one of these endings, as paths from the root. */
export function listFiles(...ends: string[]): string[] {
  return walk(ROOT, ends).map((path) => relative(ROOT, path).replaceAll('\\', '/'))
}

const PACKAGES: Record<string, string> = { '@sluice/shared/': 'packages/shared/src/', '@sluice/plugins/': 'packages/plugins/' }

function resolveImport(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return join(dirname(from), specifier).replaceAll('\\', '/')
  const prefix = Object.keys(PACKAGES).find((name) => specifier.startsWith(name))
  return prefix === undefined ? null : `${PACKAGES[prefix]}${specifier.slice(prefix.length)}.ts`
}

interface SyntaxNode {
  type: string
  start: number
  end: number
  id?: { name?: string } | null
  [key: string]: unknown
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string'
}

function collectFunctions(node: unknown, found: SyntaxNode[]): void {
  if (Array.isArray(node)) for (const child of node) collectFunctions(child, found)
  else if (isNode(node)) {
    if (FUNCTIONS.has(node.type)) found.push(node)
    for (const value of Object.values(node)) if (typeof value === 'object') collectFunctions(value, found)
  }
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const parsed = parseSync(path, text)
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`)
  const imports: Import[] = parsed.module.staticImports.map((entry) => ({
    specifier: entry.moduleRequest.value,
    file: resolveImport(path, entry.moduleRequest.value),
    isTypeOnly: entry.entries.length > 0 && entry.entries.every((name) => name.isType),
  }))
  for (const entry of parsed.module.staticExports.flatMap((statement) => statement.entries)) {
    if (entry.moduleRequest) imports.push({ specifier: entry.moduleRequest.value, file: resolveImport(path, entry.moduleRequest.value), isTypeOnly: entry.isType })
  }
  for (const entry of parsed.module.dynamicImports) {
    const written = text.slice(entry.moduleRequest.start, entry.moduleRequest.end)
    const literal = /^['"](.+)['"]$/.exec(written)?.[1]
    if (literal !== undefined) imports.push({ specifier: literal, file: resolveImport(path, literal), isTypeOnly: false })
  }
  const found: SyntaxNode[] = []
  collectFunctions(parsed.program, found)
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  const functions = found.map((node) => ({ name: node.id?.name ?? '(anonymous)', line: lineOf(node.start), lines: lineOf(node.end) - lineOf(node.start) + 1 }))
  return { path, text, imports, functions }
}

let cache: Source[] | null = null

/** Every TypeScript source of the repository, parsed once. */
export function readSources(): Source[] {
  cache ??= listFiles('.ts', '.tsx')
    .filter((path) => !path.endsWith('.d.ts'))
    .map(readSource)
  return cache
}

export function isTest(path: string): boolean {
  return path.includes('.test.') || path.startsWith('test/') || path.includes('/testing/')
}
