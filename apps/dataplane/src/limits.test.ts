import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettings, SettingsError } from './environment.ts'
import { DEFAULT_LIMITS, LIMIT_ROWS } from './limits.ts'

const DOCS = join(import.meta.dirname, '../../../docs/node.md')
const standalone = { SLUICE_STANDALONE: '1', SLUICE_NODE_NAME: 'n' }
const limitsOf = (env: Record<string, string>, args: string[] = []) => readSettings({ ...standalone, ...env }, args).limits

describe('the table of limits', () => {
  test('has each name once, and a default in its range', () => {
    expect(new Set(LIMIT_ROWS.map(({ name }) => name)).size).toBe(LIMIT_ROWS.length)
    expect(LIMIT_ROWS.filter((row) => row.default < row.min || row.default > row.max || row.min > row.max)).toEqual([])
  })

  test('is the one in docs/node.md, line for line', () => {
    const number = (value: number) => (value === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : String(value))
    const lines = LIMIT_ROWS.map(({ name, unit, default: usual, min, max, text }) => `| \`${name}\` | ${usual} | ${min}–${number(max)} | ${unit} | ${text} |`)
    const written = readFileSync(DOCS, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `SLUICE_LIMIT_'))
    expect(written).toEqual(lines)
  })
})

describe('a limit', () => {
  test('has its default where nobody sets it', () => {
    expect(limitsOf({})).toEqual(DEFAULT_LIMITS)
  })

  test.each(LIMIT_ROWS.map((row) => [row.name, row] as const))('%s takes its smallest and its largest value and nothing beyond', (name, { min, max }) => {
    for (const value of [min, max]) expect(JSON.stringify(limitsOf({ [name]: String(value) }))).not.toBe(undefined)
    for (const wrong of [String(max + 2), '-1', '1.5', '0x10', '1e3', 'many', ' ', ...(min > 0 ? [String(min - 1)] : [])]) {
      const read = () => limitsOf({ [name]: wrong })
      expect(read).toThrow(SettingsError)
      expect(read).toThrow(`${name} must be a whole number from ${min} to ${max}`)
      expect(read).toThrow(`not "${wrong}"`)
    }
  })

  test('reaches the place that its name says, and no other', () => {
    const places = LIMIT_ROWS.map(({ name, default: usual, min }) => {
      const value = usual === min ? usual + 1 : usual - 1
      const changed = limitsOf({ [name]: String(value) })
      const flat = (limits: object): [string, unknown][] =>
        Object.entries(limits).flatMap(([key, entry]) =>
          typeof entry === 'object' ? flat(entry).map(([inner, leaf]): [string, unknown] => [`${key}.${inner}`, leaf]) : [[key, entry]],
        )
      const before = new Map(flat(DEFAULT_LIMITS))
      const differing = flat(changed).filter(([path, leaf]) => before.get(path) !== leaf)
      expect(differing.length, name).toBe(1)
      expect(differing[0]?.[1], name).toBe(value)
      return differing[0]?.[0]
    })
    expect(new Set(places).size).toBe(LIMIT_ROWS.length)
  })

  test('that may be off is infinite then', () => {
    expect(limitsOf({ SLUICE_LIMIT_BODY_BYTES: '0' }).listener.bodyBytesMax).toBe(Number.POSITIVE_INFINITY)
    expect(limitsOf({ SLUICE_LIMIT_BODY_BYTES: '10' }).listener.bodyBytesMax).toBe(10)
  })

  test('can be given as a flag too', () => {
    expect(limitsOf({}, ['--limit-head-bytes', '4096']).listener.headBytesMax).toBe(4_096)
    expect(limitsOf({}, ['--limit-upstream-waiting=7']).upstream.waitingPerTargetMax).toBe(7)
  })

  test('whose name nobody knows stops the start, and those that there are are listed', () => {
    expect(() => limitsOf({ SLUICE_LIMIT_HEADER_BYTES: '1' })).toThrow(/SLUICE_LIMIT_HEADER_BYTES is not a setting.*SLUICE_LIMIT_HEAD_BYTES/)
  })
})
