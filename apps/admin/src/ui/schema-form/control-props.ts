import type { Field } from './fields.ts'

/** What every control gets: its field, its value, and the ids that tie label, help and errors to it. */
export interface ControlProps {
  id: string
  field: Field
  value: unknown
  onChange: (value: unknown) => void
  invalid: boolean
  describedBy: string | undefined
}
