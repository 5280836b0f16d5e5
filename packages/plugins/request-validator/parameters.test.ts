import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitsMediaType, parseMediaType } from './content-type.ts'
import { type Given, readParameter, type Shape } from './parameter-style.ts'

const shape = (style: Shape['style'], kind: Shape['kind'], explode: boolean, members: string[] = []): Shape => ({ name: 'color', style, kind, explode, members })
const COLORS = { list: ['blue', 'black', 'brown'] }
const RGB = {
  members: [
    ['R', '100'],
    ['G', '200'],
  ],
}
const pairs = (text: string): Given => ({ pairs: text.split('&').map((part) => part.split('=') as [string, string]) })

/** The examples of OpenAPI 3.1, 4.8.12.4. */
describe('a parameter is read as OpenAPI writes it', () => {
  test.each<[Shape, Given, unknown]>([
    [shape('simple', 'value', false), { text: 'blue' }, { value: 'blue' }],
    [shape('simple', 'list', false), { text: 'blue,black,brown' }, COLORS],
    [shape('simple', 'list', true), { text: 'blue,black,brown' }, COLORS],
    [shape('simple', 'object', false), { text: 'R,100,G,200' }, RGB],
    [shape('simple', 'object', true), { text: 'R=100,G=200' }, RGB],
    [shape('simple', 'list', false), { text: '' }, { list: [] }],
    [shape('label', 'value', false), { text: '.blue' }, { value: 'blue' }],
    [shape('label', 'list', false), { text: '.blue,black,brown' }, COLORS],
    [shape('label', 'list', true), { text: '.blue.black.brown' }, COLORS],
    [shape('label', 'object', false), { text: '.R,100,G,200' }, RGB],
    [shape('label', 'object', true), { text: '.R=100.G=200' }, RGB],
    [shape('matrix', 'value', false), { text: ';color=blue' }, { value: 'blue' }],
    [shape('matrix', 'list', false), { text: ';color=blue,black,brown' }, COLORS],
    [shape('matrix', 'list', true), { text: ';color=blue;color=black;color=brown' }, COLORS],
    [shape('matrix', 'object', false), { text: ';color=R,100,G,200' }, RGB],
    [shape('matrix', 'object', true), { text: ';R=100;G=200' }, RGB],
    [shape('form', 'value', true), pairs('a=1&color=blue'), { value: 'blue' }],
    [shape('form', 'list', true), pairs('color=blue&a=1&color=black&color=brown'), COLORS],
    [shape('form', 'list', false), pairs('color=blue,black,brown'), COLORS],
    [shape('form', 'object', false), pairs('color=R,100,G,200'), RGB],
    [shape('form', 'object', true, ['R', 'G', 'B']), pairs('R=100&G=200&a=1'), RGB],
    [shape('spaceDelimited', 'list', false), pairs('color=blue black brown'), COLORS],
    [shape('pipeDelimited', 'list', false), pairs('color=blue|black|brown'), COLORS],
    [shape('deepObject', 'object', true), pairs('color[R]=100&a=1&color[G]=200'), RGB],
    [shape('form', 'value', true), pairs('a=1'), null],
    [shape('deepObject', 'object', true), pairs('a=1'), null],
  ])('%j of %j', (given, text, expected) => expect(readParameter(given, text)).toEqual(expected))

  test.each<[Shape, Given]>([
    [shape('simple', 'object', false), { text: 'R,100,G' }],
    [shape('simple', 'object', true), { text: 'R,100' }],
    [shape('label', 'value', false), { text: 'blue' }],
    [shape('matrix', 'value', false), { text: 'color=blue' }],
    [shape('matrix', 'value', false), { text: ';size=blue' }],
    [shape('matrix', 'value', false), { text: ';color=blue;color=black' }],
    [shape('form', 'value', true), pairs('color=blue&color=black')],
    [shape('deepObject', 'object', true), pairs('color[R=100')],
  ])('and not otherwise: %j of %j', (given, text) => expect(() => readParameter(given, text)).toThrow())
})

describe('a media type', () => {
  const fits = (given: string, allowed: string, compares = true) => {
    const [one, other] = [parseMediaType(given), parseMediaType(allowed)]
    return one !== null && other !== null && fitsMediaType(one, other, compares)
  }

  test.each<[string, string, boolean, boolean]>([
    ['application/json', 'application/json', true, true],
    ['Application/JSON', 'application/json', true, true],
    ['application/json; charset=utf-8', 'application/json', true, false],
    ['application/json; charset=utf-8', 'application/json', false, true],
    ['application/json;charset="UTF-8"', 'application/json; charset=utf-8', true, true],
    ['application/json', 'application/json; charset=utf-8', true, false],
    ['application/xml', 'application/*', true, true],
    ['text/xml', 'application/*', true, false],
    ['text/xml', '*/*', true, true],
    ['multipart/form-data; boundary=A', 'multipart/form-data; boundary=a', true, false],
    ['application/json, text/plain', 'application/json', false, false],
    ['application', 'application/json', false, false],
    ['application/json; charset', 'application/json', false, false],
    ['', '*/*', false, false],
  ])('%s under %s, with parameters compared: %j, fits: %j', (given, allowed, compares, expected) => expect(fits(given, allowed, compares)).toBe(expected))

  test('is read without a throw, whatever it is (property)', () => {
    fc.assert(fc.property(fc.string(), (text) => parseMediaType(text) === null || text.includes('/')))
  })
})
