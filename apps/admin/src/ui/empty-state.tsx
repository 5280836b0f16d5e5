import type { ReactNode } from 'react'

const SLATS = Array.from({ length: 20 }, (_, index) => index)
const LIFTED = 9

function Art() {
  return (
    <svg width="200" height="72" viewBox="0 0 200 72" aria-hidden="true">
      {SLATS.map((index) => (
        <rect
          key={index}
          x={index * 10 + 2}
          y={index === LIFTED ? 4 : 16}
          width="6"
          height={index === LIFTED ? 30 : 48}
          rx="2"
          fill={index === LIFTED ? 'var(--accent)' : 'var(--slat)'}
        />
      ))}
      <rect x={LIFTED * 10 + 2.5} y="43.5" width="5" height="20" rx="2" fill="none" stroke="var(--d-3)" strokeDasharray="2 2" />
    </svg>
  )
}

/** Nothing is there yet: what the thing is good for, and the first step. `action` is the one primary button; `children` may add an example. */
export function EmptyState({ title, text, action, children }: { title: string; text: string; action?: ReactNode; children?: ReactNode }) {
  return (
    <section className="card emp">
      <Art />
      <h2>{title}</h2>
      <p>{text}</p>
      {action !== undefined && <div className="row wrap">{action}</div>}
      {children}
    </section>
  )
}
