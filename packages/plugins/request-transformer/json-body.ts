import type { JsonMembers } from '@sluice/shared/json-members'
import type { Changeable } from './operations.ts'

/** One character per byte, as the text that they are in UTF-8. */
const decoded = (bytes: string) => new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)))

/** A JSON object as operations see it: what they give has one character per byte. */
export class JsonBody implements Changeable {
  readonly #members: JsonMembers

  constructor(members: JsonMembers) {
    this.#members = members
  }

  has(name: string): boolean {
    return this.#members.has(decoded(name))
  }

  remove(name: string): void {
    this.#members.remove(decoded(name))
  }

  rename(from: string, to: string): void {
    this.#members.rename(decoded(from), decoded(to))
  }

  replace(name: string, value: string): void {
    if (this.has(name)) this.#members.set(decoded(name), decoded(value))
  }

  add(name: string, value: string): void {
    this.#members.set(decoded(name), decoded(value))
  }

  append(name: string, value: string): void {
    this.#members.append(decoded(name), decoded(value))
  }
}
