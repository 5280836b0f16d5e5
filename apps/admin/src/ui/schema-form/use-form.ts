'use client'

import type { Issue } from '@sluice/shared/snapshot'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type * as z from 'zod'
import { checkDraft, type Draft, isSame, issuesByField, readPath, startDraft, writePath } from './draft.ts'
import { type Field, fieldsOf } from './fields.ts'

export interface FormModel {
  fields: readonly Field[]
  draft: Draft
  /** Messages by field path; the empty path has those of no field. */
  problems: ReadonlyMap<string, string[]>
  problemCount: number
  isDirty: boolean
  read: (field: Field) => unknown
  /** What the field was when the form was opened. */
  readStart: (field: Field) => unknown
  isChanged: (field: Field) => boolean
  write: (field: Field, value: unknown) => void
  discard: () => void
  /** Takes the present draft as the new starting point. */
  settle: () => void
  /** The parsed value, or null where the schema refuses the draft; the problems are shown then. */
  check: () => Record<string, unknown> | null
  refuse: (issues: readonly Issue[]) => void
}

/**
 * State of one form made from a schema. Nothing is checked before the first submit; after it every keystroke is, so that a
 * corrected field loses its error at once. Issues of the control plane stay until their field changes.
 */
export function useForm(schema: z.ZodType, known: Draft): FormModel {
  const fields = useMemo(() => fieldsOf(schema), [schema])
  const [start, setStart] = useState(() => startDraft(fields, known))
  const [draft, setDraft] = useState(start)
  const [issues, setIssues] = useState<readonly Issue[]>([])
  const strict = useRef(false)
  // A list adds its pending text when it loses focus, in the same event that submits: the newest draft must be read, not the rendered one.
  const latest = useRef(draft)

  const put = useCallback(
    (next: Draft) => {
      latest.current = next
      setDraft(next)
      if (!strict.current) return
      const checked = checkDraft(schema, fields, next)
      setIssues(checked.ok ? [] : checked.issues)
    },
    [schema, fields],
  )
  const check = useCallback(() => {
    strict.current = true
    const checked = checkDraft(schema, fields, latest.current)
    setIssues(checked.ok ? [] : checked.issues)
    return checked.ok ? checked.value : null
  }, [schema, fields])
  // What the form was opened with may be read again: where nothing was typed yet, the newer one is shown.
  const fresh = useMemo(() => startDraft(fields, known), [fields, known])
  const started = useRef(start)
  started.current = start
  useEffect(() => {
    if (isSame(fresh, started.current) || !isSame(latest.current, started.current)) return
    latest.current = fresh
    setStart(fresh)
    setDraft(fresh)
  }, [fresh])
  const discard = useCallback(() => {
    strict.current = false
    latest.current = start
    setDraft(start)
    setIssues([])
  }, [start])

  return {
    fields,
    draft,
    problems: useMemo(() => issuesByField(fields, issues), [fields, issues]),
    problemCount: issues.length,
    isDirty: !isSame(start, draft),
    read: (field) => readPath(draft, field.path),
    readStart: (field) => readPath(start, field.path),
    isChanged: (field) => !isSame(readPath(start, field.path), readPath(draft, field.path)),
    write: (field, value) => put(writePath(latest.current, field.path, value)),
    discard,
    settle: () => setStart(latest.current),
    check,
    refuse: setIssues,
  }
}
