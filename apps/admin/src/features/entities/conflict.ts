import { isSame } from '../../ui/schema-form/draft.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Difference {
  field: string
  before: unknown
  mine: unknown
  theirs: unknown
  /** Both changed it, and not to the same. */
  clashes: boolean
}

/** What is kept beside the fields of an entity; it says nothing about its configuration. */
const BESIDE: ReadonlySet<string> = new Set(['id', 'created_at', 'updated_at', 'revision', 'updated_by'])

/**
 * The fields in which a draft and what was saved meanwhile differ from the entity that both began with.
 * A field that the draft does not have is as it was.
 */
export function compareVersions(versions: { before: Fields; mine: Fields; theirs: Fields }): Difference[] {
  const { before, theirs } = versions
  const mine = { ...before, ...versions.mine }
  const fields = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])].filter((field) => !BESIDE.has(field))
  return fields.flatMap((field) => {
    const isMine = !isSame(before[field], mine[field])
    const isTheirs = !isSame(before[field], theirs[field])
    if (!isMine && !isTheirs) return []
    return [{ field, before: before[field], mine: mine[field], theirs: theirs[field], clashes: isMine && isTheirs && !isSame(mine[field], theirs[field]) }]
  })
}
