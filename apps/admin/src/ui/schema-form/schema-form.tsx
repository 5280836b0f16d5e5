'use client'

import type { Issue } from '@sluice/shared/snapshot'
import { ChevronRight, TriangleAlert } from 'lucide-react'
import { type FormEvent, type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import type * as z from 'zod'
import { useHydrated } from '../use-hydrated.ts'
import { DocsCard } from './docs-card.tsx'
import type { Draft } from './draft.ts'
import { type FieldExtras, FieldRow, type RenderReference } from './field-row.tsx'
import type { Field } from './fields.ts'
import { type FilledSection, type FormSection, fillSections } from './sections.ts'
import { UnsavedGuard } from './unsaved-guard.tsx'
import { type FormModel, useForm } from './use-form.ts'

export interface SchemaFormProps {
  /** Should keep its identity between renders. */
  schema: z.ZodType
  known: Readonly<Record<string, unknown>>
  isNew: boolean
  submitLabel: string
  sections?: readonly FormSection[]
  /** Wire names that are set by the page and not shown. */
  hidden?: readonly string[]
  /** Values to tick for lists that take any text, by wire path. */
  choices?: FieldExtras['choices']
  /** Controls of the page's own, by wire path, such as a field that suggests names. */
  controls?: FieldExtras['controls']
  /** Warnings that stand at a field without stopping anyone, by wire path, for what is filled in now. */
  advice?: (draft: Draft) => FieldExtras['advice']
  /** Shown beside the form until a field has the focus; without it there is no card. */
  summary?: { title: string; text: string }
  renderReference: RenderReference
  /** Gets the parsed value; what it returns are the issues of the control plane, none when it was saved. */
  onSubmit: (value: Record<string, unknown>) => Promise<readonly Issue[]>
  /** Stands left of the submit button. */
  actions?: ReactNode
  onDirty?: (dirty: boolean) => void
}

const NONE: readonly never[] = []
const NO_EXTRAS = {}

function Section({ section, children, hasProblem }: { section: FilledSection; children: ReactNode; hasProblem: boolean }) {
  if (section.folded === true) {
    return (
      <div className="sec">
        <details open={hasProblem ? true : undefined}>
          <summary>
            <ChevronRight className="i s" aria-hidden="true" />
            <h2>{section.title}</h2>
            {section.note !== undefined && <span className="end">{section.note}</span>}
          </summary>
          <div className="fb">{children}</div>
        </details>
      </div>
    )
  }
  return (
    <div className="sec">
      <header>
        <h2>{section.title}</h2>
        {section.note !== undefined && <span className="end">{section.note}</span>}
      </header>
      <div className="fb">{children}</div>
    </div>
  )
}

function SaveBar({ form, isNew, busy, label, actions }: { form: FormModel; isNew: boolean; busy: boolean; label: string; actions: ReactNode }) {
  const { problemCount } = form
  return (
    <div className="sv">
      <span role="status" className="row">
        {problemCount > 0 && (
          <span className="t-bad b row" style={{ gap: 6 }}>
            <TriangleAlert className="i s" aria-hidden="true" />
            {problemCount === 1 ? '1 problem' : `${problemCount} problems`}
          </span>
        )}
        {problemCount === 0 && !isNew && <span className="i3">{form.isDirty ? 'Not saved yet' : 'No changes'}</span>}
      </span>
      <span className="grow" />
      {actions}
      {!isNew && (
        <button type="button" className="btn ghost" disabled={!form.isDirty || busy} onClick={form.discard}>
          Discard
        </button>
      )}
      <button type="submit" className="btn primary" disabled={busy || (!isNew && !form.isDirty)}>
        {busy ? 'Saving…' : label}
      </button>
    </div>
  )
}

/** Takes the focus to the first field that is wrong, once its message is in the page. */
function useFocusOnProblem(form: RefObject<HTMLFormElement | null>): () => void {
  const [refusals, setRefusals] = useState(0)
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [form, refusals])
  return () => setRefusals((count) => count + 1)
}

const insideOf = (field: Field): string => field.path.join('.')

/**
 * A form made of a zod schema: one row per field with title, wire name, unit, default and help, all from the schema's `meta`.
 * It is checked on submit with the same schema; errors stand at their field, the first one gets the focus, and the number of
 * them is announced.
 */
export function SchemaForm(props: SchemaFormProps) {
  const {
    schema,
    known,
    isNew,
    submitLabel,
    sections = NONE,
    hidden = NONE,
    choices = NO_EXTRAS,
    controls = NO_EXTRAS,
    advice,
    summary,
    renderReference,
    onSubmit,
    actions,
    onDirty,
  } = props
  const form = useForm(schema, known)
  const [busy, setBusy] = useState(false)
  const hydrated = useHydrated()
  const [focused, setFocused] = useState<Field | null>(null)
  const element = useRef<HTMLFormElement>(null)
  const filled = useMemo(() => fillSections(sections, form.fields, hidden), [sections, form.fields, hidden])
  useEffect(() => onDirty?.(form.isDirty), [onDirty, form.isDirty])
  const showFirstProblem = useFocusOnProblem(element)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const value = form.check()
    if (value === null) return showFirstProblem()
    setBusy(true)
    const issues = await onSubmit(value)
    setBusy(false)
    form.refuse(issues)
    if (issues.length === 0) form.settle()
    else showFirstProblem()
  }
  const extras: FieldExtras = { choices, controls, advice: advice?.(form.draft) ?? NO_EXTRAS, renderReference }
  const general = form.problems.get('') ?? []
  const hasProblem = (section: FilledSection) =>
    [...form.problems.keys()].some((path) => section.fields.some((field) => path === insideOf(field) || path.startsWith(`${insideOf(field)}.`)))
  return (
    <div className={summary === undefined ? undefined : 'cols pl'}>
      <form ref={element} onSubmit={submit} noValidate>
        <fieldset className={summary === undefined ? 'whole' : 'card whole'} disabled={!hydrated}>
          {general.length > 0 && (
            <p className="note bad" role="alert" style={{ margin: 16 }}>
              <TriangleAlert className="i s" aria-hidden="true" />
              <span>{general.join(' ')}</span>
            </p>
          )}
          {filled.map((section) => (
            <Section key={section.title} section={section} hasProblem={hasProblem(section)}>
              {section.fields.map((field) => (
                <FieldRow key={insideOf(field)} form={form} field={field} isNew={isNew} extras={extras} onFocus={setFocused} />
              ))}
            </Section>
          ))}
          <SaveBar form={form} isNew={isNew} busy={busy} label={submitLabel} actions={actions} />
        </fieldset>
      </form>
      {summary !== undefined && <DocsCard field={focused} summary={summary} />}
      <UnsavedGuard active={form.isDirty && !busy} />
    </div>
  )
}
