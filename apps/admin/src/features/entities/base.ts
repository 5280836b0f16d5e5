export interface Revised {
  id: string
  revision: number
}

/**
 * The version that an edit begins with. It follows what is read as long as nothing is typed; from then on it stays, so that the edit is
 * refused where somebody else was quicker. An answer that is older than what was just written or loaded is passed over.
 */
export function newerBase<R extends Revised>(base: R | null, read: R | null, isDirty: boolean): R | null {
  if (base === null || read === null || base.id !== read.id) return read
  return isDirty || read.revision < base.revision ? base : read
}
