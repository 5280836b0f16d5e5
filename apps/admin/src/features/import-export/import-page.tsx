'use client'

import { useMutation } from '@tanstack/react-query'
import { FileUp, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type DragEvent, type FormEvent, useState } from 'react'
import { useTRPC } from '../../trpc/client.ts'
import { type Failure, readFailure } from '../../trpc/failure.ts'
import { UnsavedGuard } from '../../ui/schema-form/unsaved-guard.tsx'
import { announceWritten } from '../entities/receipt.tsx'
import { PlanView } from '../revisions/plan-view.tsx'
import { isEmptyPlan, type Plan } from '../revisions/plan-words.ts'
import { useCrumb } from '../shell/crumb.tsx'
import { documentProblem, formatOf, linesOf } from './document.ts'

const ISSUES_SHOWN = 50

function Issues({ failure, text }: { failure: Failure; text: string }) {
  const shown = failure.issues.slice(0, ISSUES_SHOWN)
  const lines = linesOf(text, shown)
  if (shown.length === 0) return <>{failure.message}</>
  return (
    <>
      <b>{failure.issues.length === 1 ? 'One thing is wrong. Nothing was written.' : `${failure.issues.length} things are wrong. Nothing was written.`}</b>
      <ul className="issues">
        {shown.map((issue, index) => (
          <li key={`${issue.path} ${issue.message}`}>
            {lines[index] !== null && !issue.path.startsWith('line ') && <span className="i3">line {lines[index]}</span>} {issue.path !== '' && <code>{issue.path}</code>}{' '}
            {issue.message}
          </li>
        ))}
      </ul>
      {failure.issues.length > shown.length && <p>and {failure.issues.length - shown.length} more.</p>}
    </>
  )
}

interface SourceProps {
  text: string
  name: string | null
  problem: string | null
  onText: (text: string, name: string | null) => void
}

/** The document: typed, pasted, chosen or dropped. */
function Source({ text, name, problem, onText }: SourceProps) {
  const [isOver, setIsOver] = useState(false)
  const read = async (file: File | undefined) => {
    if (file !== undefined) onText(await file.text(), file.name)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setIsOver(false)
    void read(event.dataTransfer.files[0])
  }
  const drag = (event: DragEvent) => {
    event.preventDefault()
    setIsOver(true)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way; the button and the text field are there for everyone.
    <div className={isOver ? 'field drop over' : 'field drop'} onDragOver={drag} onDragLeave={() => setIsOver(false)} onDrop={drop}>
      <div className="row between wrap">
        <label htmlFor="document">Document</label>
        <label className="btn sm file">
          <FileUp className="i s" aria-hidden="true" />
          Choose a file
          <input type="file" className="sr" accept=".yaml,.yml,.json,application/json,application/yaml" onChange={(event) => void read(event.target.files?.[0])} />
        </label>
      </div>
      <div className={problem === null ? 'in area' : 'in area err'}>
        <textarea
          id="document"
          rows={16}
          value={text}
          spellCheck={false}
          placeholder={'_format_version: "3.0"\nservices:\n  - name: orders\n    url: http://orders.internal:8080'}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? 'document-help' : 'document-error document-help'}
          onChange={(event) => onText(event.target.value, null)}
        />
      </div>
      {problem !== null && (
        <p className="err" role="alert" id="document-error">
          <TriangleAlert className="i s" aria-hidden="true" />
          <span>{problem}</span>
        </p>
      )}
      <p className="help" id="document-help">
        {name === null ? '' : `${name}. `}Kong’s declarative format, YAML or JSON. A file can be dropped here.
      </p>
    </div>
  )
}

function useImport() {
  const trpc = useTRPC()
  const router = useRouter()
  const preview = useMutation(trpc.declarative.import.mutationOptions())
  const write = useMutation(trpc.declarative.import.mutationOptions())
  const error = write.error ?? preview.error
  return {
    plan: preview.data?.plan ?? null,
    failure: error === null ? null : readFailure(error),
    isBusy: preview.isPending || write.isPending,
    isDone: write.isSuccess,
    forget: () => {
      preview.reset()
      write.reset()
    },
    preview: (text: string) => {
      write.reset()
      preview.mutate({ text, format: formatOf(text), dry_run: true })
    },
    write: async (text: string) => {
      const { revision } = await write.mutateAsync({ text, format: formatOf(text), dry_run: false }).catch(() => ({ revision: null }))
      if (revision === null) return
      announceWritten({ text: 'Imported', revision })
      router.push(`/revisions/${revision}`)
    },
  }
}

function PlanCard({ plan, isBusy, onImport }: { plan: Plan; isBusy: boolean; onImport: () => void }) {
  const isNothing = isEmptyPlan(plan)
  return (
    <section className="card" aria-label="What the import would write">
      <header>
        <h2>Plan</h2>
      </header>
      <div className="body">
        {isNothing ? <p role="status">Nothing changes: the configuration is what the document says.</p> : <PlanView plan={plan} />}
        {plan.deletes.length > 0 && (
          <p className="note warn" style={{ marginTop: 12 }}>
            <TriangleAlert className="i s" aria-hidden="true" />
            <span>What the document does not have is deleted. All of it can be brought back by restoring the present revision.</span>
          </p>
        )}
      </div>
      <div className="sv">
        <span className="grow i3">{isNothing ? '' : 'As one revision'}</span>
        <button type="button" className="btn primary" disabled={isBusy || isNothing} onClick={onImport}>
          {isBusy ? 'Importing…' : 'Import'}
        </button>
      </div>
    </section>
  )
}

/** Makes the workspace equal to a document: first the plan, then one revision. */
export function ImportPage() {
  const [document, setDocument] = useState<{ text: string; name: string | null }>({ text: '', name: null })
  const [problem, setProblem] = useState<string | null>(null)
  const work = useImport()
  useCrumb('Import')
  const change = (text: string, name: string | null) => {
    setDocument({ text, name })
    setProblem(null)
    work.forget()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = documentProblem(document.text)
    setProblem(found)
    if (found === null) work.preview(document.text)
  }
  return (
    <>
      <div className="ph">
        <div>
          <h1>Import</h1>
          <p className="sub">The configuration becomes what the document says. You see the plan before anything is written.</p>
        </div>
      </div>
      <div className="cols im">
        <form className="card" onSubmit={submit} noValidate>
          <div className="body">
            <Source text={document.text} name={document.name} problem={problem} onText={change} />
            {work.failure !== null && (
              <div className="note bad" role="alert" style={{ marginTop: 12 }}>
                <TriangleAlert className="i s" aria-hidden="true" />
                <div className="grow">
                  <Issues failure={work.failure} text={document.text} />
                </div>
              </div>
            )}
          </div>
          <div className="sv">
            <span className="grow" />
            <Link className="btn ghost" href="/revisions">
              Cancel
            </Link>
            <button type="submit" className={work.plan === null ? 'btn primary' : 'btn'} disabled={work.isBusy}>
              {work.isBusy && work.plan === null ? 'Checking…' : 'Show the plan'}
            </button>
          </div>
        </form>
        {work.plan !== null && <PlanCard plan={work.plan} isBusy={work.isBusy} onImport={() => void work.write(document.text)} />}
      </div>
      <UnsavedGuard active={document.text !== '' && !work.isDone && !work.isBusy} />
    </>
  )
}
