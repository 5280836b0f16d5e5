/** What a template reads of a request. All texts have one character per byte. */
export interface TemplateSource {
  /** First value of a field, or null. */
  header(name: string): string | null
  /** First value of an argument, percent-decoded, or null. */
  argument(name: string): string | null
  capture(name: string): string | null
}

interface Reference {
  from: 'headers' | 'query_params' | 'uri_captures'
  name: string
}

type Choice = Reference | { literal: string }

/** Texts, and between them what the first of several choices gives. */
export type Template = readonly (string | readonly Choice[])[]

export type TemplateResult = { ok: true; template: Template } | { ok: false; problem: string }

/** Choices of one `$(…)`: enough for any default of a default. */
const CHOICES_MAX = 8

const NAME = '[A-Za-z_][A-Za-z0-9_]*'
const REFERENCE = new RegExp(`^(${NAME})(?:\\.(${NAME})|\\[(\\d{1,3})\\]|\\["([^"\\\\]{1,256})"\\]|\\['([^'\\\\]{1,256})'\\])$`)
const LITERAL = /^(?:"([^"\\]*)"|'([^'\\]*)'|(\d{1,15}))$/
const SUPPORTED = "this version reads $(headers.x), $(query_params.x) and $(uri_captures.x), each with or without `or 'text'`"

/** One character per byte of its UTF-8 form. */
export function toByteText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is.
  if (/^[\x00-\x7f]*$/.test(text)) return text
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
}

function parseChoice(text: string): Choice | string {
  const literal = LITERAL.exec(text)
  if (literal !== null) return { literal: toByteText(literal[1] ?? literal[2] ?? literal[3] ?? '') }
  const reference = REFERENCE.exec(text)
  if (reference === null) return `$(${text}) is no template: ${SUPPORTED}`
  const [, from, ...names] = reference
  const name = names.find((entry) => entry !== undefined) ?? ''
  if (from === 'shared') return `$(${text}) cannot be read: plugins share no values here`
  if (from !== 'headers' && from !== 'query_params' && from !== 'uri_captures') return `$(${text}) is no template: ${SUPPORTED}`
  return { from, name: toByteText(name) }
}

/** Splits at `or` between choices, not within quotes. */
function splitChoices(text: string): string[] {
  return text.match(/(?:"[^"]*"|'[^']*'|(?!\sor\s)[\s\S])+/g)?.map((part) => part.replace(/^\s*or\s/, '').trim()) ?? []
}

/** Where the `)` of a template is that begins at `from`; -1 where there is none. Parentheses in quotes do not count. */
function closing(text: string, from: number): number {
  let quote = ''
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] as string
    if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === ')') return at
    else if (character === '(') return -1
  }
  return -1
}

/** Reads a text with `$(…)` in it. Nothing of it is ever run: what is not one of the known forms is a problem, told in a sentence. */
export function parseTemplate(text: string): TemplateResult {
  const parts: (string | Choice[])[] = []
  let at = 0
  for (;;) {
    const start = text.indexOf('$(', at)
    if (start < 0) break
    const end = closing(text, start + 2)
    if (end < 0) return { ok: false, problem: `${text.slice(start, start + 40)} is no template: ${SUPPORTED}` }
    const choices = splitChoices(text.slice(start + 2, end)).map(parseChoice)
    const problem = choices.find((choice) => typeof choice === 'string')
    if (problem !== undefined) return { ok: false, problem }
    if (choices.length === 0 || choices.length > CHOICES_MAX) return { ok: false, problem: `a template has 1 to ${CHOICES_MAX} choices` }
    if (start > at) parts.push(toByteText(text.slice(at, start)))
    parts.push(choices as Choice[])
    at = end + 1
  }
  if (at < text.length) parts.push(toByteText(text.slice(at)))
  return { ok: true, template: parts }
}

/** The text of a template that reads nothing; null for one that reads something. */
export function constantOf(template: Template): string | null {
  return template.every((part) => typeof part === 'string') ? template.join('') : null
}

function read({ from, name }: Reference, source: TemplateSource): string | null {
  if (from === 'headers') return source.header(name)
  return from === 'query_params' ? source.argument(name) : source.capture(name)
}

/** `encode` is asked for each value that was read of the request's headers and arguments. What is not there is nothing. */
export function render(template: Template, source: TemplateSource, encode: (value: string) => string = (value) => value): string {
  let text = ''
  for (const part of template) {
    if (typeof part === 'string') text += part
    else text += renderChoices(part, source, encode)
  }
  return text
}

function renderChoices(choices: readonly Choice[], source: TemplateSource, encode: (value: string) => string): string {
  for (const choice of choices) {
    if ('literal' in choice) return choice.literal
    const value = read(choice, source)
    if (value !== null) return choice.from === 'uri_captures' ? value : encode(value)
  }
  return ''
}
