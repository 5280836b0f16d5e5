'use client'

import { TriangleAlert } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { ChoiceControl, SwitchControl } from './choice-control.tsx'
import type { ControlProps } from './control-props.ts'
import { showValue } from './describe.ts'
import { isSame } from './draft.ts'
import type { Field } from './fields.ts'
import { ListControl, TogglesControl } from './list-control.tsx'
import { MapControl } from './map-control.tsx'
import { JsonControl, NumberControl, SecretControl, TextControl } from './text-control.tsx'
import type { FormModel } from './use-form.ts'

export type RenderReference = (props: ControlProps & { entity: string; many: boolean }) => ReactNode

/** What a page adds to the fields of a schema, by wire path. */
export interface FieldExtras {
  /** Values to tick for lists that take any text. */
  choices: Readonly<Record<string, readonly string[]>>
  /** Controls of the page's own. */
  controls: Readonly<Record<string, (props: ControlProps) => ReactNode>>
  /** What is worth knowing about the present values although they are valid. */
  advice: Readonly<Record<string, string>>
  renderReference: RenderReference
}

interface FieldRowProps {
  form: FormModel
  field: Field
  isNew: boolean
  extras: FieldExtras
  onFocus: (field: Field) => void
}

function ControlFor({ props, extras }: { props: ControlProps; extras: FieldExtras }) {
  const { control, path } = props.field
  const { choices, controls, renderReference } = extras
  const own = controls[path.join('.')]
  if (own !== undefined) return own(props)
  switch (control.kind) {
    case 'text':
      return <TextControl {...props} />
    case 'number':
      return <NumberControl {...props} />
    case 'switch':
      return <SwitchControl {...props} />
    case 'choice':
      return <ChoiceControl {...props} />
    case 'list': {
      const options = control.options ?? choices[path.join('.')]
      return options === undefined ? <ListControl {...props} /> : <TogglesControl {...props} options={options} />
    }
    case 'map':
      return <MapControl {...props} />
    case 'secret':
      return <SecretControl {...props} />
    case 'reference':
      return renderReference({ ...props, entity: control.entity, many: control.many })
    default:
      return <JsonControl {...props} />
  }
}

/** Whether the value is the default, or what it was before it was changed here. */
function Effect({ form, field, isNew }: { form: FormModel; field: Field; isNew: boolean }) {
  if (!isNew && form.isChanged(field) && field.control.kind !== 'secret') return <span className="eff acc">changed, was {showValue(form.readStart(field))}</span>
  // The control plane makes a secret that is left empty, or keeps the one it has.
  if (field.required) return field.control.kind === 'secret' ? null : <span className="eff">needed</span>
  return field.control.kind !== 'secret' && isSame(form.read(field) ?? null, field.initial ?? null) ? <span className="eff">default</span> : null
}

/** True where the control is a set of boxes, which a `label` cannot point at. */
function isFieldset(field: Field, choices: FieldExtras['choices']): boolean {
  const { control } = field
  return control.kind === 'map' || (control.kind === 'list' && (control.options !== null || choices[field.path.join('.')] !== undefined))
}

/** One field: label with its wire name, control, errors in words, help. A group shows its fields indented. */
export function FieldRow({ form, field, isNew, extras, onFocus }: FieldRowProps) {
  const id = useId()
  if (field.control.kind === 'group') {
    return (
      <fieldset className="grp">
        <legend>{field.title}</legend>
        <div>
          {field.control.fields.map((inner) => (
            <FieldRow key={inner.name} form={form} field={inner} isNew={isNew} extras={extras} onFocus={onFocus} />
          ))}
        </div>
      </fieldset>
    )
  }
  const problems = form.problems.get(field.path.join('.')) ?? []
  const advice = extras.advice[field.path.join('.')]
  const describedBy = [problems.length > 0 ? `${id}-error` : '', advice === undefined ? '' : `${id}-advice`, field.description === null ? '' : `${id}-help`]
    .filter((part) => part !== '')
    .join(' ')
  const props: ControlProps = {
    id,
    field,
    value: form.read(field),
    onChange: (value) => form.write(field, value),
    invalid: problems.length > 0,
    describedBy: describedBy === '' ? undefined : describedBy,
  }
  const labelled = isFieldset(field, extras.choices)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the focus of the control inside only chooses what the card beside the form explains.
    <div className={!isNew && form.isChanged(field) ? 'field fr fx' : 'field fr'} onFocus={() => onFocus(field)}>
      <div className="fl">
        {labelled ? (
          <span className="lab" id={`${id}-label`}>
            {field.title}
          </span>
        ) : (
          <label htmlFor={id}>{field.title}</label>
        )}
        <code>{field.path.join('.')}</code>
        <Effect form={form} field={field} isNew={isNew} />
      </div>
      <div className={field.control.kind === 'map' ? 'fi wide' : 'fi'}>
        <ControlFor props={props} extras={extras} />
        {problems.length > 0 && (
          <div id={`${id}-error`}>
            {problems.map((text) => (
              <p className="err" key={text}>
                <TriangleAlert className="i s" aria-hidden="true" />
                <span>{text}</span>
              </p>
            ))}
          </div>
        )}
        {advice !== undefined && (
          <p className="note warn" id={`${id}-advice`} role="status">
            <TriangleAlert className="i s" aria-hidden="true" />
            <span>{advice}</span>
          </p>
        )}
        {field.description !== null && (
          <p className="help" id={`${id}-help`}>
            {field.description}
          </p>
        )}
      </div>
    </div>
  )
}
