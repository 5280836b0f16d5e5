import type { Issue } from '@sluice/shared/snapshot'
import { PASSWORD_LENGTH_MIN } from './password-rule.ts'

/** What a form before sign-in may ask for, and what to write where it is missing. */
const LABELS = { name: 'Name', email: 'Email', password: 'Password' } as const
export type FieldName = keyof typeof LABELS

const EMAIL = /^[^\s@]+@[^\s@]+$/

const RULES: Record<FieldName, (text: string) => string | null> = {
  name: (text) => (text.trim() === '' ? 'Write your name; it stands beside your changes in the history.' : null),
  email: (text) => (EMAIL.test(text.trim()) ? null : 'Write an email address such as ada@example.com.'),
  password: (text) => (text.length < PASSWORD_LENGTH_MIN ? `Write ${PASSWORD_LENGTH_MIN} characters or more; this has ${text.length}.` : null),
}

/** What can be seen without asking the control plane, in the order of the fields given. */
export function findIssues(values: Partial<Record<FieldName, string>>): Issue[] {
  return Object.entries(values).flatMap(([path, text]) => {
    const message = RULES[path as FieldName](text)
    return message === null ? [] : [{ path, message }]
  })
}

/** The control plane's messages go on from the name of the field ("must be …"); these are whole sentences. */
export function asSentences(issues: readonly Issue[]): Issue[] {
  return issues.map(({ path, message }) => ({ path, message: `${LABELS[path as FieldName] ?? path} ${message.replace(/\.$/, '')}.` }))
}

export function messageAt(issues: readonly Issue[], path: FieldName): string | null {
  return issues.find((issue) => issue.path === path)?.message ?? null
}

/** Takes the operator to the first field that is wrong; its message is read with it. */
export function focusFirst(form: HTMLFormElement | null, issues: readonly Issue[]): void {
  const field = form?.elements.namedItem(issues[0]?.path ?? '')
  if (field instanceof HTMLInputElement) field.focus()
}
