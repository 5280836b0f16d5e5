import { expect, test } from 'vitest'
import { SECTIONS, sectionOf } from './sections.ts'

test('a page below a section belongs to it', () => {
  expect(sectionOf('/services/6f1f4a2e/canary')?.label).toBe('Services')
  expect(sectionOf('/services')?.label).toBe('Services')
})

test('the overview is itself only', () => {
  expect(sectionOf('/')?.label).toBe('Overview')
  expect(sectionOf('/sign-in')).toBeNull()
})

test('a name that merely begins alike is another page', () => {
  expect(sectionOf('/routes-elsewhere')).toBeNull()
})

test('no two sections share an address', () => {
  expect(new Set(SECTIONS.map((section) => section.href)).size).toBe(SECTIONS.length)
})
