import { splitEntry } from '../transformer-entries.ts'
import { constantOf, parseTemplate, render, type Template, type TemplateSource, toByteText } from './template.ts'

/** A name with a value that may depend on the request. */
interface Assignment {
  name: string
  /** The value, where it is the same for every request. */
  constant: string | null
  /** Number among the values that are made for each request. */
  slot: number
}

/** What is done to one part of the request, in this order. */
export interface Operations {
  remove: readonly string[]
  rename: readonly { from: string; to: string }[]
  replace: readonly Assignment[]
  add: readonly Assignment[]
  append: readonly Assignment[]
}

type Part = 'headers' | 'querystring' | 'body'
type Lists = Readonly<Record<'remove' | 'rename' | 'replace' | 'add' | 'append', Readonly<Record<Part, readonly string[]>>>>

export function compileTemplate(text: string): Template {
  const result = parseTemplate(text)
  if (!result.ok) throw new TypeError(result.problem)
  return result.template
}

/** Compiles lists of entries; collects the templates that have to be read for each request. */
export class OperationCompiler {
  readonly #templates: Template[] = []

  compile(lists: Lists, part: Part): Operations | null {
    const { remove, rename, replace, add, append } = lists
    if ([remove, rename, replace, add, append].every((list) => list[part].length === 0)) return null
    return {
      remove: remove[part].map((entry) => toByteText(splitEntry(entry).name)),
      rename: rename[part].map((entry) => ({ from: toByteText(splitEntry(entry).name), to: toByteText(splitEntry(entry).value) })),
      replace: replace[part].map((entry) => this.#assignment(entry)),
      add: add[part].map((entry) => this.#assignment(entry)),
      append: append[part].map((entry) => this.#assignment(entry)),
    }
  }

  get templates(): readonly Template[] {
    return this.#templates
  }

  #assignment(entry: string): Assignment {
    const { name, value } = splitEntry(entry)
    const template = compileTemplate(value)
    const constant = constantOf(template)
    if (constant === null) this.#templates.push(template)
    return { name: toByteText(name), constant, slot: this.#templates.length - 1 }
  }
}

const NONE: readonly string[] = []

/** The values of all templates, as the request was before anything was done to it. */
export function renderAll(templates: readonly Template[], source: TemplateSource): readonly string[] {
  return templates.length === 0 ? NONE : templates.map((template) => render(template, source))
}

/** What a part of a request offers to operations. */
export interface Changeable {
  has(name: string): boolean
  remove(name: string): void
  rename(from: string, to: string): void
  /** Only where the name is there. */
  replace(name: string, value: string): void
  append(name: string, value: string): void
  /** Where it is not there yet; `append` where a part has no other way. */
  add?(name: string, value: string): void
}

/** A template that gives nothing does nothing. */
export function applyOperations(operations: Operations, values: readonly string[], part: Changeable): void {
  for (const name of operations.remove) part.remove(name)
  for (const { from, to } of operations.rename) part.rename(from, to)
  for (const { name, constant, slot } of operations.replace) {
    const value = constant ?? (values[slot] as string)
    if (value !== '') part.replace(name, value)
  }
  for (const { name, constant, slot } of operations.add) {
    const value = constant ?? (values[slot] as string)
    if (value === '' || part.has(name)) continue
    if (part.add === undefined) part.append(name, value)
    else part.add(name, value)
  }
  for (const { name, constant, slot } of operations.append) {
    const value = constant ?? (values[slot] as string)
    if (value !== '') part.append(name, value)
  }
}
