/** How OpenAPI writes a parameter that is a list or an object (OpenAPI 3.1, 4.8.12.2). */
export type Style = 'simple' | 'label' | 'matrix' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject'
export type Place = 'path' | 'query' | 'header'

export const STYLES_OF: Readonly<Record<Place, readonly Style[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
}

/** A parameter as a request has it: the one text of a path or header, or the pairs of a query. */
export type Given = { text: string } | { pairs: readonly [string, string][] }

/** What is known of a parameter before any request. */
export interface Shape {
  name: string
  style: Style
  explode: boolean
  /** What the schema says the value is. */
  kind: 'list' | 'object' | 'value'
  /** Names of the members that the schema knows; needed where a query has them as arguments of its own. */
  members: readonly string[]
}

/** A list of texts, an object of texts, one text; or null where the parameter is not there. */
export type Written = { list: string[] } | { members: [string, string][] } | { value: string } | null

/** The request writes the parameter in a way that is not its style. */
export class Misspelt extends Error {}

const SEPARATORS = { form: ',', spaceDelimited: ' ', pipeDelimited: '|' } as const

/** `R,100,G,200` as pairs. */
function inTurn(parts: readonly string[]): [string, string][] {
  if (parts.length % 2 === 1) throw new Misspelt()
  return Array.from({ length: parts.length / 2 }, (_, index) => [String(parts[index * 2]), String(parts[index * 2 + 1])])
}

/** `R=100` and so on as pairs. */
function assigned(parts: readonly string[]): [string, string][] {
  return parts.map((part) => {
    const at = part.indexOf('=')
    if (at === -1) throw new Misspelt()
    return [part.slice(0, at), part.slice(at + 1)]
  })
}

function fromParts(shape: Shape, parts: readonly string[]): Written {
  if (shape.kind === 'list') return { list: [...parts] }
  return { members: shape.explode ? assigned(parts) : inTurn(parts) }
}

function readSimple(shape: Shape, text: string): Written {
  return shape.kind === 'value' ? { value: text } : fromParts(shape, text === '' ? [] : text.split(','))
}

/** `.blue.black` where exploded, else `.blue,black`. */
function readLabel(shape: Shape, text: string): Written {
  if (!text.startsWith('.')) throw new Misspelt()
  const rest = text.slice(1)
  return shape.kind === 'value' ? { value: rest } : fromParts(shape, rest === '' ? [] : rest.split(shape.explode ? '.' : ','))
}

/** `;color=blue;color=black` where exploded, else `;color=blue,black`. */
function readMatrix(shape: Shape, text: string): Written {
  if (!text.startsWith(';')) throw new Misspelt()
  const pairs = assigned(text.slice(1).split(';'))
  if (shape.explode && shape.kind === 'object') return { members: pairs }
  if (pairs.some(([name]) => name !== shape.name)) throw new Misspelt()
  const values = pairs.map(([, value]) => value)
  if (shape.explode && shape.kind === 'list') return { list: values }
  if (values.length !== 1) throw new Misspelt()
  const [value = ''] = values
  return shape.kind === 'value' ? { value } : fromParts(shape, value.split(','))
}

function readQuery(shape: Shape, pairs: readonly [string, string][]): Written {
  if (shape.style === 'deepObject') return readDeepObject(shape, pairs)
  if (shape.kind === 'object' && shape.explode) {
    const members = pairs.filter(([name]) => shape.members.includes(name))
    return members.length === 0 ? null : { members }
  }
  const values = pairs.filter(([name]) => name === shape.name).map(([, value]) => value)
  if (values.length === 0) return null
  if (shape.kind === 'list' && shape.explode) return { list: values }
  // Of two values who reads the first and who reads the last would disagree.
  if (values.length > 1) throw new Misspelt()
  const [value = ''] = values
  if (shape.kind === 'value') return { value }
  return fromParts(shape, value === '' ? [] : value.split(SEPARATORS[shape.style as keyof typeof SEPARATORS]))
}

/** `color[R]=100&color[G]=200`. */
function readDeepObject(shape: Shape, pairs: readonly [string, string][]): Written {
  const prefix = `${shape.name}[`
  const members = pairs.filter(([name]) => name.startsWith(prefix)).map(([name, value]): [string, string] => [name.slice(prefix.length, -1), value])
  if (pairs.some(([name]) => name.startsWith(prefix) && !name.endsWith(']'))) throw new Misspelt()
  return members.length === 0 ? null : { members }
}

/** What a request says of a parameter; throws Misspelt where it is not written in its style. */
export function readParameter(shape: Shape, given: Given): Written {
  if ('pairs' in given) return readQuery(shape, given.pairs)
  if (shape.style === 'label') return readLabel(shape, given.text)
  return shape.style === 'matrix' ? readMatrix(shape, given.text) : readSimple(shape, given.text)
}
