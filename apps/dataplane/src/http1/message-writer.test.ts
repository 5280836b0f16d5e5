import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Head } from './head.ts'
import { HeadParser } from './head-parser.ts'
import { chunkStart, HeadEdits, lastChunk, writeHead } from './message-writer.ts'

const LIMITS = { headBytesMax: 32 * 1024, fieldsMax: 100, targetBytesMax: 8 * 1024 }

function read(fields: string): Head {
  const buffer = Buffer.from(`HTTP/1.1 200 OK\r\n${fields}\r\n`, 'latin1')
  const parser = new HeadParser('response', LIMITS)
  parser.parse(buffer, 0, buffer.length)
  if (parser.head === null) throw new Error(`refused: ${parser.error}`)
  return parser.head
}

const LINE = 'HTTP/1.1 200 OK'
const write = (fields: string, edit: (edits: HeadEdits) => void = () => {}) => {
  const edits = new HeadEdits()
  edit(edits)
  return writeHead(LINE, read(fields), edits).slice(LINE.length + 2, -2)
}

describe('a head is written', () => {
  test('untouched fields go on byte for byte', () => {
    const fields = 'A: 1\r\nb-C: x\ty\xff\r\nA: 2\r\n'
    expect(write(fields)).toBe(fields)
    expect(write('')).toBe('')
  })

  test('RFC 9110 5.5: blanks around a value become one before it', () => {
    expect(write('A:1\r\nB:  2\r\nC:\t3\r\nD: 4 \t\r\nE: 5\r\nF:\r\n')).toBe('A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: \r\n')
  })

  test.each([
    ['first', 'a', 'B: 2\r\nC: 3\r\n'],
    ['in the middle', 'B', 'A: 1\r\nC: 3\r\n'],
    ['last', 'c', 'A: 1\r\nB: 2\r\n'],
    ['missing', 'd', 'A: 1\r\nB: 2\r\nC: 3\r\n'],
  ])('a field that is %s is removed', (_, name, expected) => {
    expect(write('A: 1\r\nB: 2\r\nC: 3\r\n', (edits) => edits.remove(name))).toBe(expected)
  })

  test('every field of a removed name goes away, and neighbours with it', () => {
    const edit = (edits: HeadEdits) => {
      edits.remove('a')
      edits.remove('b')
    }
    expect(write('A: 1\r\nb: 2\r\nC: 3\r\na: 4\r\n', edit)).toBe('C: 3\r\n')
    expect(write('A: 1\r\nb: 2\r\n', edit)).toBe('')
  })

  test('a replaced field stays in its place, once; one that is missing comes behind', () => {
    expect(write('X: 0\r\na: 1\r\nY: 0\r\nA: 2\r\n', (edits) => edits.replace('A', 'new'))).toBe('X: 0\r\nA: new\r\nY: 0\r\n')
    expect(write('X: 0\r\n', (edits) => edits.replace('A', 'new'))).toBe('X: 0\r\nA: new\r\n')
  })

  test('added fields come behind all others in their order', () => {
    const edit = (edits: HeadEdits) => {
      edits.add('A', '2')
      edits.add('B', '')
      edits.replace('C', '3')
    }
    expect(write('A: 1\r\n', edit)).toBe('A: 1\r\nC: 3\r\nA: 2\r\nB: \r\n')
  })

  test('the last edit of a name counts, and add after remove replaces all', () => {
    const edit = (edits: HeadEdits) => {
      edits.replace('a', '2')
      edits.remove('A')
      edits.add('A', '3')
    }
    expect(write('A: 1\r\nB: 1\r\n', edit)).toBe('B: 1\r\nA: 3\r\n')
  })

  test('names that share their hash are not taken for each other', () => {
    expect(write('^a: 1\r\n~a: 2\r\n', (edits) => edits.remove('~a'))).toBe('^a: 1\r\n')
  })

  test('a message that begins here has no parsed head', () => {
    const edits = new HeadEdits()
    edits.replace('Content-Length', '0')
    expect(writeHead(LINE, null, edits)).toBe(`${LINE}\r\nContent-Length: 0\r\n\r\n`)
  })
})

describe('response splitting: the writer throws for', () => {
  test.each(['a\r\nX: y', 'a\rb', 'a\nb', 'a\0b', '\x7f', '\x01', 'ā', '\u{1f600}', 'č\r'])('the value %j', (value) => {
    expect(() => new HeadEdits().add('A', value)).toThrow(TypeError)
    expect(() => new HeadEdits().replace('A', value)).toThrow(TypeError)
  })
  test.each(['', 'a b', 'a:', 'a\r\n', 'a\0', '\xe4', 'ā', ' a'])('the name %j', (name) => {
    expect(() => new HeadEdits().add(name, '1')).toThrow(TypeError)
    expect(() => new HeadEdits().replace(name, '1')).toThrow(TypeError)
  })
  test.each(['', 'GET / HTTP/1.1\r\nX: y', 'GET /\n', 'GET /\0 HTTP/1.1', ' GET / HTTP/1.1', 'GET\t/ HTTP/1.1', 'GET /ā HTTP/1.1'])('the start line %j', (line) => {
    expect(() => writeHead(line, null, new HeadEdits())).toThrow(TypeError)
  })
})

describe('chunk framing', () => {
  test('RFC 9112 7.1: a size is hex and never ends the body', () => {
    expect([chunkStart(1), chunkStart(255), chunkStart(65_536)]).toEqual(['1\r\n', 'ff\r\n', '10000\r\n'])
    for (const size of [0, -1, 1.5, Number.NaN, 2 ** 53]) expect(() => chunkStart(size)).toThrow(RangeError)
  })

  test('RFC 9112 7.1.2: trailers that came are passed on as they are edited', () => {
    const parser = new HeadParser('trailers', LIMITS)
    const buffer = Buffer.from('A: 1\r\nB: 2\r\n\r\n')
    parser.parse(buffer, 0, buffer.length)
    const edits = new HeadEdits()
    edits.remove('a')
    expect(lastChunk(parser.head, edits)).toBe('0\r\nB: 2\r\n\r\n')
  })
})

const name = fc.constantFrom('A', 'a', 'B', 'b', 'Cc', '^x', '~x', 'X-Long-Name')
const value = fc.constantFrom('', '1', 'two words', '\xff', 'a\tb')
const blank = fc.constantFrom('', ' ', '  ', '\t')
const field = fc.tuple(name, blank, value, blank)
const edit = fc.tuple(fc.constantFrom('remove' as const, 'replace' as const, 'add' as const), name, value)
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31)

/** The simple way: a list of pairs. */
function edited(fields: [string, string][], edits: [string, string, string][]): [string, string][] {
  const last = new Map<string, { name: string; value: string | null }>()
  for (const [kind, key, text] of edits) if (kind !== 'add') last.set(key.toLowerCase(), { name: key, value: kind === 'replace' ? text : null })
  const done = new Set<string>()
  const kept = fields.flatMap(([key, text]): [string, string][] => {
    const change = last.get(key.toLowerCase())
    if (change === undefined) return [[key, text]]
    if (change.value === null || done.has(key.toLowerCase())) return []
    done.add(key.toLowerCase())
    return [[change.name, change.value]]
  })
  const missing = [...last].flatMap(([key, change]): [string, string][] => (change.value !== null && !done.has(key) ? [[change.name, change.value]] : []))
  return [...kept, ...missing, ...edits.flatMap(([kind, key, text]): [string, string][] => (kind === 'add' ? [[key, text]] : []))]
}

test(`splicing gives what editing a list of pairs gives (seed ${seed})`, () => {
  console.log(`message-writer: seed ${seed}`)
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), fc.array(edit, { maxLength: 6 }), (fields, edits) => {
      const written = write(fields.map(([key, before, text, after]) => `${key}:${before}${text}${after}\r\n`).join(''), (target) => {
        for (const [kind, key, text] of edits) kind === 'remove' ? target.remove(key) : target[kind](key, text)
      })
      const expected = edited(
        fields.map(([key, , text]) => [key, text]),
        edits,
      )
      expect(written).toBe(expected.map(([key, text]) => `${key}: ${text}\r\n`).join(''))
    }),
    { seed, numRuns: 1000 },
  )
})
