import type { Circumstances } from '../measuring/rounds.ts'

export interface Chart {
  /** Name in docs/images. */
  file: string
  title: string
  text: string
}

/** What a part of the report found. */
export interface Findings {
  /** Lines of Markdown below the heading and the charts. */
  lines: string[]
  charts: Chart[]
  /** Names of the peers that took part. */
  participants: string[]
}

/** Chapters of the report, in order, with what is said below their headings. */
export const CHAPTERS = {
  Requests: 'CPU per request beside other proxies, each on one core; less is cheaper.',
  Memory: 'Of all processes of a proxy together.',
  'Changes under load': 'Latency at a steady rate, without changes of the configuration and with them.',
  'Slow clients': 'Latency at a steady rate, alone and beside clients that never end the head of their request.',
  Streams: 'How much later a piece of an answer that goes on and on arrives.',
  'Inside a node': 'Parts of a node, measured alone in one process without sockets. Times of single calls are CPU time, blocks are by the clock.',
} as const
export type Chapter = keyof typeof CHAPTERS

/** A part of the report that can be measured alone, by its id. */
export interface Section {
  id: string
  title: string
  chapter: Chapter
  isInQuick: boolean
  /** The gateways of npm take part, which are to be installed first. */
  hasNpmPeers: boolean
  run(circumstances: Circumstances): Promise<Findings>
}
