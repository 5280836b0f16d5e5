import { formatIssuePath, type Issue } from '@sluice/shared/snapshot'
import type * as z from 'zod'
import { type Field, leavesOf } from './fields.ts'

/** What the form holds while it is filled in: the shape of the value, but nothing of it is checked. */
export type Draft = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function readPath(draft: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), draft)
}

/** A copy with one value replaced; undefined takes it out, so that the schema's default counts. */
export function writePath(draft: Draft, path: readonly string[], value: unknown): Draft {
  const [name, ...rest] = path
  if (name === undefined) return draft
  const below = isRecord(draft[name]) ? draft[name] : {}
  const next = rest.length === 0 ? value : writePath(below, rest, value)
  const { [name]: _, ...others } = draft
  return next === undefined ? others : { ...draft, [name]: next }
}

/** Equal as JSON; the order of keys does not count. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((entry, index) => isSame(entry, right[index]))
  if (isRecord(left) && isRecord(right)) {
    const names = new Set([...Object.keys(left), ...Object.keys(right)])
    return [...names].every((name) => isSame(left[name], right[name]))
  }
  return left === right
}

/** A draft with the defaults of all fields, and what is known already on top. */
export function startDraft(fields: readonly Field[], known: Draft): Draft {
  const draft: Record<string, unknown> = {}
  for (const field of fields) {
    const value = known[field.name]
    if (field.control.kind === 'group') draft[field.name] = startDraft(field.control.fields, isRecord(value) ? value : {})
    else if (field.control.kind === 'secret') continue
    else if (value !== undefined) draft[field.name] = value
    else if (field.initial !== undefined) draft[field.name] = field.initial
  }
  return draft
}

const WORDS_BY_TYPE: Record<string, string> = { number: 'Write a number.', int: 'Write a whole number.', string: 'Write a value.', boolean: 'Choose on or off.' }

/** Zod's messages for mistakes that need no rule to be explained: what to write instead. The rules of a schema bring their own words. */
function sayIt(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'Write a value.' : WORDS_BY_TYPE[issue.expected]
  if (issue.code === 'too_small' && (issue.origin === 'number' || issue.origin === 'int')) return `Write ${issue.minimum} or more.`
  if (issue.code === 'too_big' && (issue.origin === 'number' || issue.origin === 'int')) return `Write ${issue.maximum} or less.`
  if (issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1) return 'Write a value.'
  if (issue.code === 'too_small' && issue.origin === 'array') return `Name at least ${issue.minimum}.`
  return undefined
}

export type Checked = { ok: true; value: Record<string, unknown> } | { ok: false; issues: Issue[] }

/**
 * Checks a draft with the schema that the control plane will check it with. A secret that was left empty is not part of the value:
 * the control plane keeps the one it has, or makes one.
 */
export function checkDraft(schema: z.ZodType, fields: readonly Field[], draft: Draft): Checked {
  const untouched = leavesOf(fields)
    .filter((field) => field.control.kind === 'secret')
    .map((field) => field.path)
    .filter((path) => (readPath(draft, path) ?? '') === '')
  const result = schema.safeParse(draft, { error: sayIt })
  const isUntouched = (path: string) => untouched.some((secret) => formatIssuePath(secret) === path)
  if (!result.success) {
    const issues = result.error.issues.map((issue) => ({ path: formatIssuePath(issue.path), message: issue.message })).filter((issue) => !isUntouched(issue.path))
    if (issues.length > 0) return { ok: false, issues }
  }
  const value = (result.success ? result.data : draft) as Draft
  return { ok: true, value: { ...untouched.reduce((rest, path) => writePath(rest, path, undefined), value) } }
}

/** Issues by the path of the field they stand at; those of no field come under the empty path. */
export function issuesByField(fields: readonly Field[], issues: readonly Issue[]): ReadonlyMap<string, string[]> {
  const paths = leavesOf(fields).map((field) => formatIssuePath(field.path))
  const found = new Map<string, string[]>()
  for (const issue of issues) {
    const path = paths.find((entry) => issue.path === entry || issue.path.startsWith(`${entry}.`) || issue.path.startsWith(`${entry}[`)) ?? ''
    const place = path === '' ? issue.path : issue.path.slice(path.length)
    const item = /^\[(\d+)\]/.exec(place)
    const text = path === '' && place !== '' ? `${place}: ${issue.message}` : item === null ? issue.message : `Value ${Number(item[1]) + 1}: ${issue.message}`
    found.set(path, [...(found.get(path) ?? []), text])
  }
  return found
}

/** Top-level fields in which `value` differs from `before`. A field that `before` does not have differs only from nothing. */
export function changedFields(before: Draft, value: Draft): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name, entry]) => entry !== undefined && !isSame(before[name], entry)))
}
