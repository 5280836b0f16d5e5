'use client'

import { Search, X } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { useHydrated } from '../use-hydrated.ts'
import { useSlash } from '../use-slash.ts'
import type { Filter } from './columns.ts'
import { readTyped, type TableState, TEXT_LENGTH_MAX, withFilter, withoutFilter } from './table-state.ts'
import type { TableAddress } from './use-table-state.ts'

const TYPING_PAUSE_MS = 200

interface TableSearchProps {
  address: TableAddress
  filters: readonly Filter[]
  /** What is searched, for the label: `Search routes`. */
  label: string
}

/** Turns finished `name:value` words into filters; gives the new state, and the words that stand for nothing. */
async function takeFilters(state: TableState, text: string, filters: readonly Filter[], isDone: boolean): Promise<{ state: TableState; unknown: string[] }> {
  const { found, rest } = readTyped(
    text,
    filters.map((filter) => filter.name),
    isDone,
  )
  let next: TableState = { ...state, q: rest.trim() }
  const unknown: string[] = []
  for (const { name, value } of found) {
    const filter = filters.find((entry) => entry.name === name)
    const id = filter?.resolve === undefined ? value : await filter.resolve(value)
    if (id === null) unknown.push(`${name} ${value}`)
    else next = withFilter(next, name, id)
  }
  return { state: next, unknown }
}

/** What is being typed. It reaches the address after a pause, or at once with Enter; Back or a link may change it from outside. */
function useTyping({ state, show }: TableAddress, filters: readonly Filter[]) {
  const [text, setText] = useState(state.q)
  const [problem, setProblem] = useState<string | null>(null)
  const typed = useRef(state.q)
  const settling = useRef(0)
  const write = (value: string) => {
    typed.current = value
    setText(value)
  }
  const settle = async (value: string, isDone: boolean) => {
    settling.current += 1
    const turn = settling.current
    const taken = await takeFilters(state, value, filters, isDone)
    // A name was looked up meanwhile, and something newer was typed.
    if (turn !== settling.current) return
    setProblem(taken.unknown.length === 0 ? null : `There is no ${taken.unknown.join(', no ')}.`)
    const isFilter = Object.keys(taken.state.filters).length > Object.keys(state.filters).length
    if (isFilter || taken.unknown.length > 0) write(taken.state.q)
    show(taken.state, isFilter ? 'push' : 'replace')
  }
  useEffect(() => {
    if (typed.current.trim() === state.q) return
    typed.current = state.q
    setText(state.q)
  }, [state.q])
  useEffect(() => {
    if (text.trim() === state.q) return
    const timer = setTimeout(() => void settle(text, false), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  })
  return { text, write, settle, problem }
}

function FilterChip({ name, children, onRemove }: { name: string; children: ReactNode; onRemove: () => void }) {
  return (
    <span className="fchip">
      <span className="sb">{name}:</span> {children}
      <button type="button" aria-label={`Remove the filter ${name}`} onClick={onRemove}>
        <X className="i s" aria-hidden="true" />
      </button>
    </span>
  )
}

/** Text and filters of a list in one field. Backspace in the empty field takes the last filter away. */
export function TableSearch({ address, filters, label }: TableSearchProps) {
  const { state, show } = address
  const hydrated = useHydrated()
  const input = useRef<HTMLInputElement>(null)
  const { text, write, settle, problem } = useTyping(address, filters)
  useSlash(() => input.current?.focus())
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') void settle(text, true)
    if (event.key === 'Escape' && text !== '') write('')
    const last = Object.keys(state.filters).at(-1)
    if (event.key === 'Backspace' && text === '' && last !== undefined) show(withoutFilter(state, last))
  }
  return (
    <div className="srch-box">
      <div className="in srch">
        <Search className="i" aria-hidden="true" />
        {Object.entries(state.filters).map(([name, value]) => (
          <FilterChip key={name} name={name} onRemove={() => show(withoutFilter(state, name))}>
            {filters.find((filter) => filter.name === name)?.render?.(value) ?? value}
          </FilterChip>
        ))}
        <input
          ref={input}
          type="search"
          aria-label={label}
          placeholder={filters.length === 0 ? label : `${label}, or add ${filters.map((filter) => `${filter.name}:`).join(' ')}`}
          value={text}
          // What is typed before the script runs would be lost.
          disabled={!hydrated}
          maxLength={TEXT_LENGTH_MAX}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => write(event.target.value)}
          onKeyDown={press}
        />
        <kbd className="hide-m">/</kbd>
      </div>
      <p className="srch-problem" role="status">
        {problem}
      </p>
    </div>
  )
}
