import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import { expect, test } from 'vitest'
import { galleryOf, searchGallery } from './gallery.ts'
import { SCOPE_FIELDS } from './scope.ts'

const namesOf = (groups: ReturnType<typeof galleryOf>) => groups.flatMap(({ plugins }) => plugins.map(({ name }) => name))

test('the gallery shows every plugin once', () => {
  expect(namesOf(galleryOf(null)).toSorted()).toEqual(Object.keys(PLUGIN_SCHEMAS).toSorted())
})

test.each(SCOPE_FIELDS)('for a %s it shows those that can be bound to it, and no other', (scope) => {
  const shown = namesOf(galleryOf(scope))
  for (const schema of Object.values(PLUGIN_SCHEMAS)) expect(shown.includes(schema.name)).toBe(schema.scopes.includes(scope))
})

test('a category without plugins is left out, and names are in order within one', () => {
  const groups = galleryOf(null)
  expect(groups.every(({ plugins }) => plugins.length > 0)).toBe(true)
  for (const { plugins } of groups) expect(plugins.map(({ title }) => title)).toEqual(plugins.map(({ title }) => title).toSorted((one, other) => one.localeCompare(other, 'en')))
})

test('nothing to show is an empty gallery', () => {
  expect(galleryOf(null, {})).toEqual([])
})

test.each([
  ['key-auth', ['key-auth']],
  ['  BASIC   auth ', ['basic-auth']],
  ['directory LDAP', ['ldap-auth']],
  ['zzz', []],
])('a search for “%s” finds %j', (text, names) => {
  expect(namesOf(searchGallery(galleryOf(null), text))).toEqual(names)
})

test('an empty search shows all, and categories without a match are left out', () => {
  expect(searchGallery(galleryOf(null), ' ')).toEqual(galleryOf(null))
  expect(searchGallery(galleryOf(null), 'basic-auth').map(({ category }) => category)).toEqual(['authentication'])
})
