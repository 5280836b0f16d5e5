/** What a template may name; each stands for one text of the exchange. */
export const VARIABLES = ['status', 'reason', 'message', 'request_id', 'method', 'path', 'host', 'route', 'service'] as const
export type Variable = (typeof VARIABLES)[number]
export type Values = Readonly<Record<Variable, string>>

/** How a value is written so that it cannot become markup or code of the body around it. */
export type Escaping = 'json' | 'markup' | 'none'

/** Texts and variables in turn. */
export type Template = readonly (string | { variable: Variable })[]

const NAMED = /\{([a-z][a-z_]*)\}/g
const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** Longest value that a client chose, in characters: a body must not grow with what was sent. */
const VALUE_LENGTH_MAX = 1_024

export function escapingOf(contentType: string): Escaping {
  const essence = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (essence === 'application/json' || essence.endsWith('+json')) return 'json'
  return /(?:html|xml)$/.test(essence) ? 'markup' : 'none'
}

function isVariable(name: string): name is Variable {
  return (VARIABLES as readonly string[]).includes(name)
}

/** Takes a text apart; throws TypeError for a name in braces that stands for nothing. */
export function parseTemplate(text: string): Template {
  const parts: (string | { variable: Variable })[] = []
  let from = 0
  for (const found of text.matchAll(NAMED)) {
    const name = String(found[1])
    if (!isVariable(name)) throw new TypeError(`{${name}} stands for nothing; there are: ${VARIABLES.map((known) => `{${known}}`).join(', ')}`)
    parts.push(text.slice(from, found.index), { variable: name })
    from = found.index + found[0].length
  }
  return [...parts, text.slice(from)]
}

function escaped(value: string, escaping: Escaping): string {
  const short = value.slice(0, VALUE_LENGTH_MAX)
  if (escaping === 'json') return JSON.stringify(short).slice(1, -1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const plain = short.replaceAll(/[\x00-\x08\x0a-\x1f\x7f]/g, ' ')
  return escaping === 'none' ? plain : plain.replaceAll(/[&<>"']/g, (character) => MARKUP[character] ?? '')
}

export function renderTemplate(template: Template, values: Values, escaping: Escaping): string {
  return template.map((part) => (typeof part === 'string' ? part : escaped(values[part.variable], escaping))).join('')
}

const SAMPLE: Values = { status: '404', reason: 'a', message: 'a"b', request_id: 'a', method: 'GET', path: '/', host: 'a', route: 'a', service: 'a' }

/** Why a body cannot be used; null where it can. One of JSON must be JSON with any values in it. */
export function bodyProblem(body: string, contentType: string): string | null {
  try {
    const template = parseTemplate(body)
    if (escapingOf(contentType) === 'json') JSON.parse(renderTemplate(template, SAMPLE, 'json'))
    return null
  } catch (error) {
    if (error instanceof TypeError) return error.message
    return 'is not JSON, as its content type says, when values are put in; texts such as {message} stand within quotes'
  }
}
