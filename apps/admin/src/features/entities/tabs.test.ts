import { expect, test } from 'vitest'
import { chosenTab, tabHref } from './tabs.ts'

const TABS = [{ id: 'configuration' }, { id: 'plugins' }]

test('the address chooses the tab; one that is not there is the first', () => {
  expect(chosenTab(TABS, 'plugins')?.id).toBe('plugins')
  expect(chosenTab(TABS, null)?.id).toBe('configuration')
  expect(chosenTab(TABS, 'history')?.id).toBe('configuration')
  expect(chosenTab([], 'plugins')).toBeNull()
})

test('the first tab needs no word in the address', () => {
  expect(tabHref('/services/a', TABS, 'configuration')).toBe('/services/a')
  expect(tabHref('/services/a', TABS, 'plugins')).toBe('/services/a?tab=plugins')
})
