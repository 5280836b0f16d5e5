import type { HeaderFields } from '../contract.ts'

export type ReadFields = Pick<HeaderFields, 'get' | 'getAll' | 'has' | 'entries'>

/** Fields that are only read: those of a stored answer, as the contract has them. */
export class FieldList implements ReadFields {
  readonly #fields: readonly (readonly [string, string])[]

  constructor(fields: readonly (readonly [string, string])[]) {
    this.#fields = fields
  }

  get(name: string): string | null {
    return this.#fields.find(([other]) => other.toLowerCase() === name)?.[1] ?? null
  }

  getAll(name: string): string[] {
    return this.#fields.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value)
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  *entries(): Generator<[string, string]> {
    for (const [name, value] of this.#fields) yield [name, value]
  }
}
