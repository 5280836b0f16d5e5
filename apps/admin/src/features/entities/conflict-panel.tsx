'use client'

import { Copy, RefreshCw, TriangleAlert } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { showValue } from '../../ui/schema-form/describe.ts'
import { compareVersions } from './conflict.ts'
import { announce } from './receipt.tsx'

interface ConflictPanelProps {
  noun: string
  /** As the form was opened with. */
  before: Readonly<Record<string, unknown>>
  /** What the form would have written. */
  mine: Readonly<Record<string, unknown>>
  /** As it is now. */
  theirs: Readonly<Record<string, unknown>>
  onReload: () => void
}

/** An edit met another one. Both versions are shown; nothing was written, and what was typed stays until it is given up. */
export function ConflictPanel({ noun, before, mine, theirs, onReload }: ConflictPanelProps) {
  const panel = useRef<HTMLElement>(null)
  // The button that was pressed stands far below on a long form; without this the answer would be out of sight.
  useEffect(() => panel.current?.focus(), [])
  const differences = compareVersions({ before, mine, theirs })
  const copy = () =>
    navigator.clipboard.writeText(JSON.stringify(mine, null, 2)).then(
      () => announce('Your version is copied'),
      () => announce('The browser did not allow to copy'),
    )
  return (
    <section ref={panel} tabIndex={-1} className="card conflict" aria-labelledby="conflict-title">
      <header>
        <TriangleAlert className="i t-warn" aria-hidden="true" />
        <h2 id="conflict-title">Not saved</h2>
      </header>
      <div className="body">
        <p role="alert">
          {String(theirs.updated_by ?? 'Somebody')} changed this {noun} in r{String(theirs.revision)}, after you opened it. Nothing of yours was written, and it stays in the form
          below.
        </p>
        {differences.length > 0 && (
          <table className="versions">
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Yours</th>
                <th scope="col">Now saved</th>
              </tr>
            </thead>
            <tbody>
              {differences.map((difference) => (
                <tr key={difference.field}>
                  <th scope="row">
                    <code>{difference.field}</code>
                    {difference.clashes && <span className="t-warn b"> both changed</span>}
                  </th>
                  <td>{showValue(difference.mine)}</td>
                  <td>{showValue(difference.theirs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <div className="row wrap">
          <button type="button" className="btn" onClick={copy}>
            <Copy className="i" aria-hidden="true" />
            Copy my version
          </button>
          <button type="button" className="btn" onClick={onReload}>
            <RefreshCw className="i" aria-hidden="true" />
            Load the saved version
          </button>
        </div>
      </div>
    </section>
  )
}
