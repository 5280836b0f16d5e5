import { expect, test } from 'vitest'
import { firstSteps } from './first-steps.ts'

test('a fresh control plane has three steps to its first request', () => {
  expect(firstSteps({ nodes: 0, services: 0, routes: 0 }).map(({ title, isDone }) => [title, isDone])).toEqual([
    ['Join a node', false],
    ['Add a service', false],
    ['Add a route', false],
  ])
})

test('what is done stays in the list until all is', () => {
  expect(firstSteps({ nodes: 2, services: 1, routes: 0 }).map((step) => step.isDone)).toEqual([true, true, false])
})

test('the steps go away for good', () => {
  expect(firstSteps({ nodes: 1, services: 1, routes: 1 })).toEqual([])
})
