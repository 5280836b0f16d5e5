import { compileRegex } from '@sluice/shared/routing/regex'
import { PLAIN_ORIGIN } from './schema.ts'

/** What a request's origin gets: `*`, one fixed entry, the origin itself, or nothing. */
export type OriginAnswer = { kind: 'any' } | { kind: 'fixed'; value: string } | { kind: 'echo'; value: string } | { kind: 'none' }

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

interface Origin {
  host: string
  /** scheme://host[:port], the default port left out. */
  text: string
}

function parseOrigin(text: string): Origin | null {
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/:]+|\[[^\]]+\])(?::(\d+))?$/i.exec(text)
  if (parts === null) return null
  const scheme = (parts[1] as string).toLowerCase()
  const host = parts[2] as string
  const port = parts[3] === undefined || parts[3] === DEFAULT_PORTS[scheme] ? '' : `:${parts[3]}`
  return { host, text: `${scheme}://${host}${port}` }
}

/** Kong's origin rules, compiled: see the README of the plugin for the table. */
export function compileOrigins(entries: readonly string[] | null): (origin: string | null) => OriginAnswer {
  if (entries === null || entries.length === 0 || entries.includes('*')) return () => ({ kind: 'any' })
  const [single] = entries
  if (entries.length === 1 && single !== undefined && PLAIN_ORIGIN.test(single)) return () => ({ kind: 'fixed', value: single })
  const tests = entries.map((entry) => {
    if (PLAIN_ORIGIN.test(entry)) {
      const wanted = parseOrigin(entry)?.text ?? null
      return (origin: Origin) => origin.text === wanted
    }
    const regex = compileRegex(`^(?:${entry})$`)
    const byHost = !entry.includes(':')
    return (origin: Origin) => regex.test(byHost ? origin.host : origin.text)
  })
  return (text) => {
    const origin = text === null ? null : parseOrigin(text)
    return origin !== null && tests.some((fits) => fits(origin)) ? { kind: 'echo', value: origin.text } : { kind: 'none' }
  }
}
