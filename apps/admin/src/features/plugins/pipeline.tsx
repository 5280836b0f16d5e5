import { PLUGIN_ORDER } from '@sluice/plugins/order'
import { PLUGIN_SCHEMAS } from '@sluice/plugins/schemas'

/** In which order the kinds of plugins run, and why. */
export function Pipeline({ current }: { current: string }) {
  return (
    <section className="card">
      <header>
        <h2>Order of execution</h2>
        <span className="end">the same everywhere; it cannot be changed by a plugin</span>
      </header>
      <ol className="order">
        {PLUGIN_ORDER.map((entry, index) => (
          <li key={entry.name} aria-current={entry.name === current ? 'step' : undefined}>
            <span className="sn" aria-hidden="true">
              {index + 1}
            </span>
            <div>
              <p>
                <b className="b">{PLUGIN_SCHEMAS[entry.name]?.title ?? entry.name}</b> <code>{entry.name}</code>
                {entry.name === current && <span className="t-acc b"> this one</span>}
              </p>
              <p className="i2">{entry.reason}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}
