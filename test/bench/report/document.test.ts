import { expect, test } from 'vitest'
import { blockOf, documentOf, type Outcome, SHORT_RUN } from './document.ts'
import type { Section } from './section.ts'

const sectionOf = (id: string): Section => ({
  id,
  title: `Title of ${id}`,
  chapter: 'Memory',
  isInQuick: false,
  hasNpmPeers: false,
  run: () => Promise.reject(new Error('not run')),
})
const SECTIONS = ['first', 'second'].map(sectionOf)
const figures = (text: string): Outcome => ({ block: blockOf({ title: `Title of ${text}` }, { charts: [], lines: [`| ${text} |`], provenance: 'Measured.' }) })
const write = (outcomes: Record<string, Outcome>, former = '') => documentOf(SECTIONS, new Map(Object.entries(outcomes)), { former, day: '2026-01-02', closing: '## Method' })

const whole = write({ first: figures('one'), second: figures('two') })

test('a part that is measured alone takes its place, and every other byte stays', () => {
  const next = write({ second: figures('three') }, whole)
  expect(next).toBe(whole.replaceAll('two', 'three'))
})

test('a part that fails keeps its former figures and says so, once', () => {
  const failed = write({ first: { failure: 'no\nport' } }, whole)
  expect(failed).toContain('| one |')
  expect(failed).toContain('> A run on 2026-01-02 gave no figures: no port')
  const again = write({ first: { failure: 'no file' } }, failed)
  expect(again).toContain('no file')
  expect(again).not.toContain('no port')
  expect(write({ first: figures('one') }, again)).toBe(whole)
})

test('a part that fails without former figures, or was never measured, is named', () => {
  const document = write({ first: { failure: 'no port' } })
  expect(document).toContain('### Title of first\n\n> A run on 2026-01-02 gave no figures: no port')
  expect(document).toContain('No figures yet: `second`.')
})

test('a part that is gone, or text from before there were parts, is dropped', () => {
  const former = `${whole}\n<!-- begin gone -->\nold\n<!-- end gone -->\nby hand`
  expect(write({}, former)).toBe(whole)
})

test('a chart stands above the table of its part', () => {
  const block = blockOf({ title: 'Title' }, { charts: [{ file: 'bench-one.svg', title: 'Chart', text: '<svg/>' }], lines: ['| 1 |'], provenance: 'Measured.' })
  expect(block).toBe('### Title\n\n![Chart](images/bench-one.svg)\n\n| 1 |\n\nMeasured.')
})

test('the head of the document warns as long as one part is of a short run', () => {
  const short: Outcome = { block: `### Title of second\n\nMeasured ${SHORT_RUN}.` }
  const warning = `Parts that say “${SHORT_RUN}”`
  const document = write({ second: short }, whole)
  expect(document).toContain(warning)
  expect(write({ second: figures('two') }, document)).not.toContain(warning)
})
