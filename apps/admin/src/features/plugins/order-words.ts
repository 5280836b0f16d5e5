import { PLUGIN_ORDER } from '@sluice/plugins/order'

/** Where a kind of plugin stands among all kinds, counted from 1; null for one that this Sluice does not order. */
export function placeOf(name: string): { place: number; total: number } | null {
  const index = PLUGIN_ORDER.findIndex((entry) => entry.name === name)
  return index === -1 ? null : { place: index + 1, total: PLUGIN_ORDER.length }
}

const ENDINGS: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd', other: 'th' }
const ORDINAL = new Intl.PluralRules('en', { type: 'ordinal' })

/** `runs 4th of 6`. */
export function placeText(name: string): string | null {
  const found = placeOf(name)
  return found === null ? null : `runs ${found.place}${ENDINGS[ORDINAL.select(found.place)]} of ${found.total} kinds`
}
