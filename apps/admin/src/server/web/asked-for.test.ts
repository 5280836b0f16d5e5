import { expect, test } from 'vitest'
import { askedFor } from './asked-for.ts'

test.each([
  ['/services', '/services'],
  ['/services?_rsc=1a2b3', '/services'],
  ['/services?q=pay&_rsc=1a2b3', '/services?q=pay'],
  ['/services?_rsc=1a2b3&q=pay&tag=pci', '/services?q=pay&tag=pci'],
  ['/services?q=_rsc', '/services?q=_rsc'],
  ['/services?_rsc', '/services'],
  ['/services?', '/services'],
  ['/services?q=a%26_rsc%3D1', '/services?q=a%26_rsc%3D1'],
])('%s asks for the page %s', (target, page) => {
  expect(askedFor(target)).toBe(page)
})
