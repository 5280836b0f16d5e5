import { CHAPTERS, type Chapter, type Chart, type Section } from './section.ts'

/** What one run says of one part: its block, or why there is none. */
export type Outcome = { block: string } | { failure: string }

/** What the line below a table says of a part that was measured with `--quick`. */
export const SHORT_RUN = 'in a short run'

const begin = (id: string) => `<!-- begin ${id} -->`
const end = (id: string) => `<!-- end ${id} -->`
const NO_FIGURES = /\n\n> A run on \d{4}-\d\d-\d\d gave no figures: [^\n]*/

/** The block of a part: charts, table, and a line on when and with what it was measured. */
export function blockOf(section: Pick<Section, 'title'>, findings: { charts: Chart[]; lines: string[]; provenance: string }): string {
  const images = findings.charts.flatMap(({ file, title }) => [`![${title}](images/${file})`, ''])
  return [`### ${section.title}`, '', ...images, ...findings.lines, '', findings.provenance].join('\n')
}

function formerBlock(document: string, id: string): string | null {
  const from = document.indexOf(begin(id))
  const to = document.indexOf(end(id))
  return from < 0 || to < from ? null : document.slice(from + begin(id).length, to).trim()
}

/** Figures of an earlier run stay where this one gave none, and say so. */
function nextBlock(section: Section, outcome: Outcome | undefined, former: string | null, day: string): string | null {
  if (outcome === undefined) return former
  if ('block' in outcome) return outcome.block
  return `${former?.replace(NO_FIGURES, '') ?? `### ${section.title}`}\n\n> A run on ${day} gave no figures: ${outcome.failure.replace(/\s+/g, ' ').trim()}`
}

/**
 * The whole of docs/benchmarks.md: the parts that were measured now, and all others as they stand in `former`. Parts are found by comments
 * around them; a part that no longer exists is dropped.
 */
export function documentOf(sections: readonly Section[], outcomes: ReadonlyMap<string, Outcome>, frame: { former: string; day: string; closing: string }): string {
  const missing: string[] = []
  const chapters = (Object.keys(CHAPTERS) as Chapter[]).flatMap((chapter) => {
    const blocks = sections
      .filter((section) => section.chapter === chapter)
      .flatMap((section) => {
        const block = nextBlock(section, outcomes.get(section.id), formerBlock(frame.former, section.id), frame.day)
        if (block === null) missing.push(section.id)
        return block === null ? [] : [`${begin(section.id)}\n${block}\n${end(section.id)}`]
      })
    return blocks.length === 0 ? [] : [`## ${chapter}\n\n${CHAPTERS[chapter]}`, ...blocks]
  })
  const notes = missing.length === 0 ? [] : [`No figures yet: ${missing.map((id) => `\`${id}\``).join(', ')}.`]
  if (chapters.some((text) => text.includes(SHORT_RUN))) notes.unshift(`Parts that say “${SHORT_RUN}” had few and short rounds, or less to do: a look, not a result.`)
  return `${[INTRODUCTION, ...notes, ...chapters, frame.closing].join('\n\n')}\n`
}

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench -- peers --write\`, nothing in it by hand. Each part says below its table when, on which sources and on what machine it was measured; these are
figures of that run and promise nothing. \`npm run bench -- peers --only get-1k,memory --write\` measures the named parts and leaves the others as they are; each part names
itself below its table, and \`--list\` prints all.`
