import type { Field } from './fields.ts'

/** A value as it is written in a sentence. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'none'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(showValue).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const WORDS: Record<Field['control']['kind'], string> = {
  text: 'text',
  number: 'number',
  switch: 'on or off',
  choice: 'one of a list',
  list: 'list',
  map: 'names with values',
  group: 'group',
  reference: 'another entity',
  secret: 'secret',
  json: 'JSON',
}

/** What there is to know about a field beyond its description: rows for the card beside the form. */
export function factsOf(field: Field): { term: string; text: string }[] {
  const { control } = field
  const facts = [{ term: 'Type', text: control.kind === 'number' && control.integer ? 'whole number' : WORDS[control.kind] }]
  if (control.kind === 'number' && (control.min !== null || control.max !== null)) {
    const format = (value: number) => value.toLocaleString('en')
    const range =
      control.min === null ? `up to ${format(control.max ?? 0)}` : control.max === null ? `${format(control.min)} or more` : `${format(control.min)} to ${format(control.max)}`
    facts.push({ term: 'Range', text: field.unit === null ? range : `${range} ${field.unit}` })
  }
  if (control.kind === 'choice' || (control.kind === 'list' && control.options !== null)) facts.push({ term: 'Values', text: (control.options ?? []).map(showValue).join(', ') })
  if (control.kind === 'secret') facts.push({ term: 'Reading', text: 'can be replaced, never read back' })
  else facts.push({ term: 'Default', text: field.required ? 'none, it is needed' : showValue(field.initial) })
  return facts
}
