import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonLimits, JsonScanner, type JsonThreat } from './json-scanner.ts'

const NONE: JsonLimits = {
  depth: Number.POSITIVE_INFINITY,
  elements: Number.POSITIVE_INFINITY,
  entries: Number.POSITIVE_INFINITY,
  nameLength: Number.POSITIVE_INFINITY,
  stringLength: Number.POSITIVE_INFINITY,
  uniqueNames: false,
}

function scan(text: string | Uint8Array, limits: Partial<JsonLimits> = {}, pieceLength = Number.POSITIVE_INFINITY): JsonThreat | null {
  const scanner = new JsonScanner({ ...NONE, ...limits })
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  for (let at = 0; at < bytes.byteLength; at += pieceLength) scanner.write(bytes.subarray(at, at + Math.min(pieceLength, bytes.byteLength)))
  return scanner.end()
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('the grammar', () => {
  test('of what JSON.parse takes, in pieces of any length (property)', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(undefined, 1, '\t'), (text, pieceLength, space) => {
        expect(scan(JSON.stringify(JSON.parse(text), null, space), { uniqueNames: true }, pieceLength)).toBeNull()
      }),
    )
  })

  test('is that of JSON.parse for texts made of its own characters (property)', () => {
    const characters = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'u',
      '0',
      '1',
      '-',
      '+',
      '.',
      'e',
      'E',
      'true',
      'null',
      'a',
      ' ',
      '\n',
      '\u0001',
      'é',
      '"a"',
      '"b":',
      '1e5',
    )
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (parts, pieceLength) => {
        const text = parts.join('')
        expect(scan(text, {}, pieceLength)).toBe(isJson(text) ? null : 'not_json')
      }),
      { numRuns: 5_000 },
    )
  })

  test('is that of JSON.parse where one byte of a JSON text is another (property)', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.integer({ min: 0, max: 127 }), (text, at, byte) => {
        const bytes = Buffer.from(text)
        bytes[at % bytes.byteLength] = byte
        const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
        let changed: string | null = null
        try {
          changed = decoded.decode(bytes)
        } catch {}
        expect(scan(bytes)).toBe(changed !== null && isJson(changed) ? null : 'not_json')
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    '',
    ' ',
    '{',
    '[1',
    '"a',
    '1.',
    '-',
    '1e',
    '1e+',
    '01',
    '+1',
    '.5',
    'tru',
    'truex',
    'nul',
    '[1,]',
    '{"a":1,}',
    '{"a"}',
    '{a:1}',
    "{'a':1}",
    '// a\n1',
    '1 2',
    '[}',
    '{]',
    ']',
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
    'NaN',
  ])('refuses %j', (text) => expect(scan(text)).toBe('not_json'))

  test.each(['0', '-0', '-0.0e-1', '1E5', 'true', ' null ', '""', '"\\u00e9\\n\\/"', '[[],{}]', '{"":{}}', '\ufeff{"a":1}'])('takes %j', (text) =>
    expect(scan(text, {}, 1)).toBeNull(),
  )

  test('refuses bytes that are no UTF-8, and takes every character that is (property)', () => {
    const [quote] = Buffer.from('"')
    const textOf = (...bytes: number[]) => Uint8Array.from([quote as number, ...bytes, quote as number])
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x80, 0x80, 0xaf], [0x80], [0xc3], [0xe2, 0x82]]) {
      expect(scan(textOf(...bytes)), Buffer.from(bytes).toString('hex')).toBe('not_json')
    }
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => scan(JSON.stringify(text)) === null))
  })
})

/** The greatest of each measure in a value, in the plainest way. */
function measure(value: unknown): Omit<JsonLimits, 'uniqueNames'> {
  const own = { depth: 0, elements: 0, entries: 0, nameLength: 0, stringLength: 0 }
  if (typeof value === 'string') return { ...own, stringLength: [...value].length }
  if (typeof value !== 'object' || value === null) return own
  const inner = Object.values(value).map(measure)
  const most = (name: keyof typeof own) => Math.max(0, ...inner.map((entry) => entry[name]))
  const names = Array.isArray(value) ? [] : Object.keys(value)
  return {
    depth: 1 + most('depth'),
    elements: Math.max(Array.isArray(value) ? value.length : 0, most('elements')),
    entries: Math.max(names.length, most('entries')),
    nameLength: Math.max(0, ...names.map((name) => [...name].length), most('nameLength')),
    stringLength: most('stringLength'),
  }
}

describe('limits', () => {
  const threats = {
    depth: 'container_depth',
    elements: 'array_element_count',
    entries: 'object_entry_count',
    nameLength: 'object_entry_name_length',
    stringLength: 'string_value_length',
  } as const

  test.each(Object.entries(threats))('%s is refused from one more on, however the text is cut in pieces (property)', (name, threat) => {
    const key = name as keyof typeof threats
    const value = fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' })
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 7 }), (given, pieceLength) => {
        const text = JSON.stringify(given)
        const parsed = JSON.parse(text)
        const most = measure(parsed)[key]
        expect(scan(text, { [key]: most }, pieceLength)).toBeNull()
        if (most > 0) expect(scan(text, { [key]: most - 1 }, pieceLength)).toBe(threat)
      }),
      { numRuns: 300 },
    )
  })

  test('count a character once, written as escapes or as bytes', () => {
    for (const text of ['"😀é"', '"\\ud83d\\ude00\\u00e9"']) {
      expect(scan(text, { stringLength: 2 })).toBeNull()
      expect(scan(text, { stringLength: 1 })).toBe('string_value_length')
    }
    expect(scan('"\\ude00\\ud83d"', { stringLength: 1 })).toBe('string_value_length')
  })

  test('say what is wrong at the first byte that is too much, not at the end', () => {
    const scanner = new JsonScanner({ ...NONE, depth: 2 })
    expect(scanner.write(Buffer.from('[['))).toBeNull()
    expect(scanner.write(Buffer.from('['))).toBe('container_depth')
    expect(scanner.write(Buffer.from(']]]'))).toBe('container_depth')
  })

  test('no text is deeper than 65,536, since each open container is remembered', () => {
    expect(scan(`${'['.repeat(65_536)}${']'.repeat(65_536)}`)).toBeNull()
    expect(scan('['.repeat(65_537))).toBe('container_depth')
  })
})

describe('repeated names', () => {
  test.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"x":[{"é":1,"\\u00e9":2}]}', '{"":0,"":0}', '{"__proto__":1,"__proto__":2}', '{"\\ud83d\\ude00":1,"😀":2}'])(
    'are found in %s',
    (text) => {
      expect(scan(text, { uniqueNames: true }, 1)).toBe('duplicate_object_entry_name')
      expect(scan(text)).toBeNull()
    },
  )

  test.each(['{"a":{"a":1},"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"a","b":"a"}', '{"a":1,"A":2}', '{"constructor":1}'])('are not found in %s', (text) => {
    expect(scan(text, { uniqueNames: true }, 1)).toBeNull()
  })
})
