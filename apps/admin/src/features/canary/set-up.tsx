'use client'

import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'
import type { Issue } from '@sluice/shared/snapshot'
import { ChevronDown, TriangleAlert } from 'lucide-react'
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { type Row, useCreate } from '../../trpc/entities.ts'
import { readFailure } from '../../trpc/failure.ts'
import { Combobox } from '../../ui/combobox/combobox.tsx'
import { useSuggestions } from '../entities/reference-field.tsx'
import { newCanary, type SetUp } from './canary-plugin.ts'
import { problemsOf } from './set-up-problems.ts'

const STICKY = [
  ['consumer', 'Consumer', 'A consumer stays on its side; callers without one go by their address.'],
  ['header', 'Header', 'Requests with the same value of a header stay on one side; without it, by consumer or address.'],
  ['cookie', 'Cookie', 'A browser stays on its side: it gets a cookie on its first request.'],
  ['ip', 'Address', 'An address stays on its side. Callers behind one proxy move together.'],
  ['none', 'Nothing', 'Each request is drawn anew: one caller sees both sides.'],
] as const

const EMPTY: SetUp = { upstream_host: '', upstream_port: '', hash: 'consumer', hash_header: '' }

function FormRow({ id, label, name, help, error, children }: { id: string; label: string; name: string; help: string; error: string | undefined; children: ReactNode }) {
  return (
    <div className="field fr">
      <div className="fl">
        <label htmlFor={id}>{label}</label>
        <code>{name}</code>
      </div>
      <div className="fi">
        {children}
        {error !== undefined && (
          <p className="err" id={`${id}-error`}>
            <TriangleAlert className="i s" aria-hidden="true" />
            <span>{error}</span>
          </p>
        )}
        <p className="help" id={`${id}-help`}>
          {help}
        </p>
      </div>
    </div>
  )
}

function HostField({ id, form, onChange, error }: { id: string; form: SetUp; onChange: (form: Partial<SetUp>) => void; error: string | undefined }) {
  const [open, setOpen] = useState(false)
  const { options, isLoading } = useSuggestions('upstream', form.upstream_host, open)
  return (
    <Combobox
      id={id}
      text={form.upstream_host}
      onText={(upstream_host) => onChange({ upstream_host })}
      options={options}
      onPick={(option) => onChange({ upstream_host: option.label })}
      none="No upstream has this name: it is taken as a host"
      isLoading={isLoading}
      onOpen={setOpen}
      invalid={error !== undefined}
      describedBy={`${id}-help`}
      placeholder="orders-v2"
      required
    />
  )
}

function TextLine({ id, value, placeholder, error, onChange }: { id: string; value: string; placeholder: string; error: string | undefined; onChange: (text: string) => void }) {
  return (
    <div className={error === undefined ? 'in' : 'in err'}>
      <input
        id={id}
        type="text"
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? `${id}-help` : `${id}-error ${id}-help`}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  )
}

function Fields({ form, change, problems }: { form: SetUp; change: (part: Partial<SetUp>) => void; problems: ReadonlyMap<string, string> }) {
  const id = useId()
  const sticky = STICKY.find(([value]) => value === form.hash)
  return (
    <div className="fb">
      <FormRow
        id={`${id}-host`}
        label="Upstream host"
        name="upstream_host"
        help="An upstream of this workspace, or any host. The canary’s requests go there."
        error={problems.get('upstream_host')}
      >
        <HostField id={`${id}-host`} form={form} onChange={change} error={problems.get('upstream_host')} />
      </FormRow>
      <FormRow
        id={`${id}-port`}
        label="Upstream port"
        name="upstream_port"
        help="For a host. An upstream’s targets have ports of their own; left empty, it is that of the service."
        error={problems.get('upstream_port')}
      >
        <TextLine
          id={`${id}-port`}
          value={form.upstream_port}
          placeholder="as the service"
          error={problems.get('upstream_port')}
          onChange={(upstream_port) => change({ upstream_port })}
        />
      </FormRow>
      <FormRow id={`${id}-hash`} label="Sticky by" name="hash" help={sticky?.[2] ?? ''} error={problems.get('hash')}>
        <div className="in">
          <select id={`${id}-hash`} value={form.hash} aria-describedby={`${id}-hash-help`} onChange={(event) => change({ hash: event.target.value })}>
            {STICKY.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
          <ChevronDown className="i s" aria-hidden="true" />
        </div>
      </FormRow>
      {form.hash === 'header' && (
        <FormRow
          id={`${id}-header`}
          label="Hash header"
          name="hash_header"
          help="A header that is the same for all requests of one caller, such as x-account."
          error={problems.get('hash_header')}
        >
          <TextLine id={`${id}-header`} value={form.hash_header} placeholder="x-account" error={problems.get('hash_header')} onChange={(hash_header) => change({ hash_header })} />
        </FormRow>
      )}
    </div>
  )
}

/** The first step of a canary: where it goes, and what keeps a caller on its side. It begins with no traffic at all. */
export function SetUpCanary({ service }: { service: Row<'service'> }) {
  const create = useCreate('plugin')
  const [form, setForm] = useState<SetUp>(EMPTY)
  const [issues, setIssues] = useState<readonly Issue[]>([])
  const problems = problemsOf(issues)
  const element = useRef<HTMLFormElement>(null)
  // The message has to be in the page before its field takes the focus, or a reader does not read it.
  useEffect(() => {
    if (issues.length > 0) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [issues])
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const value = newCanary(service.id, form)
    const checked = PLUGIN_SCHEMAS.canary?.config.safeParse(value.config)
    if (checked?.success === false) {
      return setIssues(checked.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })))
    }
    try {
      await create.mutateAsync({ value })
    } catch (error) {
      const failure = readFailure(error)
      setIssues(failure.issues.length > 0 ? failure.issues : [{ path: '', message: failure.message }])
    }
  }
  return (
    <form ref={element} className="card" onSubmit={submit} noValidate aria-labelledby="set-up-title">
      <header>
        <h2 id="set-up-title">Start a canary</h2>
      </header>
      <p className="set-up-lead i2">
        A canary sends a share of the requests of <b>{service.name ?? service.host}</b> to another upstream. It begins at 0 %: nothing changes until you move the slider, and you
        can try it with a header before anyone else sees it.
      </p>
      {problems.get('') !== undefined && (
        <p className="note bad" role="alert" style={{ margin: '0 20px' }}>
          <TriangleAlert className="i s" aria-hidden="true" />
          <span>{problems.get('')}</span>
        </p>
      )}
      <Fields form={form} change={(part) => setForm((before) => ({ ...before, ...part }))} problems={problems} />
      <div className="sv">
        <span role="status" className="t-bad b">
          {issues.length === 0 ? '' : issues.length === 1 ? '1 problem' : `${issues.length} problems`}
        </span>
        <span className="grow" />
        <button type="submit" className="btn primary" disabled={create.isPending}>
          {create.isPending ? 'Starting…' : 'Start canary'}
        </button>
      </div>
    </form>
  )
}
