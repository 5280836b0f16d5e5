import { factsOf } from './describe.ts'
import type { Field } from './fields.ts'

/** What the field with the focus means, beside the form. */
export function DocsCard({ field, summary }: { field: Field | null; summary: { title: string; text: string } }) {
  return (
    <aside className="card docs" aria-label="About this field">
      <header>
        <h2>{field === null ? summary.title : field.title}</h2>
      </header>
      <div className="body" style={{ padding: '16px 20px' }}>
        <p>{field === null ? summary.text : (field.description ?? 'No further description.')}</p>
        {field !== null && (
          <dl>
            <dt>Name</dt>
            <dd className="mono">{field.path.join('.')}</dd>
            {factsOf(field).map((fact) => (
              <div key={fact.term} style={{ display: 'contents' }}>
                <dt>{fact.term}</dt>
                <dd>{fact.text}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </aside>
  )
}
