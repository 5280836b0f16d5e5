import { SECTIONS } from './sections.ts'

/** How long after `g` the letter may come. */
const PAUSE_MS_MAX = 1_500

/** The letter after `g` for each section; `v` for revisions, as `r` are the routes. */
const LETTERS: Readonly<Record<string, string>> = {
  '/': 'o',
  '/services': 's',
  '/routes': 'r',
  '/upstreams': 'u',
  '/consumers': 'c',
  '/plugins': 'p',
  '/nodes': 'n',
  '/revisions': 'v',
}

export interface Shortcut {
  letter: string
  href: string
  label: string
}

/** Every section that has a letter, in the order of the sidebar. */
export const GO_TO: readonly Shortcut[] = SECTIONS.flatMap(({ href, label }) => {
  const letter = LETTERS[href]
  return letter === undefined ? [] : [{ letter, href, label }]
})

export type KeyAct = { kind: 'go'; href: string } | { kind: 'sheet' } | null

/** Reads keys one after another: `?` asks for the sheet, `g` and a letter for a section. */
export class KeySequence {
  #leadAt: number | null = null

  /** `atMs` is any clock that only goes forward. */
  press(key: string, atMs: number): KeyAct {
    const isLed = this.#leadAt !== null && atMs - this.#leadAt <= PAUSE_MS_MAX
    this.#leadAt = null
    if (isLed) {
      const found = GO_TO.find(({ letter }) => letter === key)
      if (found !== undefined) return { kind: 'go', href: found.href }
    }
    if (key === 'g') this.#leadAt = atMs
    return key === '?' ? { kind: 'sheet' } : null
  }
}
