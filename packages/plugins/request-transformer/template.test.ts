import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { constantOf, parseTemplate, render, type TemplateSource, toByteText } from './template.ts'

const source: TemplateSource = {
  header: (name) => (name === 'x-name' || name === 'x_name' ? 'of the header' : null),
  argument: (name) => (name === 'q' ? 'of the query' : null),
  capture: (name) => ({ id: '42', 1: 'first' })[name] ?? null,
}

function rendered(text: string): string {
  const result = parseTemplate(text)
  if (!result.ok) throw new Error(result.problem)
  return render(result.template, source)
}

describe('a template', () => {
  test.each([
    ['plain text', 'plain text'],
    ['$ (headers.x_name) is text', '$ (headers.x_name) is text'],
    ['$(headers.x_name)', 'of the header'],
    ['$(headers["x-name"])', 'of the header'],
    ["$(headers['x-name'])", 'of the header'],
    ['a $(query_params.q) b', 'a of the query b'],
    ['/users/$(uri_captures.id)/$(uri_captures[1])', '/users/42/first'],
    ['$(uri_captures.none)', ''],
    ["$(uri_captures.none or 'default')", 'default'],
    ['$(uri_captures.none or headers.none or "last")', 'last'],
    ['$( uri_captures.none or query_params.q or "last" )', 'of the query'],
    ['$(uri_captures.none or 7)', '7'],
    ['$(uri_captures.none or "a or b")', 'a or b'],
    ['$(uri_captures.none or ")(")', ')('],
    ['ü', 'Ã¼'],
  ])('%s gives %s', (text, expected) => expect(rendered(text)).toBe(expected))

  test('that reads nothing is known as such', () => {
    const constant = (text: string) => {
      const result = parseTemplate(text)
      return result.ok ? constantOf(result.template) : undefined
    }
    expect(constant('a:b')).toBe('a:b')
    expect(constant('a$(headers.x)')).toBeNull()
  })
})

describe('what is no template is refused with what could be used', () => {
  test.each([
    '$(',
    '$(headers)',
    '$(headers.x',
    '$(os.execute("x"))',
    '$(headers.x .. "y")',
    '$((function() end)())',
    '$(headers.x or)',
    '$(headers[x])',
    '$(headers.x and "y")',
    '$(headers.a.b)',
    '$(_G)',
  ])('%s', (text) => {
    const result = parseTemplate(text)
    expect(result.ok ? '' : result.problem).toContain('this version reads $(headers.x)')
  })

  test('shared, with its reason', () => {
    expect(parseTemplate('$(shared.x)')).toEqual({ ok: false, problem: '$(shared.x) cannot be read: plugins share no values here' })
  })

  test('no choices, or too many', () => {
    expect(parseTemplate('$()')).toEqual({ ok: false, problem: 'a template has 1 to 8 choices' })
    expect(parseTemplate(`$(${Array.from({ length: 9 }, () => 'headers.x').join(' or ')})`)).toEqual({ ok: false, problem: 'a template has 1 to 8 choices' })
  })
})

test('any text is either read or refused, and text without a template is itself (property)', () => {
  const parts = fc.constantFrom('$(', ')', 'headers', '.', 'x', ' or ', '"', "'", '[', ']', '1', 'uri_captures', '(', ' ', 'a')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.array(parts).map((list) => list.join('')),
      ),
      (text) => {
        const result = parseTemplate(text)
        if (!text.includes('$(')) expect(result).toEqual({ ok: true, template: text === '' ? [] : [toByteText(text)] })
        else if (result.ok) expect(typeof render(result.template, source)).toBe('string')
        else expect(result.problem.length).toBeGreaterThan(10)
      },
    ),
    { numRuns: 1_000 },
  )
})
