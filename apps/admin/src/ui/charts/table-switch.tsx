'use client'

import { ChartLine, Table2 } from 'lucide-react'

/** Shows the numbers behind a chart, and the chart again. */
export function TableSwitch({ isTable, onChange, label }: { isTable: boolean; onChange: (isTable: boolean) => void; label: string }) {
  const Icon = isTable ? ChartLine : Table2
  const word = isTable ? 'Show as chart' : 'Show as table'
  return (
    <button type="button" className="btn ghost ico sm" aria-label={`${word}: ${label}`} title={word} onClick={() => onChange(!isTable)}>
      <Icon className="i s" aria-hidden="true" />
    </button>
  )
}
