import { expect, test } from 'vitest'
import { asSentences, findIssues, messageAt } from './field-issues.ts'

test('a form that is filled in has no issue', () => {
  expect(findIssues({ name: 'Ada', email: 'ada@example.com', password: 'twelve chars' })).toEqual([])
})

test.each([
  ['name', '   ', /your name/],
  ['email', 'ada', /ada@example\.com/],
  ['email', 'ada@ example', /ada@example\.com/],
  ['password', 'eleven char', /this has 11/],
  ['password', '', /this has 0/],
] as const)('%s %j is told what to write', (path, text, message) => {
  const issues = findIssues({ [path]: text })
  expect(issues.map((issue) => issue.path)).toEqual([path])
  expect(messageAt(issues, path)).toMatch(message)
})

test('issues stand in the order of the fields, so that the first one is the first on the page', () => {
  expect(findIssues({ name: '', email: '', password: '' }).map((issue) => issue.path)).toEqual(['name', 'email', 'password'])
})

test('fields that a form does not have are not asked for', () => {
  expect(findIssues({ password: '' }).map((issue) => issue.path)).toEqual(['password'])
})

test('what the control plane says of a field becomes a sentence', () => {
  expect(asSentences([{ path: 'email', message: 'must be an email address' }])).toEqual([{ path: 'email', message: 'Email must be an email address.' }])
})
