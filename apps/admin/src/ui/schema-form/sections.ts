import type { Field } from './fields.ts'

/** Some fields under a heading. A wire path names a field or, for a nested one, its group. */
export interface FormSection {
  title: string
  note?: string
  fields: readonly string[]
  /** Shut until someone opens it; it opens by itself when a problem is inside. */
  folded?: boolean
}

export interface FilledSection extends Omit<FormSection, 'fields'> {
  fields: readonly Field[]
}

function find(fields: readonly Field[], path: string): Field[] {
  const [name, ...rest] = path.split('.')
  const field = fields.find((entry) => entry.name === name)
  if (field === undefined) return []
  if (rest.length === 0) return [field]
  return field.control.kind === 'group' ? find(field.control.fields, rest.join('.')) : []
}

/** The sections with their fields; what none of them names comes last, folded, so that no field of a schema is ever out of reach. */
export function fillSections(sections: readonly FormSection[], fields: readonly Field[], hidden: readonly string[]): FilledSection[] {
  const filled = sections.map(({ fields: paths, ...section }) => ({ ...section, fields: paths.flatMap((path) => find(fields, path)) }))
  const named = new Set(sections.flatMap((section) => section.fields))
  const rest = fields.flatMap((field) => {
    if (named.has(field.name) || hidden.includes(field.name)) return []
    const partly = field.control.kind === 'group' && [...named].some((path) => path.startsWith(`${field.name}.`))
    if (!partly || field.control.kind !== 'group') return [field]
    return field.control.fields.filter((inner) => !named.has(inner.path.join('.')) && !hidden.includes(inner.path.join('.')))
  })
  return [...filled, { title: 'More settings', folded: sections.length > 0, fields: rest }].filter((section) => section.fields.length > 0)
}
