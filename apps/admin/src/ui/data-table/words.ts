import { formatCount } from '../format.ts'
import type { TableState } from './table-state.ts'

/** What the rows are called: one of them and several. */
export interface Noun {
  one: string
  many: string
}

/** `1,284 routes · 6 ms`. */
export function countText(total: number, noun: Noun, tookMs: number | null): string {
  const count = `${formatCount(total)} ${total === 1 ? noun.one : noun.many}`
  return tookMs === null ? count : `${count} · ${formatCount(Math.max(1, Math.round(tookMs)))} ms`
}

/** A condition of a list as people would say it back. `show` writes the value of a filter where the value itself is an id. */
export function conditionsOf(state: TableState, show: (name: string, value: string) => string): { name: string | null; text: string }[] {
  const conditions: { name: string | null; text: string }[] = Object.entries(state.filters).map(([name, value]) => ({ name, text: `${name}: ${show(name, value)}` }))
  return state.q.trim() === '' ? conditions : [...conditions, { name: null, text: `“${state.q.trim()}”` }]
}

/** Why a list is empty although it need not be. */
export function noResultText(noun: Noun, conditions: readonly { text: string }[]): string {
  const texts = conditions.map((condition) => condition.text)
  if (texts.length <= 1) return `No ${noun.one} has ${texts[0] ?? 'that'}.`
  return `No ${noun.one} has all of ${texts.slice(0, -1).join(', ')} and ${texts[texts.length - 1]}.`
}
