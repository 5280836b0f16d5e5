import type { ShownNode } from './node-words.ts'

export const NODE_NAME_LENGTH_MAX = 128
const NODE_NAME = /^[\w.-]+$/
const MINUTE_MS = 60_000
const SECOND_MS = 1_000

/** What is wrong with a name for a new node, or null. Empty is right: the node then chooses by its host name. */
export function nodeNameProblem(name: string): string | null {
  const text = name.trim()
  if (text === '') return null
  if (text.length > NODE_NAME_LENGTH_MAX) return `Write at most ${NODE_NAME_LENGTH_MAX} characters; this has ${text.length}.`
  return NODE_NAME.test(text) ? null : 'Write letters, digits and . - _ only.'
}

export interface CommandPart {
  text: string
  /** The name of a variable, drawn apart. */
  isName: boolean
}

/** A command line as its variables and the rest, in order. All parts together are the command again. */
export function partsOf(command: string): CommandPart[] {
  const parts: CommandPart[] = []
  let rest = command
  for (const [whole, before = '', name = ''] of command.matchAll(/(^|.*?\s)([A-Z][A-Z0-9_]*)(?==)/g)) {
    if (before !== '') parts.push({ text: before, isName: false })
    parts.push({ text: name, isName: true })
    rest = rest.slice(whole.length)
  }
  return rest === '' ? parts : [...parts, { text: rest, isName: false }]
}

/** How long a join token still works, or null when it does no more. */
export function lifeText(expiresAt: Date, now: Date): string | null {
  const left = expiresAt.getTime() - now.getTime()
  if (left <= 0) return null
  const minutes = Math.floor(left / MINUTE_MS)
  if (minutes >= 2) return `works once, for ${minutes} min more`
  const seconds = Math.ceil((left % MINUTE_MS) / SECOND_MS)
  return minutes === 1 ? `works once, for 1 min ${seconds} s more` : `works once, for ${seconds} s more`
}

export interface Invitation {
  /** The name that the token is for, or null where the node may choose. */
  name: string | null
  /** Nodes that cannot be the one that is waited for. */
  known: ReadonlySet<string>
}

/** A name may be joined again, so of the nodes that have it only those that are connected already are out of question. */
export function invite(nodes: readonly ShownNode[], name: string | null): Invitation {
  const known = name === null ? nodes : nodes.filter((node) => node.state === 'connected')
  return { name, known: new Set(known.map((node) => node.id)) }
}

/** The node that a token brought, once it is connected. */
export function joinedNode(nodes: readonly ShownNode[], { name, known }: Invitation): ShownNode | null {
  return nodes.find((node) => node.state === 'connected' && !known.has(node.id) && (name === null || node.name === name)) ?? null
}
