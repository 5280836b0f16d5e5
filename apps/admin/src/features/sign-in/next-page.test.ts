import { expect, test } from 'vitest'
import { nextPage } from './next-page.ts'

test('a page of the dashboard is kept with its query', () => {
  expect(nextPage('/routes?q=orders&sort=-name')).toBe('/routes?q=orders&sort=-name')
})

test.each([null, '', 'https://elsewhere.example', '//elsewhere.example', '/\\elsewhere.example', 'javascript:alert(1)', '/\t/elsewhere.example'])(
  '%j leads to the overview',
  (wanted) => {
    expect(nextPage(wanted)).toBe('/')
  },
)
