import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { isTest, listFiles, ROOT, readSources, type Source } from './sources.ts'

const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 70
const EMPTY_ROOMS = /(^|\/)(utils?|helpers?|common|misc|types|lib)(\/|\.tsx?$)/
// Written in pieces, so that this file does not contain what it forbids.
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X'.repeat(3), 'not impl' + 'emented', 'coming so' + 'on'].join('|')})\\b`)
const OUTSIDE_NAMES = new RegExp(['\\.\\./sha' + 'red/', '/wo' + 'rk/', 'registry\\.npm' + 'js', 'farm-' + 'bench', 'farm-' + 'studio'].join('|'))
const SWITCHED_OFF = new RegExp(`\\b(test|it|describe)\\.(${['sk' + 'ip', 'on' + 'ly', 'to' + 'do'].join('|')})\\(`)

test(`no source file has more than ${FILE_LINES_MAX} lines`, () => {
  const long = readSources().filter((source) => source.text.split('\n').length > FILE_LINES_MAX)
  expect(long.map((source) => `${source.path}: ${source.text.split('\n').length}`)).toEqual([])
})

test(`no function outside tests has more than ${FUNCTION_LINES_MAX} lines`, () => {
  const long = readSources()
    .filter((source) => !isTest(source.path))
    .flatMap((source) => source.functions.filter((entry) => entry.lines > FUNCTION_LINES_MAX).map((entry) => `${source.path}:${entry.line} ${entry.name} ${entry.lines}`))
  expect(long).toEqual([])
})

test('no room is named for what it is not', () => {
  expect(listFiles('.ts', '.tsx').filter((path) => EMPTY_ROOMS.test(path))).toEqual([])
})

test('files are named in kebab-case', () => {
  const named = listFiles('.ts', '.tsx').filter((path) => !/^[a-z0-9.[\]-]+$/.test(basename(path)))
  expect(named).toEqual([])
})

test('nothing is left unfinished and no test is switched off', () => {
  const lines = readSources().flatMap((source) =>
    source.text.split('\n').flatMap((line, index) => (UNFINISHED.test(line) || SWITCHED_OFF.test(line) ? [`${source.path}:${index + 1} ${line.trim()}`] : [])),
  )
  expect(lines).toEqual([])
})

test('the repository speaks of itself alone', () => {
  const files = listFiles('.ts', '.tsx', '.mjs', '.md', '.json', '.css', '.prisma', '.sql', '.yaml').filter((path) => path !== 'package-lock.json')
  expect(files.filter((path) => OUTSIDE_NAMES.test(readFileSync(join(ROOT, path), 'utf8')))).toEqual([])
})

test('no file is a symbolic link', () => {
  // A link leads to a file of the machine where it was made: a clone elsewhere would have nothing there, or itself.
  const installed = new Set(['node_modules', '.git', '.next', '.turbo', 'data'])
  const links = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (installed.has(entry.name)) return []
      return entry.isSymbolicLink() ? [path] : entry.isDirectory() ? links(path) : []
    })
  expect(links('')).toEqual([])
})

/** The node with what it shares, and the control plane. A test outside of both counts for the plane whose processes or sources it uses. */
const PLANES = { node: { sources: /^(apps\/dataplane|packages)\//, ratioMin: 0.75 }, 'control plane': { sources: /^apps\/admin\//, ratioMin: 0.4 } } as const

function planeOf(source: Source): keyof typeof PLANES | null {
  if (PLANES.node.sources.test(source.path)) return 'node'
  if (PLANES['control plane'].sources.test(source.path)) return 'control plane'
  if (!/^test\/(integration|conformance|chaos|e2e)\//.test(source.path)) return null
  const usesControlPlane = source.path.startsWith('test/e2e/') || source.path.includes('control-plane') || source.path.includes('api-client')
  return usesControlPlane || source.imports.some(({ file }) => file !== null && /^apps\/admin\/|control-plane|api-client/.test(file)) ? 'control plane' : 'node'
}

// The aim is 1.5; the alarm keeps each plane from sliding below what it has.
test.each(Object.entries(PLANES))('the %s has tests in proportion to its sources', (plane, { ratioMin }) => {
  const own = readSources().filter((source) => planeOf(source) === plane)
  const lines = (sources: Source[]) => sources.reduce((sum, { text }) => sum + text.split('\n').length, 0)
  const testLines = lines(own.filter(({ path }) => isTest(path)))
  const sourceLines = lines(own.filter(({ path }) => !isTest(path)))
  console.log(`${plane}: test lines ${testLines}, source lines ${sourceLines}, ratio ${(testLines / sourceLines).toFixed(2)}`)
  expect(testLines / sourceLines).toBeGreaterThan(ratioMin)
})
