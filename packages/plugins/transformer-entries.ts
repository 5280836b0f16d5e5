import * as z from 'zod'

/** Entries of one list, and characters of one entry. */
export const ENTRIES_MAX = 256
const ENTRY_LENGTH_MAX = 4_096

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'content-length']

/** Name and value of `name:value`; the first colon parts them. */
export function splitEntry(entry: string): { name: string; value: string } {
  const colon = entry.indexOf(':')
  return colon < 0 ? { name: entry, value: '' } : { name: entry.slice(0, colon), value: entry.slice(colon + 1) }
}

/** What is wrong with an entry, or null. */
export type EntryCheck = (name: string, value: string, entry: string) => string | null

/** An entry that is a name alone. */
export const named: EntryCheck = (name) => (name === '' ? 'has no name' : null)
/** An entry that is a pair. */
export const paired: EntryCheck = (name, value, entry) => (name === '' || value === '' ? `key '${entry}' has no value` : null)

/** Headers of a message that no plugin can set, by what they are, in lower case. */
interface Reserved {
  /** Written by the node after all plugins. */
  byNode: RegExp
  /** Of the connection, besides those of every message. */
  ofConnection?: readonly string[]
}

/** Says what is wrong with the name of a header of this message, or null. */
export function headerCheck(message: 'request' | 'answer', { byNode, ofConnection = [] }: Reserved): (name: string) => string | null {
  const connection = new Set([...OF_CONNECTION, ...ofConnection])
  return (name) => {
    if (!HEADER_NAME.test(name)) return `"${name}" is no header name`
    if (connection.has(name.toLowerCase())) return `${name} belongs to the connection: it follows from the ${message} and cannot be set`
    return byNode.test(name) ? `the node itself writes ${name} after all plugins` : null
  }
}

/** A list of entries as a field of a schema. */
export function entryList(check: EntryCheck, title: string, description: string) {
  const entry = z
    .string()
    .min(1)
    .max(ENTRY_LENGTH_MAX)
    .superRefine((text, context) => {
      const { name, value } = splitEntry(text)
      const problem = check(name, value, text)
      if (problem !== null) context.addIssue({ code: 'custom', message: problem })
    })
  return z.array(entry).max(ENTRIES_MAX).default([]).meta({ title, description })
}
