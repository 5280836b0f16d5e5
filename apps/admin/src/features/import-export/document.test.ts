import { describe, expect, test } from 'vitest'
import { DOCUMENT_LENGTH_MAX, documentName, documentProblem, formatOf, linesOf } from './document.ts'

const YAML = `_format_version: "3.0"
services:
  - name: orders
    url: http://orders.internal
    routes:
      - paths: [/orders]
      - paths:
          - /a
          - b
plugins:
  - name: nothing
`

const lineOf = (text: string, path: string) => linesOf(text, [{ path, message: '' }])[0]

describe('where an issue stands', () => {
  test.each([
    ['_format_version', 1],
    ['services', 2],
    ['services[0].name', 3],
    ['services[0].url', 4],
    ['services[0].routes[1].paths', 7],
    ['services[0].routes[1].paths[1]', 9],
    ['plugins[0].name', 11],
  ])('%s is at line %d', (path, line) => {
    expect(lineOf(YAML, path)).toBe(line)
  })

  test.each([
    ['services[0].port', 3],
    ['services[0].routes[9].name', 5],
    ['plugins[0].config.minute', 11],
  ])('%s is not there: the line is that of what it is missing in', (path, line) => {
    expect(lineOf(YAML, path)).toBe(line)
  })

  test.each(['', 'consumers[0].username'])('%j has no line', (path) => {
    expect(lineOf(YAML, path)).toBeNull()
  })

  test('an issue that names its line already keeps it', () => {
    expect(lineOf('a: [', 'line 7')).toBe(7)
  })

  test('a JSON document has lines too', () => {
    expect(lineOf('{\n  "services": [\n    { "name": "a" },\n    { "name": "b" }\n  ]\n}', 'services[1].name')).toBe(4)
  })

  test('a document that is no map at all gives no lines, and no error', () => {
    for (const text of ['', 'just text', '- a\n- b', 'a: [', '{"a": ']) expect(linesOf(text, [{ path: 'services[0]', message: '' }])).toHaveLength(1)
  })
})

test.each([
  ['{"services": []}', 'json'],
  ['\n  [1]', 'json'],
  ['_format_version: "3.0"', 'yaml'],
  ['', 'yaml'],
])('%j is %s', (text, format) => {
  expect(formatOf(text)).toBe(format)
})

describe('before a document is sent', () => {
  test('an empty one is refused with what to do', () => {
    expect(documentProblem(' \n')).toMatch(/Choose a file, drop one here, or paste/)
  })

  test('one that is too long is refused with both sizes', () => {
    expect(documentProblem('x'.repeat(DOCUMENT_LENGTH_MAX + 1))).toMatch(/16\.0 MiB; 16 MiB is the most/)
    expect(documentProblem('x'.repeat(DOCUMENT_LENGTH_MAX))).toBeNull()
  })
})

test('an exported file is named for its workspace and revision', () => {
  expect(documentName({ name: 'default', revision: 12 })).toBe('sluice-default-r12.yaml')
  expect(documentName(null)).toBe('sluice.yaml')
})
